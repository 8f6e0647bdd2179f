/** `@name` that stands by itself: not the middle of an e-mail address, nor of a longer word. */
const MENTION = /(?<![A-Za-z0-9_.+@-])@([A-Za-z0-9_]{3,50})(?![A-Za-z0-9_@])/g;
const EVERYBODY = 'all';
/** More are taken for a flood: only the first count. */
const MOST = 50;

/** Whom a text addresses: usernames as they are kept, in lower case, each once; and whether it says `@all`. */
export interface Addressed {
  usernames: string[];
  all: boolean;
}

export function addressedIn(text: string): Addressed {
  if (!text.includes('@')) return { usernames: [], all: false };
  const names = new Set([...text.matchAll(MENTION)].map(([, name]) => name!.toLowerCase()));
  return { usernames: [...names].slice(0, MOST), all: names.has(EVERYBODY) };
}
