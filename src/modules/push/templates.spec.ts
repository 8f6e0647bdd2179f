import fc from 'fast-check';
import { faultIn, fill, formOf, placesIn } from 'src/modules/push/templates';

const reader = { language: 'en', timeZone: 'Asia/Tokyo' };

test('places are filled, written as the reader writes such things', () => {
  expect(
    fill(
      '{{sender}}: {{ count , number }} at {{at, time}}',
      { sender: 'Ana', count: 1234, at: '2026-01-01T00:00:00Z' },
      reader,
    ),
  ).toBe('Ana: 1,234 at 9:00 AM');
  expect(fill('{{missing}}|{{constructor}}', {}, reader)).toBe('|');
});

test('what people wrote is never read as a template', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (sender, text) => {
      const wicked = `${sender}{{text}}{{sender}}$t(x)$&`;
      expect(fill('{{sender}} {{text}}', { sender: wicked, text }, reader)).toBe(`${wicked} ${text}`);
    }),
  );
});

test.each([
  ['Hello', undefined],
  ['{{sender}} in {{ group }}', undefined],
  ['{{count, number}}', undefined],
  ['{{password}}', '{{password}}'],
  ['{{count, eval}}', '{{count, eval}}'],
  ['{{sender.token}}', '{{'],
  ['{{#if x}}', '{{'],
  ['{{sender', '{{'],
  ['a }} b', '}}'],
])('%s has the fault %s', (template, fault) => expect(faultIn(template, ['sender', 'group', 'count'])).toBe(fault));

test('plural forms are those of the language', () => {
  expect([formOf('k', 'en', 1), formOf('k', 'en', 2), formOf('k', 'ja', 1)]).toEqual(['k_one', 'k_other', 'k_other']);
  expect(placesIn('{{a}} {{b, number}} {{a}}')).toEqual(['a', 'b']);
});
