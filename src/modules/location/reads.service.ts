import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { gathered } from 'src/core/database/group-commit';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import type { Visible } from 'src/modules/location/location.access';
import { ReadsRepository, type Read, type ReadRow } from 'src/modules/location/reads.repository';
import { z } from 'zod';

const Place = z.object({ id: z.int() });
/** How long the log goes back. */
const LOG_DAYS = 30;

/** The log of who got my position. */
@Injectable()
export class ReadsService {
  private readonly notes = gathered<Read, void>(async (reads) => {
    await this.reads.note(reads);
    return reads.map(() => undefined);
  });

  constructor(private readonly reads: ReadsRepository) {}

  /** Settles when it is noted for good. */
  async note(reads: Read[]): Promise<void> {
    await Promise.all(reads.map((read) => this.notes(read)));
  }

  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<ReadRow>> {
    const rows = await this.reads.list(userId, limit + 1, placeOf(Place, cursor)?.id ?? null);
    return toPage(rows, limit, ({ id }) => ({ id }));
  }

  last = (ownerId: string): Promise<Map<string, Date>> => this.reads.last(ownerId);

  forgetOld = (): Promise<void> => this.reads.forget(LOG_DAYS);
}

/** What the log says of a position that has gone out. */
export const toRead = ({ viewerId, position }: Visible) => ({
  ownerId: position.user_id,
  viewerId,
  shareId: position.share_id,
  precision: position.precision,
});
