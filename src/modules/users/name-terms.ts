import { folded } from 'src/core/i18n/folding';

/** What people tell names apart by; a picture is a word of its own, for some are called so. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|\p{Extended_Pictographic}/gu;
/** One that is nearly another is another. */
const NUMBER = /\p{N}/u;
/** Longer words are found by their beginnings. */
const LONGEST = 64;
/** Of words of so many letters one may be wrong; of those that are shorter than the second, not the first. */
const MISSPELT = { from: 4, anywhere: 5, to: 24 };
/** A shorter one may lack a letter. */
const SHORTENED = 3;
const MOST_ASKED = 10;

export interface Named {
  username: string;
  displayName: string | null;
}

const wordsOf = (text: string) => (folded(text).match(WORD) ?? []).map((word) => [...word].slice(0, LONGEST).join(''));

/** Also as one word, for it may be written so: `O’Brien` is looked for as `obrien`. */
const joined = (words: string[]) => (words.length > 1 ? [[...words.join('')].slice(0, LONGEST).join('')] : []);

/** A word without a letter, as it is kept; a name has no such sign. */
const lacking = (word: string) => `'~${word}'`;

/** The word without one of its letters, each in turn: two words that differ in one letter, or in the order of two, share one of these. */
function misspelt(word: string): string[] {
  const letters = [...word];
  if (NUMBER.test(word) || letters.length < MISSPELT.from || letters.length > MISSPELT.to) return [];
  const first = letters.length < MISSPELT.anywhere ? 1 : 0;
  return letters.slice(first).map((_, index) => letters.toSpliced(first + index, 1).join(''));
}

/**
 * What somebody is found by, as the literal of a `tsvector`: the words of his names, and those with a letter left out. All that is kept in
 * `users.terms` is made here. Who changes it lets a migration empty that column: then it is filled anew.
 */
export function nameTerms({ username, displayName }: Named): string {
  const words = [username, displayName ?? ''].map(wordsOf);
  const terms = words.flatMap((some) => [...some, ...joined(some)]).map((word) => `'${word}'`);
  return [...new Set([...terms, ...words.flat().flatMap(misspelt).map(lacking)])].join(' ');
}

export interface NamesQuery {
  /** A username that is the very text. */
  username: string;
  /** As `tsquery`s, for names of which words begin with those asked for, and for those and others that are nearly so; null asks for nobody. */
  beginning: string | null;
  alike: string | null;
}

export function namesQuery(asked: string): NamesQuery {
  const words = wordsOf(asked).slice(0, MOST_ASKED);
  const queryOf = (termOf: (word: string) => string) =>
    words.length ? [`(${words.map(termOf).join(' & ')})`, ...joined(words).map(termOf)].join(' | ') : null;
  return { username: folded(asked), beginning: queryOf(beginning), alike: queryOf(alike) };
}

const beginning = (word: string) => `'${word}':*`;

/** It, or with a letter more, or less, or another. */
function alike(word: string): string {
  const more = NUMBER.test(word) || [...word].length < SHORTENED ? [] : [lacking(word)];
  const others = misspelt(word).flatMap((one) => [`'${one}'`, lacking(one)]);
  return `(${[beginning(word), ...more, ...others].join(' | ')})`;
}
