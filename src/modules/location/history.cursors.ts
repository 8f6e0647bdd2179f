import { Inject, Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { z } from 'zod';

/** A place in the order of a history: after the point of this moment and number. */
export const Place = z.object({ at: z.iso.datetime(), id: z.int() });
export type After = z.infer<typeof Place>;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Places in the history of somebody else, who may not be seen there: sealed, so that they say nothing of when he was where, and hold
 * for that history and that viewer alone.
 */
@Injectable()
export class HistoryCursors {
  private readonly key: Buffer;

  constructor(@Inject(ENV) env: Pick<Env, 'JWT_SECRET_KEY'>) {
    this.key = createHmac('sha256', env.JWT_SECRET_KEY).update('places in a history').digest();
  }

  seal({ at, id }: After, ownerId: string, viewerId: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(`${ownerId} ${viewerId}`));
    const sealed = Buffer.concat([cipher.update(JSON.stringify({ at, id })), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Refuses what was not sealed here, or for another history or viewer. */
  open(cursor: string, ownerId: string, viewerId: string): After {
    try {
      const bytes = Buffer.from(cursor, 'base64url');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(`${ownerId} ${viewerId}`)).setAuthTag(tag);
      const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      return Place.parse(JSON.parse(opened.toString()));
    } catch {
      throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
    }
  }
}
