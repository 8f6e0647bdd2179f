/** Scripts that are written without spaces: their texts are found by every two neighbouring characters. */
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}';
const RUN = new RegExp(
  `(?<unspaced>[[${UNSPACED}]&&[\\p{L}\\p{N}\\p{M}]]+)|(?<word>[[\\p{L}\\p{N}\\p{M}_]--[${UNSPACED}]]+)`,
  'gv',
);
/** What neither folding nor scripts without spaces concern, as most texts are. */
const ASCII = /^[\0-\x7f]*$/;
/** Longer words are found by their beginnings. */
const LONGEST_WORD = 64;
const MOST_ASKED = 20;
const MOST_CHATS = 1000;

type Run = { word: string } | { unspaced: string[] };

/**
 * Small letters without accents, wide and narrow forms as one: what differs only in these is the same to search. Not `folded`, which knows
 * more that is alike: what is kept of all messages was made by this, and each would have to be cut again.
 */
const fold = (text: string) =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/(\p{sc=Latin})\p{M}+/gu, '$1')
    .normalize('NFC');

function runsOf(text: string): Run[] {
  if (ASCII.test(text))
    return (text.toLowerCase().match(/\w+/g) ?? []).map((word) => ({ word: word.slice(0, LONGEST_WORD) }));
  return [...fold(text).matchAll(RUN)].map(({ groups }) =>
    groups!.word ? { word: clip(groups!.word) } : { unspaced: [...groups!.unspaced!] },
  );
}
const clip = (word: string) => [...word].slice(0, LONGEST_WORD).join('');

/** Each two neighbours, and the last one by itself, which begins no pair. */
const pairs = (characters: string[]) => characters.map((one, index) => one + (characters[index + 1] ?? ''));

/** A term that no text contains: it narrows the index to one chat. */
const chatTerm = (chatId: number) => `'#${chatId}'`;

/**
 * What a message is found by, as the literal of a `tsvector`: its words, or pairs of characters in scripts without spaces, at
 * their positions. It is made here since PostgreSQL's own parsers split by the database's locale, and none knows these scripts.
 */
export function termsOf(chatId: number, text: string): string {
  let position = 0;
  const lexemes = runsOf(text).flatMap((run) =>
    ('word' in run ? [run.word] : pairs(run.unspaced)).map((term) => `'${term}':${++position}`),
  );
  return [chatTerm(chatId), ...lexemes].join(' ');
}

/**
 * The `tsquery` for messages of these chats that have every word (or its beginning) and every run of characters asked for; undefined
 * if nothing is asked. It only narrows: of very many chats it says nothing.
 */
export function queryOf(chatIds: number[], asked: string): string | undefined {
  const parts = runsOf(asked).slice(0, MOST_ASKED).map(asTerms);
  if (!parts.length) return undefined;
  const chats = chatIds.length <= MOST_CHATS ? [`(${chatIds.map(chatTerm).join(' | ')})`] : [];
  return [...chats, ...parts].join(' & ');
}

function asTerms(run: Run): string {
  if ('word' in run) return `'${run.word}':*`;
  const [first, ...rest] = run.unspaced;
  if (!rest.length) return `'${first}':*`;
  return `(${pairs(run.unspaced)
    .slice(0, -1)
    .map((pair) => `'${pair}'`)
    .join(' <-> ')})`;
}
