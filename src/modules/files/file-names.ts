const LONGEST_NAME = 255;
/** Control characters, and those that turn the direction of text, with which `gpj.exe` can look like `exe.jpg`. */
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name as it may be kept and shown: without folders, control characters and lone surrogates, at most 255 characters of which the
 * ending stays. Never refuses; a name of which nothing is left becomes `file`.
 */
export function cleanName(given: string): string {
  const base = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
  const name = base.toWellFormed().replace(UNFIT, '').trim();
  if (!name || /^\.+$/.test(name)) return 'file';
  const characters = [...name];
  if (characters.length <= LONGEST_NAME) return name;
  const ending = /\.[^.]{1,20}$/.exec(name)?.[0] ?? '';
  return characters.slice(0, LONGEST_NAME - [...ending].length).join('') + ending;
}

/** RFC 6266: the name for old clients in ASCII, for others as it is. */
export function contentDisposition(how: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `${how}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
