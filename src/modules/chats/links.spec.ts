import { linksIn } from 'src/modules/chats/links';

test('addresses are found with and without a scheme, without the punctuation around them, each once', () => {
  expect(linksIn('see https://example.org/a?b=1, (example.com/x) and https://example.org/a?b=1.')).toEqual([
    'https://example.org/a?b=1',
    'http://example.com/x',
  ]);
  expect(linksIn('地図はhttps://例え.jp/地図です')).toHaveLength(1);
});

test('what is no web address is none', () => {
  expect(
    linksIn('mail ana@example.org, mailto:a@b.org, javascript:alert(1), ftp://x.org/, 1.2.3.4, a.b, v1.2, //h.org/x'),
  ).toEqual([]);
});

test('addresses have no spaces, and a flood is cut', () => {
  const found = linksIn(Array.from({ length: 50 }, (_, index) => `https://example.org/${index}`).join(' '));
  expect(found).toHaveLength(20);
  expect(found.every((url) => !/\s/.test(url))).toBe(true);
});
