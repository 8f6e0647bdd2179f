import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { Streams } from 'src/core/streams/streams';
import { grown, type Box } from 'src/modules/geofences/boxes';
import { CursorsRepository } from 'src/modules/geofences/cursors.repository';
import {
  GeofenceAskedTooOften,
  GeofenceChanged,
  GeofenceNotFound,
  GeofenceNotShared,
  GeofenceTooSmall,
  TooManyGeofences,
} from 'src/modules/geofences/geofences.errors';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import type { WatchState } from 'src/modules/geofences/geofences.entities';
import { fenceOf, NOTHING_KNOWN_ROW, type GeofenceRow } from 'src/modules/geofences/geofences.repository';
import { areaOf } from 'src/modules/geofences/watch';
import { toWatchNews, toWatchView, type Consent, type WatchView } from 'src/modules/geofences/watches.dto';
import { WatchesRepository, type SeeingRow, type WatchRow } from 'src/modules/geofences/watches.repository';
import { LocationService } from 'src/modules/location/location.service';
import { SightsService, type Sight } from 'src/modules/location/sights.service';
import { z } from 'zod';

export const FOLLOWER = 'geofences';

/** Who said no may be asked again by the same one after so many minutes. */
const PATIENCE_MINUTES = 60;
const MOST_PENDING = 20;

const Place = z.object({ id: z.int() });

/**
 * Fences that watch others than their owner. Such a fence sees of somebody what a share shows, at its precision, and nothing else:
 * its events say no more than who has drawn it could see anyhow. It ends with the share that its subject agreed under.
 */
@Injectable()
export class WatchesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly streams: Streams,
    private readonly cursors: CursorsRepository,
    private readonly watches: WatchesRepository,
    private readonly location: LocationService,
    private readonly sights: SightsService,
  ) {}

  /** The fences of others that watch the caller or ask to, newest first. */
  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<WatchView>> {
    const rows = await this.watches.list(userId, limit + 1, placeOf(Place, cursor)?.id ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map(toWatchView) };
  }

  /**
   * Asks the one whom a fence was drawn for, within its transaction. Throws `geofence.not_shared`, `geofence.too_small` (for what the
   * share shows), `geofence.asked_too_often`, `geofence.too_many`.
   */
  async ask(fence: Asking, subjectId: string): Promise<void> {
    await this.requireSight(fence, subjectId);
    const { pending, refused } = await this.watches.asked(fence.id, fence.user_id, subjectId, PATIENCE_MINUTES);
    if (refused) throw GeofenceAskedTooOften({ minutes: PATIENCE_MINUTES });
    if (pending >= MOST_PENDING) throw TooManyGeofences({ limit: MOST_PENDING });
    await this.watches.put(fence.id, subjectId, 'asked');
    await this.bus.publish('geofence.watch_asked', { geofence_id: fence.id, user_id: subjectId });
    await this.tell(subjectId, fence.id);
  }

  /** The same of a fence that was moved: who has agreed to it, or is about to, did so where it was. */
  async askOfMoved(fence: Asking, subjectId: string): Promise<void> {
    const state = (await this.watches.statesOf([fence.id])).get(fence.id);
    if (state === 'accepted' || state === 'asked') await this.ask(fence, subjectId);
  }

  /** What those say for whom the fences were drawn, by fence. */
  statesOf(fences: Pick<GeofenceRow, 'id' | 'subject_id'>[]): Promise<Map<number, WatchState>> {
    const ids = fences.filter(({ subject_id }) => subject_id !== null).map(({ id }) => id);
    return ids.length ? this.watches.statesOf(ids) : Promise.resolve(new Map<number, WatchState>());
  }

  /**
   * The caller agrees to be watched by a fence, as long as what he shares now with its owner lasts; or says no, whatever he said before.
   * He agrees to what he was shown: throws `geofence.changed` if it has been moved since.
   */
  async decide({ userId }: Principal, geofenceId: number, { accepted, revision }: Consent): Promise<WatchView> {
    return this.db.tx(async () => {
      await this.watches.holdStill(geofenceId);
      await this.cursors.lockOrBegin(userId);
      const watch = await this.access(userId, geofenceId);
      if (accepted && watch.shape !== revision) throw GeofenceChanged({ revision: watch.shape });
      if (accepted) await this.accept(watch);
      else if (watch.watch_state === 'accepted') await this.watches.put(geofenceId, userId, 'withdrawn');
      else if (watch.watch_state === 'asked') await this.watches.put(geofenceId, userId, 'declined');
      if (!accepted) await this.letGo([userId]);
      await this.bus.publish('geofence.watch_decided', { geofence_id: geofenceId, user_id: userId });
      return toWatchView(await this.tell(userId, geofenceId));
    });
  }

  /** What the user says to a fence. */
  async find(userId: string, geofenceId: number): Promise<WatchView | undefined> {
    const watch = await this.watches.one(userId, geofenceId);
    return watch && toWatchView(watch);
  }

  /** Since when each of the fences asks the user and has no answer; undefined: it does not. */
  async askedSince(asked: { geofenceId: number; userId: string }[]): Promise<(Date | undefined)[]> {
    const rows = await this.watches.askedAmong(asked);
    const since = new Map(rows.map((row) => [`${row.geofence_id} ${row.user_id}`, row.asked_at]));
    return asked.map(({ geofenceId, userId }) => since.get(`${geofenceId} ${userId}`));
  }

  /** A share has ended, and with it what was agreed to under it. */
  async endWith(shareId: number, ownerId: string): Promise<void> {
    await this.db.tx(async () => {
      await this.cursors.lockOrBegin(ownerId);
      await this.ended(await this.watches.end(shareId));
      await this.letGo([ownerId]);
    });
  }

  /** Somebody shares with a chat from now on: if it has fences, they watch him. */
  async beginFor(userId: string): Promise<void> {
    if ((await this.watches.sharesOf(userId)).length) await this.db.tx(() => this.begin([userId]));
  }

  /** A chat has a fence from now on: it watches those who share with it. */
  beginInChat = async (chatId: number): Promise<void> => this.begin(await this.sharersWith(chatId));

  /** Those who share with a chat, whom its fences watch. */
  sharersWith = (chatId: number): Promise<string[]> => this.watches.sharers(chatId);

  /** A fence is about to be removed: who has said no to it is not asked again by its owner at once. */
  outlive = (geofenceId: number): Promise<void> => this.watches.keepRefusal(geofenceId);

  /** Who said no may be asked again. */
  forgetRefusals = (): Promise<void> => this.watches.forgetRefusals(PATIENCE_MINUTES);

  /** Those whom a fence watches, or may come to watch. */
  watchedBy = (geofenceId: number): Promise<string[]> => this.watches.watchedBy(geofenceId);

  /** Those of the users whom no fence watches any more are followed no more. */
  async letGo(userIds: string[]): Promise<void> {
    for (const userId of [...userIds].sort()) {
      await this.cursors.lock(userId);
      if (await this.watches.isWatched(userId)) continue;
      await this.location.unfollow(userId, FOLLOWER);
      await this.cursors.forgetLast(userId);
    }
  }

  /**
   * The fences of others that see the user now and that a way within a box may matter to, and by which share each; under the lock of
   * the user. What was agreed to under a share that shows nothing any more is ended by the way; what a fence knew under another, or
   * before it was agreed to, it does not know.
   */
  async seeing(
    userId: string,
    from: Date,
    box: Box,
  ): Promise<{ rows: SeeingRow[]; sightOf: (row: SeeingRow) => Sight }> {
    const asked = await this.watches.sharesOf(userId);
    const found = await this.sights.through(asked);
    const sights = new Map(
      found.flatMap((one) => [one.viewerId, null].map((viewer) => [keyOf(one.shareId, viewer), one])),
    );
    for (const { shareId, viewerId } of asked)
      if (viewerId && !sights.has(keyOf(shareId, viewerId)))
        await this.ended(await this.watches.end(shareId, viewerId));
    const blur = Math.max(0, ...found.map(({ precision }) => this.sights.within(precision)));
    const shareIds = [...new Set(found.map(({ shareId }) => shareId))];
    const rows = shareIds.length ? await this.watches.seeing(userId, from, grown(box, blur), shareIds) : [];
    const keyOfRow = (row: SeeingRow) => keyOf(row.share_id, row.chat_id === null ? row.user_id : null);
    const sightOf = (row: SeeingRow) => sights.get(keyOfRow(row))!;
    return {
      rows: rows.filter((row) => sights.has(keyOfRow(row))).map((row) => knownBy(row, sightOf(row))),
      sightOf,
    };
  }

  private async accept(watch: WatchRow) {
    const sight = watch.chat_id === null ? await this.requireSight(toAsking(watch), watch.watched_id) : undefined;
    await this.watches.put(watch.id, watch.watched_id, 'accepted', sight?.shareId);
    await this.begin([watch.watched_id]);
  }

  private async begin(userIds: string[]) {
    for (const userId of [...userIds].sort()) {
      await this.cursors.lockOrBegin(userId);
      await this.location.follow(userId, FOLLOWER, 'fixes');
    }
  }

  /** What the fence would be seen by: the finest that its owner may see of the other now. */
  private async requireSight({ user_id, fence }: Asking, of: string) {
    const sight = await this.sights.between(of, user_id);
    if (!sight) throw GeofenceNotShared();
    const least = this.sights.within(sight.precision);
    if (areaOf(fence).size < least) throw GeofenceTooSmall({ metres: least, precision: sight.precision });
    return sight;
  }

  /** The only way to what the user says to a fence; of those that have nothing to do with him he is told that they do not exist. */
  private async access(userId: string, geofenceId: number): Promise<WatchRow> {
    const watch = await this.watches.one(userId, geofenceId);
    if (!watch) throw GeofenceNotFound({ geofence_id: geofenceId });
    return watch;
  }

  private async ended(watches: { geofence_id: number; user_id: string }[]) {
    for (const { geofence_id, user_id } of watches) await this.tell(user_id, geofence_id);
  }

  private async tell(userId: string, geofenceId: number): Promise<WatchRow> {
    const watch = await this.access(userId, geofenceId);
    await this.streams.append([watch.user_id, userId], 'geofence_watch_changed', toWatchNews(watch));
    return watch;
  }
}

/** A fence that asks somebody, and who has drawn it. */
interface Asking {
  id: number;
  user_id: string;
  fence: Fence;
}

export const toAsking = (row: GeofenceRow): Asking => ({ id: row.id, user_id: row.user_id, fence: fenceOf(row) });

/** The fence with what it knows by this sight: nothing, if the last that it saw was before what it may see now. */
const knownBy = (row: SeeingRow, { begunAt }: Sight): SeeingRow =>
  row.fix_at && (row.fix_at < begunAt || row.fix_at < row.seen_since) ? { ...row, ...NOTHING_KNOWN_ROW } : row;

const keyOf = (shareId: number, viewerId: string | null) => `${shareId}:${viewerId ?? 'any'}`;

/** Is the fence one that its owner has drawn for himself, and is that the user? */
export const isOwn = (fence: Pick<GeofenceRow, 'user_id' | 'subject_id' | 'chat_id'>, userId: string): boolean =>
  fence.user_id === userId && fence.subject_id === null && fence.chat_id === null;
