import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { Streams } from 'src/core/streams/streams';
import { ChatsService } from 'src/modules/chats/chats.service';
import {
  toFence,
  toGeofenceView,
  type CreateGeofence,
  type Fence,
  type GeofencesQuery,
  type GeofenceView,
  type UpdateGeofence,
} from 'src/modules/geofences/geofences.dto';
import {
  GeofenceEndsInPast,
  GeofenceNotFound,
  InvalidPolygon,
  TooManyGeofences,
  TooManyPositions,
} from 'src/modules/geofences/geofences.errors';
import { initialState } from 'src/modules/geofences/geofences.matcher';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { faultOf } from 'src/modules/geofences/polygons';
import { CursorsRepository, type Cursor } from 'src/modules/geofences/cursors.repository';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import {
  fenceOf,
  GeofencesRepository,
  positionsOf,
  type Drawn,
  type GeofenceRow,
} from 'src/modules/geofences/geofences.repository';
import { watchOf } from 'src/modules/geofences/watch';
import { FOLLOWER, isOwn, toAsking, WatchesService } from 'src/modules/geofences/watches.service';
import { LocationService } from 'src/modules/location/location.service';
import { z } from 'zod';

/** Of one user, and of one chat. */
const MOST_FENCES = 10_000;
const MOST_POSITIONS = 200_000;

const Place = z.object({ id: z.int() });

/** A user's fences. They change under the same lock as their states, so a crossing is always one of a fence as it was then. */
@Injectable()
export class GeofencesService {
  constructor(
    private readonly db: Database,
    private readonly fences: GeofencesRepository,
    private readonly cursors: CursorsRepository,
    private readonly dwells: DwellsService,
    private readonly watches: WatchesService,
    private readonly chats: ChatsService,
    private readonly location: LocationService,
    private readonly streams: Streams,
  ) {}

  /**
   * A new fence, watched from now on; being inside already is no entry. One that is for another asks him first. Throws
   * `geofence.too_many`, `geofence.too_many_positions`, `geofence.invalid_polygon`, `geofence.ends_in_past`, `chat.not_found`, and what
   * `WatchesService.ask` throws.
   */
  async create({ userId }: Principal, draft: CreateGeofence): Promise<GeofenceView> {
    const { subject_id: subjectId = null, chat_id: chatId = null } = draft;
    if (chatId !== null) await this.chats.access(userId, chatId);
    return this.db.tx(async () => {
      const fence = checked(toFence(draft, {}));
      if (chatId !== null) await this.fences.holdChat(chatId);
      const cursor = await this.cursors.lockOrBegin(userId);
      await this.requireRoom({ user_id: userId, chat_id: chatId }, { fences: 1, positions: positionsOf(fence) });
      if (fence.expiresAt && fence.expiresAt <= new Date()) throw GeofenceEndsInPast();
      const id = await this.fences.insert(userId, fence, { subjectId, chatId });
      if (subjectId !== null) await this.watches.ask({ id, user_id: userId, fence }, subjectId);
      else if (chatId !== null) await this.watches.beginInChat(chatId);
      else await this.beginOwn(userId, id, cursor);
      await this.tell(userId);
      return this.viewOf(await this.access(userId, id));
    });
  }

  /** The fences that the caller has drawn, or those of a chat of his, newest first. Throws `chat.not_found`. */
  async list({ userId }: Principal, { limit, cursor, chat_id: chatId }: GeofencesQuery): Promise<Page<GeofenceView>> {
    if (chatId !== undefined) await this.chats.access(userId, chatId);
    const rows = await this.fences.list(userId, limit + 1, placeOf(Place, cursor)?.id ?? null, chatId ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    const states = await this.watches.statesOf(page.items);
    return { ...page, items: page.items.map((row) => toGeofenceView(row, states.get(row.id))) };
  }

  /** A fence that the caller has drawn, or one of a chat of his. */
  async get({ userId }: Principal, id: number): Promise<GeofenceView> {
    const fence = await this.fences.one(userId, id);
    const notFound = GeofenceNotFound({ geofence_id: id });
    if (!fence || (fence.user_id !== userId && fence.chat_id === null)) throw notFound;
    if (fence.user_id !== userId) await this.chats.access(userId, fence.chat_id!, notFound);
    return this.viewOf(fence);
  }

  /** Asks the one whom a fence is for again, if he has not agreed. Throws what `WatchesService.ask` throws. */
  async askAgain({ userId }: Principal, id: number): Promise<GeofenceView> {
    return this.db.tx(async () => {
      const fence = await this.access(userId, id);
      if (fence.subject_id === null) throw GeofenceNotFound({ geofence_id: id });
      const state = (await this.watches.statesOf([fence])).get(id);
      if (state !== 'accepted' && state !== 'asked') await this.watches.ask(toAsking(fence), fence.subject_id);
      return this.viewOf(fence);
    });
  }

  /**
   * Changes what is given. A fence that is moved, resized, switched on again or goes on after its end starts anew, like a new one; if
   * it is moved or resized it also asks anew the one whom it is for. Who is in its chat no more can only remove it: throws
   * `chat.not_found`.
   */
  async update({ userId }: Principal, id: number, change: UpdateGeofence): Promise<GeofenceView> {
    return this.db.tx(async () => {
      await this.fences.holdChatOf(id);
      const cursor = await this.cursors.lockOrBegin(userId);
      const row = await this.access(userId, id);
      if (row.chat_id !== null) await this.chats.access(userId, row.chat_id);
      const before = fenceOf(row);
      const after = checked(shaped(change, before));
      if (change.expires_at && change.expires_at <= new Date()) throw GeofenceEndsInPast();
      const moved = (['centerLatitude', 'centerLongitude', 'radiusMeters', 'boundary'] as const).some(
        (key) => !isDeepStrictEqual(before[key], after[key]),
      );
      const more = positionsOf(after) - positionsOf(before);
      if (more > 0) await this.requireRoom(row, { fences: 0, positions: more });
      const anew = moved || (isWatching(after) && !isWatching(before));
      await this.fences.update(id, after, anew);
      if (row.subject_id !== null && moved)
        await this.watches.askOfMoved({ id, user_id: userId, fence: after }, row.subject_id);
      else if (row.chat_id !== null && anew) await this.watches.beginInChat(row.chat_id);
      else if (isOwn(row, userId) && anew) await this.beginOwn(userId, id, cursor);
      const endsElsewhen = before.expiresAt?.getTime() !== after.expiresAt?.getTime();
      if (before.dwellSeconds !== after.dwellSeconds || endsElsewhen) await this.dwells.awaitAnew(id);
      await this.tell(userId);
      return this.viewOf(await this.access(userId, id));
    });
  }

  /** Forgets the fence and its events. */
  async remove({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      await this.cursors.lock(userId);
      await this.access(userId, id);
      const watched = await this.watches.watchedBy(id);
      await this.watches.outlive(id);
      await this.fences.remove(id);
      await this.watches.letGo(watched);
      await this.tell(userId);
    });
  }

  /** That his fences have changed, to all devices of their owner. */
  private tell = (userId: string) => this.streams.append(userId, 'account_changed', { part: 'geofences' });

  /** A fence of the caller's, to try it. */
  async drawnBy({ userId }: Principal, id: number): Promise<Fence> {
    return fenceOf(await this.access(userId, id));
  }

  /** Throws `geofence.too_many` or `geofence.too_many_positions` if its owner, or its chat, cannot have so many more. */
  private async requireRoom({ user_id, chat_id }: Pick<GeofenceRow, 'user_id' | 'chat_id'>, more: Drawn) {
    const drawn = [await this.fences.drawnBy(user_id)];
    if (chat_id !== null) drawn.push(await this.fences.drawnIn(chat_id));
    for (const { fences, positions } of drawn) {
      if (fences + more.fences > MOST_FENCES) throw TooManyGeofences({ limit: MOST_FENCES });
      if (more.positions && positions + more.positions > MOST_POSITIONS)
        throw TooManyPositions({ limit: MOST_POSITIONS });
    }
  }

  /** The only way to change a fence; everybody but its owner is told that it does not exist. */
  private async access(userId: string, id: number): Promise<GeofenceRow> {
    const fence = await this.fences.one(userId, id);
    if (fence?.user_id !== userId) throw GeofenceNotFound({ geofence_id: id });
    return fence;
  }

  private async viewOf(row: GeofenceRow): Promise<GeofenceView> {
    return toGeofenceView(row, (await this.watches.statesOf([row])).get(row.id));
  }

  /** States where the owner is, silently, and follows him from now on. */
  private async beginOwn(userId: string, id: number, cursor: Cursor): Promise<void> {
    await this.location.follow(userId, FOLLOWER, 'fixes');
    const newest = await this.location.latest(userId);
    const row = await this.access(userId, id);
    const { clock } = cursor;
    const state = initialState(watchOf(fenceOf(row)), newest && { ...newest, ageMs: newest.ageMs - clock.behindMs });
    await this.fences.saveStates(userId, [{ geofenceId: id, shape: row.shape, state }]);
    await this.dwells.await([await this.access(userId, id)], clock);
    // what was while no fence was there is nobody's concern
    if (!cursor.last && newest) await this.cursors.followed(userId, newest.fix, [], clock);
  }
}

const isWatching = ({ isActive, expiresAt }: Fence) => isActive && (expiresAt === null || expiresAt > new Date());

/** The fence, if its polygon is one. Throws `geofence.invalid_polygon`. */
export function checked(fence: Fence): Fence {
  const fault = fence.boundary ? faultOf(fence.boundary) : undefined;
  if (fault) throw InvalidPolygon({ reason: fault });
  return fence;
}

/** A polygon has no radius to change: who wants a circle says so. */
function shaped(change: UpdateGeofence, before: Fence): Fence {
  const circle = [change.center_latitude, change.center_longitude, change.radius_meters ?? change.radius];
  const given = circle.filter((value) => value !== undefined).length;
  const isPolygon = change.geometry ?? (change.geometry === undefined && before.boundary);
  const becomesCircle = change.geometry === null && before.boundary;
  if (isPolygon ? given > 0 : becomesCircle && given < circle.length)
    throw ValidationFailed({}, [{ field: 'geometry', code: 'either_or' }]);
  return toFence(change, before);
}
