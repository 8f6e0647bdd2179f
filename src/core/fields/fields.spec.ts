import fc from 'fast-check';
import { id, idParam, instantInput, latitude, text, textInBytes } from 'src/core/fields/fields';
import { wireInstant } from 'src/core/fields/instants';

test('text is trimmed, counted in characters, and storable in PostgreSQL', () => {
  const field = text({ min: 1, max: 5 });
  expect(field.parse('  hé👍 ')).toBe('hé👍');
  expect(field.safeParse('👍👍👍👍👍').success).toBe(true);
  for (const bad of ['', '   ', '123456', 'a\0', '\ud800', 7, null]) expect(field.safeParse(bad).success).toBe(false);
});

test('text that must be there is seen', () => {
  for (const unseen of [
    '\u200b',
    '\u3164',
    '\u2800\u2800',
    '\u00ad',
    '\u202e',
    '\ufeff\u2060',
    '\ufe0f',
    '\u{e0020}',
    '\u0007',
  ])
    expect([unseen, text({ min: 1, max: 5 }).safeParse(unseen).success]).toEqual([unseen, false]);
  for (const seen of ['.', '❤️', '👩‍👩‍👧', 'ㅎ', '\u202ea', 'ب\u200f'])
    expect(text({ min: 1, max: 9 }).parse(seen)).toBe(seen);
  expect(text({ max: 5 }).parse('\u200b')).toBe('\u200b');
});

test('whatever text is given, it is refused or comes back well-formed and within its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (given) => {
      const result = text({ min: 1, max: 10 }).safeParse(given);
      if (!result.success) return;
      expect(result.data.isWellFormed() && !result.data.includes('\0')).toBe(true);
      expect([...result.data].length).toBeLessThanOrEqual(10);
    }),
  );
});

test('text measured in bytes of UTF-8 may be as long as it says, whatever it is written in', () => {
  const field = textInBytes({ min: 1, max: 8 });
  for (const good of ['12345678', '日本', '👍👍', 'é日本']) expect(field.parse(good)).toBe(good.trim());
  for (const bad of ['123456789', '日本語', '👍👍a', ' '.repeat(9), '', ' ', '\0', '\ud800'])
    expect(field.safeParse(bad).success).toBe(false);
  const faults = field.safeParse('日本語').error!.issues;
  expect(faults).toMatchObject([{ params: { code: 'too_many_bytes', bytes: 8 } }]);
});

test('ids are positive whole numbers that JSON can carry', () => {
  expect(id().parse(2 ** 53 - 1)).toBe(2 ** 53 - 1);
  for (const bad of [0, -1, 1.5, 2 ** 53, '1', NaN, Infinity]) expect(id().safeParse(bad).success).toBe(false);
  expect(idParam().parse('17')).toBe(17);
  for (const bad of ['0', '-1', '01', '1.0', '1e2', ' 1', '', '9999999999999999'])
    expect(idParam().safeParse(bad).success).toBe(false);
});

test('coordinates are finite and in range; instants have an offset', () => {
  for (const bad of [90.1, -91, NaN, Infinity, '45']) expect(latitude().safeParse(bad).success).toBe(false);
  expect(instantInput().parse('2026-01-31T10:30:00+01:00').toISOString()).toBe('2026-01-31T09:30:00.000Z');
  for (const bad of ['2026-01-31', '2026-13-01T00:00:00Z', 'now', 1769851800])
    expect(instantInput().safeParse(bad).success).toBe(false);
});

test('an instant is written as JavaScript writes it, and what is none is not written', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => expect(wireInstant(date)).toBe(date.toISOString())),
    {
      numRuns: 2000,
    },
  );
  expect(() => wireInstant(new Date(NaN))).toThrow(RangeError);
});
