import { ValidationFailed } from 'src/core/errors/common.errors';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';

/** What a client holds: up to which number of each chat and of its user's own stream, and marks up to when. */
export interface Held {
  chats: Map<number, number>;
  userSeq?: number;
  /** Unix milliseconds; undefined: none. */
  marksSince?: number;
  /** Where the last answer ended, if there were more. */
  marksFrom?: MarksPlace;
}

export interface MarksPlace {
  /** His own marks come first. */
  isOwn: boolean;
  participantId: number;
  /** When the first of these answers was given (Unix milliseconds): with the last one, all marks up to then are held. */
  begunAt: number;
}

const LARGEST = 512 * 1024;
const seq = z.int().min(0);
/** Unix milliseconds, up to the year 9999: a time that PostgreSQL does not know would fail what is asked together with it. */
const time = z.int().min(0).max(253_402_300_799_999);
const Packed = z.object({
  c: z.array(z.tuple([z.int().min(1), seq])),
  u: seq.optional(),
  m: time.optional(),
  p: z.tuple([z.boolean(), seq, time]).optional(),
});

/** It holds nothing but what the client could say itself, so it needs no signature. */
export function packCursor({ chats, userSeq, marksSince, marksFrom }: Held): string {
  const packed: z.infer<typeof Packed> = {
    c: [...chats],
    u: userSeq,
    m: marksSince,
    p: marksFrom && [marksFrom.isOwn, marksFrom.participantId, marksFrom.begunAt],
  };
  return deflateRawSync(JSON.stringify(packed)).toString('base64url');
}

/** Throws `validation.failed` for one that is damaged. */
export function unpackCursor(cursor: string): Held {
  const { success, data } = Packed.safeParse(inflate(cursor));
  if (!success) throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
  const { c, u, m, p } = data;
  const marksFrom = p && { isOwn: p[0], participantId: p[1], begunAt: p[2] };
  return { chats: new Map(c), userSeq: u, marksSince: m, marksFrom };
}

function inflate(cursor: string): unknown {
  try {
    return JSON.parse(inflateRawSync(Buffer.from(cursor, 'base64url'), { maxOutputLength: LARGEST }).toString());
  } catch {
    return undefined;
  }
}
