import fc from 'fast-check';
import { folded } from 'src/core/i18n/folding';

test.each([
  [['José', 'Jose\u0301', 'JOSÉ', 'jose', 'Ｊｏｓｅ', '𝐉ose', 'jo\u00ADse'], 'jose'],
  [['İstanbul', 'ISTANBUL', 'istanbul', 'ıstanbul', 'I\u0307stanbul'], 'istanbul'],
  [['Straße', 'STRASSE', 'STRAẞE'], 'strasse'],
  [['Νίκος', 'ΝΙΚΟΣ', 'νικοσ'], 'νικοσ'],
  [['Łukasz', 'ŁUKASZ'], 'lukasz'],
  [['Æsa Sørđo', 'ÆSA SØRĐO'], 'aesa sordo'],
  [['Ёлка', 'ЕЛКА'], 'елка'],
  [['ガ', 'カ\u3099', 'ｶﾞ'], 'ガ'],
  [['한', '\u1112\u1161\u11AB'], '한'],
  [['أحمد', 'احمد'], 'احمد'],
  [['हिन्दी'], 'हिन्दी'],
  [['_A% ’x'], '_a% ’x'],
])('%j are looked for as %j', (texts, as) => {
  expect([...new Set(texts.map(folded))]).toEqual([as]);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'aÅIİıßẞΣςσéǅﬁｶﾞが\u0301\u0307\u200d') }),
);

test('whatever the text, folded again it stays as it is, and its form and case do not matter', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = folded(text);
      expect(folded(once)).toBe(once);
      for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) expect(folded(text.normalize(form))).toBe(once);
      expect(folded(text.toLowerCase())).toBe(once);
      expect(folded(text.toUpperCase())).toBe(once);
    }),
    { numRuns: 1000 },
  );
});

test('of ASCII nothing but the capitals changes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => folded(text) === text.toLowerCase()));
});
