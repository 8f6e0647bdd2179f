import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { Jobs } from 'src/core/jobs/jobs';
import {
  ShareEndOutOfRange,
  ShareNotFound,
  ShareTargetUnknown,
  ShareWithSelf,
} from 'src/modules/location/location.errors';
import {
  LONGEST_SHARE,
  toShareView,
  type CreateShare,
  type ShareView,
  type UpdateShare,
} from 'src/modules/location/shares.dto';
import { SharesRepository, type ShareRow } from 'src/modules/location/shares.repository';
import { BlocksService } from 'src/modules/users/blocks.service';
import { UsersService } from 'src/modules/users/users.service';
import { z } from 'zod';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 60;

const Place = z.object({ id: z.int() });

/**
 * Who lets whom see his position. A share is over at its end whether or not anything runs then, since every exit compares it with
 * the clock of the database; the job that waits for the end only tells both sides.
 */
@Injectable()
export class SharesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly users: UsersService,
    private readonly blocks: BlocksService,
    private readonly shares: SharesRepository,
  ) {}

  /** Lets the target see the caller's position; if he may already, that share gets the new end: `created` tells. */
  async start({ userId }: Principal, draft: CreateShare): Promise<{ share: ShareView; created: boolean }> {
    const target = draft.target_user_id;
    if (target === userId) throw ShareWithSelf();
    const known = (await this.users.activeByIds([target])).has(target);
    if (!known || (await this.blocks.blockedBetween(userId, [target])).size)
      throw ShareTargetUnknown({ user_id: target });
    return this.db.tx(async () => {
      const expired = await this.shares.closeExpired(userId, target);
      if (expired !== undefined) await this.bus.publish('location_share.stopped', { share_id: expired });
      const end = await this.endOf(draft);
      const { id, created } = await this.shares.put(userId, target, end.at);
      return { share: await this.granted(id, end), created };
    });
  }

  /** The live shares that the caller gives and receives, newest first. */
  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<ShareView>> {
    const rows = await this.shares.live(userId, limit + 1, placeOf(Place, cursor)?.id ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map(toShareView) };
  }

  /** Gives a live share of the caller another end. */
  async changeEnd({ userId }: Principal, id: number, change: UpdateShare): Promise<ShareView> {
    return this.db.tx(async () => {
      await this.access(userId, id);
      const end = await this.endOf(change);
      if (!(await this.shares.setEnd(userId, id, end.at))) throw ShareNotFound({ share_id: id });
      return this.granted(id, end);
    });
  }

  /** Ends a share of the caller; one that has ended stays as it is, so that a retry is safe. */
  async stop({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      await this.access(userId, id);
      if (await this.shares.stop(userId, id)) await this.bus.publish('location_share.stopped', { share_id: id });
    });
  }

  /** Ends the shares between two of whom one has blocked the other. */
  async stopBetween(one: string, other: string): Promise<void> {
    await this.db.tx(async () => {
      for (const id of await this.shares.stopBetween(one, other))
        await this.bus.publish('location_share.stopped', { share_id: id });
    });
  }

  /** Closes a share whose end has come, once; one that has another end by now has another job for that. */
  async endExpired(id: number, expiresAt: string): Promise<void> {
    await this.db.tx(async () => {
      if (await this.shares.close(id)) return this.bus.publish('location_share.stopped', { share_id: id });
      const share = await this.shares.byId(id);
      // the clock that woke us is ahead of the one that decides
      if (share?.is_live && share.expires_at.toISOString() === expiresAt)
        await this.awaitEnd(id, { at: share.expires_at, now: await this.shares.now() });
    });
  }

  find = (id: number): Promise<ShareRow | undefined> => this.shares.byId(id);

  /** The only way to a share on a user's behalf, who must be its owner; everybody else is told that it does not exist. */
  private async access(userId: string, id: number): Promise<ShareRow> {
    const share = await this.shares.byId(id);
    if (share?.user_id !== userId) throw ShareNotFound({ share_id: id });
    return share;
  }

  private async granted(id: number, end: End): Promise<ShareView> {
    await this.bus.publish('location_share.granted', { share_id: id });
    await this.awaitEnd(id, end);
    return toShareView((await this.shares.byId(id))!);
  }

  private async awaitEnd(id: number, { at, now }: End) {
    const delayMs = Math.max(0, at.getTime() - now.getTime());
    await this.jobs.enqueue('location.end_share', { share_id: id, expires_at: at.toISOString() }, { delayMs });
  }

  /** Throws `location.share_end_out_of_range` unless it is within the next 24 hours. */
  private async endOf({ duration_minutes: minutes, expires_at: given }: UpdateShare): Promise<End> {
    const now = await this.shares.now();
    const at = given ?? new Date(now.getTime() + (minutes ?? DEFAULT_MINUTES) * MINUTE_MS);
    if (at <= now || at.getTime() > now.getTime() + LONGEST_SHARE * MINUTE_MS)
      throw ShareEndOutOfRange({ max_minutes: LONGEST_SHARE });
    return { at, now };
  }
}

interface End {
  at: Date;
  now: Date;
}
