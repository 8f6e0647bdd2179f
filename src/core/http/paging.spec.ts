import fc from 'fast-check';
import { placeOf, toJson, toListView, toPage, toReadyList } from 'src/core/http/paging';
import { z } from 'zod';

const Place = z.object({ id: z.int() });

test('pages laid end to end are the list', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 20 }), (length, limit) => {
      const list = Array.from({ length }, (_, id) => ({ id }));
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const from = placeOf(Place, cursor)?.id ?? -1;
        const page = toPage(list.filter(({ id }) => id > from).slice(0, limit + 1), limit, (last) => last);
        seen.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(list);
    }),
  );
});

test('a damaged or forged cursor is refused with 422', () => {
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      expect(() => placeOf(Place, cursor)).toThrow('validation.failed');
    }),
  );
});

test('the JSON of an answer, a list or not, says what JSON.stringify would', () => {
  const same = (view: unknown) => expect(JSON.parse(toJson(view).toString())).toEqual(JSON.parse(JSON.stringify(view)));
  const list = fc.array(
    fc.record({ id: fc.nat(), content: fc.string({ unit: 'binary' }), at: fc.option(fc.string()) }),
  );
  fc.assert(
    fc.property(list, fc.option(fc.string()), fc.dictionary(fc.string(), fc.jsonValue()), (items, nextCursor, rest) => {
      same({ ...toListView('messages', { items, nextCursor }), ...rest });
      same({ messages: items, items });
      const page = { items: items.map((item) => JSON.stringify(item)), nextCursor };
      const ready = JSON.parse(toJson(toReadyList('messages', page, { last_seq: 7 })).toString()) as unknown;
      expect(ready).toEqual({ ...toListView('messages', { items, nextCursor }), last_seq: 7 });
    }),
    { numRuns: 50 },
  );
  fc.assert(fc.property(fc.jsonValue(), same), { numRuns: 50 });
});
