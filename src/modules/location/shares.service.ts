import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { Jobs } from 'src/core/jobs/jobs';
import { AppearancesService } from 'src/modules/location/appearances.service';
import { ChecksShares, EndsShares } from 'src/modules/chats/message-shares.service';
import { newToken, hashOf, hashPassword } from 'src/modules/location/link-secrets';
import { ShareEndOutOfRange, ShareNotFound, TooManyShares } from 'src/modules/location/location.errors';
import { ReachRepository } from 'src/modules/location/reach.repository';
import {
  LONGEST_SHARE,
  toShareView,
  type CreateShare,
  type NewShareView,
  type ShareView,
  type UpdateShare,
} from 'src/modules/location/shares.dto';
import { SharesNews } from 'src/modules/location/shares.news';
import { SharesRepository, type ShareRow, type Terms } from 'src/modules/location/shares.repository';
import { ShareTargets, type Target } from 'src/modules/location/shares.targets';
import { z } from 'zod';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 60;
const SHORTEST_MINUTES = 1;
/** The shortest share may have been so long on its way. */
const TRAVEL_MS = 10_000;
const MOST_LIVE_SHARES = 100;

const ListPlace = z.object({ id: z.int() });

/** A fix that may be further off than this, or than the circle is wide, brings nobody anywhere. */
const POOR_ACCURACY_M = 100;

/** A believed point of somebody who may arrive. */
type Arriving = Place & { userId: string; accuracy: number | null; recordedAt: Date };

/**
 * Who lets whom see his position. A share is over at its end whether or not anything runs then, since every exit compares it with
 * the clock of the database; the job that waits for the end only tells both sides.
 */
@Injectable()
export class SharesService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly targets: ShareTargets,
    private readonly shares: SharesRepository,
    private readonly reach: ReachRepository,
    private readonly news: SharesNews,
    private readonly appearances: AppearancesService,
  ) {}

  /**
   * Lets others see the caller's position; if they may already by a share of the same kind, that gets these terms: `created` tells.
   * Throws what `ShareTargets.of` throws, `location.share_end_out_of_range`, `location.too_many_shares`.
   */
  async start({ userId }: Principal, draft: CreateShare): Promise<{ share: NewShareView; created: boolean }> {
    const target = await this.targets.of(userId, draft);
    const token = target.audience === 'link' ? newToken() : null;
    const passwordHash = draft.password ? await hashPassword(draft.password) : null;
    return this.db.tx(async () => {
      await this.targets.hold(userId, target);
      const terms = await this.termsOf(draft, {
        ...target,
        tokenHash: token === null ? null : hashOf(token),
        passwordHash,
      });
      await this.closeOver(userId, terms);
      const { id, created } = await this.shares.put(userId, terms);
      if (created && (await this.shares.countLive(userId)) > MOST_LIVE_SHARES)
        throw TooManyShares({ limit: MOST_LIVE_SHARES });
      return { share: { ...(await this.granted(userId, id)), token }, created };
    });
  }

  /** The live shares that the caller gives and receives, newest first. */
  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<ShareView>> {
    const rows = await this.shares.live(userId, limit + 1, placeOf(ListPlace, cursor)?.id ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map((row) => toShareView(row, userId)) };
  }

  /** A share that the caller gives or receives, or did until it ended. Throws `location.share_not_found`. */
  async get({ userId }: Principal, id: number): Promise<ShareView> {
    const share = await this.shares.byId(id);
    const isHis = share?.user_id === userId || (await this.reach.viewedBy(id, userId));
    if (!share || !isHis) throw ShareNotFound({ share_id: id });
    return toShareView(share, userId);
  }

  /** Gives a live share of the caller other terms; what is not given stays. */
  async change(user: Principal, id: number, change: UpdateShare): Promise<ShareView> {
    if (change.is_active === false) {
      await this.stop(user, id);
      return this.get(user, id);
    }
    return this.db.tx(async () => {
      // what is not given stays as another change has just left it
      const before = owned(user.userId, id, await this.shares.lock(id));
      const terms = await this.termsOf(change, before, before);
      if (!(await this.shares.change(user.userId, id, terms))) throw ShareNotFound({ share_id: id });
      return this.granted(user.userId, id);
    });
  }

  /** Ends a share of the caller; one that has ended stays as it is, so that a retry is safe. */
  async stop({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      owned(userId, id, await this.shares.byId(id));
      await this.news.stopped(await this.shares.stop(userId, [id], 'stopped'));
    });
  }

  /** Ends all by which others know where the caller is, in one transaction; how many shares that were. */
  async stopAll({ userId }: Principal): Promise<number> {
    return this.db.tx(async () => {
      const ids = await this.shares.stop(userId, null, 'stopped');
      await this.appearances.end(userId);
      await this.news.stopped(ids);
      return ids.length;
    });
  }

  /** Ends the shares between two of whom one blocked the other at a moment: not what was granted since, after the block was lifted. */
  async stopBetween(one: string, other: string, at: string | undefined): Promise<void> {
    await this.db.tx(async () => this.news.stopped(await this.shares.stopBetween(one, other, at ?? null)));
  }

  /**
   * Ends those shares of the users that were until they arrive where one of their believed points is now. Where somebody was before he
   * shared, though it is heard of only now, is where he set out from.
   */
  async arrive(points: Arriving[]): Promise<void> {
    const awaiting = await this.shares.awaiting([...new Set(points.map(({ userId }) => userId))]);
    for (const { id, user_id: userId, radius, granted_at: grantedAt, ...place } of awaiting) {
      const isThere = points.some(
        (point) =>
          point.userId === userId &&
          point.recordedAt >= grantedAt &&
          (point.accuracy ?? 0) <= Math.max(radius, POOR_ACCURACY_M) &&
          distanceMeters(place, point) <= radius,
      );
      if (isThere) await this.news.stopped(await this.shares.stop(userId, [id], 'arrived'));
    }
  }

  /** Closes a share whose end has come, once; one that has another end by now has another job for that. */
  async endExpired(id: number, expiresAt: string): Promise<void> {
    await this.db.tx(async () => {
      if (await this.shares.close(id)) return this.news.stopped([id]);
      const share = await this.shares.byId(id);
      // the clock that woke us is ahead of the one that decides
      if (share?.is_live && share.expires_at?.toISOString() === expiresAt) await this.awaitEnd(share);
    });
  }

  /** Whom those of the shares are with that are live and with one person. */
  async liveTargets(ids: number[]): Promise<Map<number, string>> {
    return new Map((await this.shares.liveTargets(ids)).map((row) => [row.id, row.target_user_id]));
  }

  find = (id: number): Promise<ShareRow | undefined> => this.shares.byId(id);

  /** A message may point to a live share of its sender with its chat, with somebody there, or with all his contacts. */
  @ChecksShares('location')
  async checkPointer(userId: string, chatId: number, shareId: number): Promise<void> {
    const share = await this.shares.byId(shareId);
    const isHis = share?.user_id === userId && share.is_live;
    if (!isHis || !(await this.targets.isIn(chatId, share))) throw ShareNotFound({ share_id: shareId });
  }

  /**
   * The end of a message ends the share that it stood for. What all contacts of its owner see is not for those to end who govern one
   * chat.
   */
  @EndsShares('location')
  async endPointed(userId: string, id: number, byOwner: boolean): Promise<void> {
    if (!byOwner && (await this.shares.byId(id))?.audience === 'contacts') return;
    await this.news.stopped(await this.shares.stop(userId, [id], 'stopped'));
  }

  /** So that what begins now is not what is over already, though nothing has run since. */
  private async closeOver(userId: string, terms: Terms) {
    const expired = await this.shares.closeExpired(userId, terms);
    if (expired !== undefined) await this.news.stopped([expired]);
    const { chatId } = terms;
    if (chatId !== null) await this.news.stoppedIn(chatId, await this.shares.stopOfLeavers([userId], chatId), []);
  }

  private async granted(userId: string, id: number): Promise<ShareView> {
    await this.awaitEnd((await this.shares.byId(id))!);
    return toShareView(await this.news.granted(id), userId);
  }

  private async awaitEnd({ id, expires_at: at }: ShareRow) {
    if (!at) return;
    const delayMs = Math.max(0, at.getTime() - (await this.shares.now()).getTime());
    await this.jobs.enqueue('location.end_share', { share_id: id, expires_at: at.toISOString() }, { delayMs });
  }

  private async termsOf(
    given: Omit<UpdateShare, 'is_active'> & { max_views?: number | null },
    target: Pick<Terms, keyof Target | 'tokenHash' | 'passwordHash'> | ShareRow,
    before?: ShareRow,
  ): Promise<Terms> {
    const arrival = given.until_arrival;
    const fixed =
      'tokenHash' in target
        ? { ...target, maxViews: given.max_views ?? null }
        : {
            audience: target.audience,
            targetUserId: target.target_user_id,
            chatId: target.chat_id,
            tokenHash: null,
            passwordHash: null,
            maxViews: null,
          };
    return {
      ...fixed,
      precision: given.precision ?? before?.precision ?? 'exact',
      showsHistory: given.shows_history ?? before?.shows_history ?? false,
      expiresAt: await this.endOf(given, before),
      arrival: arrival
        ? { latitude: arrival.latitude, longitude: arrival.longitude, radius: arrival.radius_meters }
        : before && before.arrival_radius !== null
          ? { latitude: before.arrival_latitude!, longitude: before.arrival_longitude!, radius: before.arrival_radius }
          : null,
    };
  }

  /** Throws `location.share_end_out_of_range` unless it is a minute to 24 hours from now, or none at all. */
  private async endOf(
    { duration_minutes: minutes, expires_at: given, until_stopped }: Omit<UpdateShare, 'is_active'>,
    before?: ShareRow,
  ): Promise<Date | null> {
    if (until_stopped) return null;
    if (before && minutes == null && given == null) return before.expires_at;
    const now = await this.shares.now();
    const at = given ?? new Date(now.getTime() + (minutes ?? DEFAULT_MINUTES) * MINUTE_MS);
    const ms = at.getTime() - now.getTime();
    if (ms < SHORTEST_MINUTES * MINUTE_MS - TRAVEL_MS || ms > LONGEST_SHARE * MINUTE_MS)
      throw ShareEndOutOfRange({ min_minutes: SHORTEST_MINUTES, max_minutes: LONGEST_SHARE });
    return at;
  }
}

/** The only way to a share on its owner's behalf; everybody else is told that it does not exist. */
function owned(userId: string, id: number, share: ShareRow | undefined): ShareRow {
  if (share?.user_id !== userId) throw ShareNotFound({ share_id: id });
  return share;
}
