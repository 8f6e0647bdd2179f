import type { ByteRange } from 'src/core/storage/storage';

interface Headers {
  range?: string | undefined;
  'if-range'?: string | string[] | undefined;
  'if-none-match'?: string | undefined;
}

/** Does the client hold these very bytes already (RFC 9110, 13.1.2)? */
export function isHeld(headers: Headers, etag: string): boolean {
  const held = headers['if-none-match'];
  if (held === undefined) return false;
  return held.trim() === '*' || held.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

/**
 * The part that is asked for of `size` bytes; undefined for the whole: if no range is asked for, if it is not understood, if it is
 * one of several (which would be answered in many parts), or if `If-Range` names other bytes. Throws nothing: what lies past the end
 * is `'unsatisfiable'`.
 */
export function rangeOf(headers: Headers, etag: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range?.trim() ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') return suffix(Number(last), size);
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)];
  if (last !== '' && Number(last) < start) return undefined;
  return start < size ? { start, end } : 'unsatisfiable';
}

const suffix = (length: number, size: number) =>
  length > 0 && size > 0 ? { start: Math.max(0, size - length), end: size - 1 } : ('unsatisfiable' as const);
