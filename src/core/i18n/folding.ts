/** Where a letter with a mark is looked for without it. In other scripts (Devanagari, Thai, kana …) marks make the word. */
const UNMARKED = ['Latin', 'Greek', 'Cyrillic', 'Hebrew', 'Arabic'].map((script) => `\\p{sc=${script}}`).join('');
const MARKS = new RegExp(`([${UNMARKED}])\\p{M}+`, 'gu');
/** Joiners, direction marks, soft hyphens: what is not seen. */
const UNSEEN = /\p{DI}/gu;
/** Letters that Unicode does not take for others with a mark, as people do; and the sigma that ends a word. */
const ALIKE: Record<string, string> = {
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ς: 'σ',
};
const LETTERS = new RegExp(`[${Object.keys(ALIKE).join('')}]`, 'g');
/** Of which nothing is left to do but small letters. */
const ASCII = /^[\0-\x7f]*$/;

/**
 * A text as it is looked for: small letters by Unicode's rules, of whatever width and composed however, without accents. It is done here
 * and never by PostgreSQL, which knows letters by the locale of the database. Folding it again changes nothing.
 */
export function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // capitals between small letters: `ẞ` becomes `ss` as `ß` does, and `ı` becomes `i`
  const small = text.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().normalize('NFKD');
  return small
    .replace(UNSEEN, '')
    .replace(MARKS, '$1')
    .replace(LETTERS, (letter) => ALIKE[letter]!)
    .normalize('NFC');
}
