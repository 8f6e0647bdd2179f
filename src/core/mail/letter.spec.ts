import { toHtml, toText } from 'src/core/mail/letter';

test('what people call themselves is never markup', () => {
  const name = '<img src=x onerror=alert(1)>"\'&';
  const letter = { subject: 'x', greeting: name, paragraphs: ['one'], code: '123456', footer: 'bye' };
  expect(toHtml({ ...letter, link: { text: 'open', url: 'https://x.example/?a=1&b="' } })).not.toMatch(/<img|"'&|b="/);
  expect(toText(letter)).toBe(`${name}\n\none\n\n123456\n\nbye`);
});
