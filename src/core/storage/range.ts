import type { ByteRange } from 'src/core/storage/storage';
import { RangeNotSatisfiable } from 'src/core/storage/storage.errors';

/** Refuses a range that no object could fulfil. */
export function checkRange(range: ByteRange | undefined) {
  if (range && !(range.start >= 0 && range.end >= range.start)) throw RangeNotSatisfiable();
}
