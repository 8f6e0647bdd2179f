import { ValidationFailed } from 'src/core/errors/common.errors';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';

/** What a client holds: up to which number of each chat and of its user's own stream, and marks up to when. */
export interface Held {
  chats: Map<number, number>;
  userSeq?: number;
  /** Unix milliseconds; undefined: none. */
  marksSince?: number;
}

const LARGEST = 512 * 1024;
const seq = z.int().min(0);
const Packed = z.object({ c: z.array(z.tuple([z.int().min(1), seq])), u: seq.optional(), m: seq.optional() });

/** It holds nothing but what the client could say itself, so it needs no signature. */
export function packCursor({ chats, userSeq, marksSince }: Held): string {
  const packed: z.infer<typeof Packed> = { c: [...chats], u: userSeq, m: marksSince };
  return deflateRawSync(JSON.stringify(packed)).toString('base64url');
}

/** Throws `validation.failed` for one that is damaged. */
export function unpackCursor(cursor: string): Held {
  const { success, data } = Packed.safeParse(inflate(cursor));
  if (!success) throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
  return { chats: new Map(data.c), userSeq: data.u, marksSince: data.m };
}

function inflate(cursor: string): unknown {
  try {
    return JSON.parse(inflateRawSync(Buffer.from(cursor, 'base64url'), { maxOutputLength: LARGEST }).toString());
  } catch {
    return undefined;
  }
}
