import fc from 'fast-check';
import { planSync, type Head } from 'src/modules/chats/sync.plan';

const head = (chatId: number, lastSeq: number, trimmedSeq = 0): Head => ({ chatId, lastSeq, trimmedSeq });

test('what is held already is not told; what is missing is, from where it begins', () => {
  const plan = planSync([head(1, 7), head(2, 7)], new Map([[1, 7], [2, 4]]), 100); // oxfmt-ignore
  expect(plan).toEqual({ events: [{ chatId: 2, after: 4, upTo: 7 }], snapshots: [], left: [], more: false });
});

test('new chats are shown whole; so are those of which too much is missing, is gone, or is not ours', () => {
  const heads = [head(1, 7), head(2, 900), head(3, 9, 6), head(4, 9, 5), head(5, 3)];
  const plan = planSync(heads, new Map([[2, 1], [3, 5], [4, 5], [5, 8], [6, 1]]), 1000); // oxfmt-ignore
  expect(plan.snapshots).toEqual([
    { chatId: 1, gap: false },
    { chatId: 2, gap: true },
    { chatId: 3, gap: true },
    { chatId: 5, gap: true },
  ]);
  expect(plan).toMatchObject({ events: [{ chatId: 4, after: 5, upTo: 9 }], left: [6] });
});

test('asked again and again, with whatever limit, a client comes to hold every head, and each answer but the last tells something', () => {
  const chats = fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 30 }), last: fc.nat(800), trimmed: fc.nat(800), held: fc.option(fc.nat(900)) }),
    { selector: ({ id }) => id },
  ); // oxfmt-ignore
  fc.assert(
    fc.property(chats, fc.integer({ min: 1, max: 300 }), (all, limit) => {
      const heads = all.map(({ id, last, trimmed }) => head(id, last, Math.min(trimmed, last)));
      const held = new Map(all.flatMap(({ id, held: seq }) => (seq === null ? [] : [[id, seq] as const])));
      for (let more = true; more;) {
        const plan = planSync(heads, held, limit);
        const told = [...plan.events, ...plan.snapshots].map(({ chatId }) => chatId);
        expect(new Set(told).size).toBe(told.length);
        if (plan.more) expect(told.length).toBeGreaterThan(0);
        for (const { after, upTo } of plan.events) expect(upTo).toBeGreaterThan(after);
        told.forEach((chatId) => held.set(chatId, heads.find((one) => one.chatId === chatId)!.lastSeq));
        more = plan.more;
      }
      expect(heads.filter(({ chatId, lastSeq }) => held.get(chatId) !== lastSeq)).toEqual([]);
    }),
  );
});
