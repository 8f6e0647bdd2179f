import fc from 'fast-check';
import { emoji } from 'src/modules/chats/emoji';

const accepts = (value: unknown) => emoji().safeParse(value).success;

test('one whole emoji is accepted, however many code points it is made of', () => {
  for (const one of ['👍', '👍🏽', '👨‍👩‍👧‍👦', '🇯🇵', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '❤️', '🧑🏽‍❤️‍💋‍🧑🏿']) expect(emoji().parse(one)).toBe(one);
});

test('the plain heart is the red one, so that both count as the same', () => {
  expect(emoji().parse('❤')).toBe('❤️');
});

test('anything else is not', () => {
  for (const bad of [
    '',
    'a',
    '1',
    ':+1:',
    '👍👍',
    ' 👍',
    '👍a',
    '🏽'.repeat(2),
    '\ufe0f',
    '\0',
    '\ud83d',
    '👍'.repeat(99),
  ])
    expect(accepts(bad)).toBe(false);
});

test('whatever text is given, no two emoji pass as one', () => {
  const some = fc.constantFrom('👍', '❤️', '🇯🇵', 'x', ' ', '\u200d');
  fc.assert(
    fc.property(fc.array(some, { minLength: 2, maxLength: 4 }), (parts) => {
      if (accepts(parts.join(''))) expect([...new Intl.Segmenter().segment(parts.join(''))]).toHaveLength(1);
    }),
  );
});
