import { LinkifyIt } from 'linkify-it';

const MOST = 20;
const LONGEST = 2048;
const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false, maxLength: LONGEST });

/** Chinese and Japanese put no space before an address. */
const GLUED = /(?<=[^\0-\x7f])https?:\/\//gi;

/** What an address has at least one of. */
const SIGN = /[.:/]/;

/** The web addresses in a text, complete and each once, in their order. */
export function linksIn(text: string): string[] {
  if (!SIGN.test(text)) return [];
  const urls = (linkify.match(text.replace(GLUED, ' $&')) ?? [])
    .flatMap(({ url }) => (URL.canParse(url) ? new URL(url) : []))
    .filter(({ protocol, href }) => /^https?:$/.test(protocol) && href.length <= LONGEST)
    .map(({ href }) => href);
  return [...new Set(urls)].slice(0, MOST);
}
