import { Inject, Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { open, seal } from 'src/core/sealing/sealing';
import { z } from 'zod';

/** A place in the order of a history: after the point of this moment and number. */
export const Place = z.object({ at: z.iso.datetime(), id: z.int() });
export type After = z.infer<typeof Place>;

/** An id on the wire is a number that JavaScript has exactly. */
const BYTES_OF_NUMBER = 6;

/**
 * Places in the history of somebody else, who may not be seen there: sealed, so that they say nothing of when he was where, and hold
 * for that history and that viewer alone. And numbers of its points, which do not tell how many lie between.
 */
@Injectable()
export class HistoryCursors {
  private readonly key: Buffer;

  constructor(@Inject(ENV) env: Pick<Env, 'JWT_SECRET_KEY'>) {
    this.key = createHmac('sha256', env.JWT_SECRET_KEY).update('places in a history').digest();
  }

  seal({ at, id }: After, ownerId: string, viewerId: string): string {
    return seal(this.key, JSON.stringify({ at, id }), `${ownerId} ${viewerId}`).toString('base64url');
  }

  /** What the point is called by that viewer: the same whenever he looks. */
  numberOf(id: number, ownerId: string, viewerId: string): number {
    const mac = createHmac('sha256', this.key).update(`${ownerId} ${viewerId} ${id}`).digest();
    return mac.readUIntBE(0, BYTES_OF_NUMBER) + 1;
  }

  /** Refuses what was not sealed here, or for another history or viewer. */
  open(cursor: string, ownerId: string, viewerId: string): After {
    try {
      return Place.parse(JSON.parse(open(this.key, Buffer.from(cursor, 'base64url'), `${ownerId} ${viewerId}`)));
    } catch {
      throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
    }
  }
}
