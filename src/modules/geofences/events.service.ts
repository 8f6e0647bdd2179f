import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { encodeCursor, placeOf, toPage, type Page } from 'src/core/http/paging';
import { Presence } from 'src/core/realtime/presence';
import { EventsRepository, type EventRow } from 'src/modules/geofences/events.repository';
import { toEventView, type EventsQuery, type GeofenceEventView } from 'src/modules/geofences/geofences.dto';
import { SightsService, type Sight } from 'src/modules/location/sights.service';
import { z } from 'zod';

const Place = z.object({ id: z.int() });
/** Crossings that are looked through at once for those that may be seen. */
const CHUNK = 1000;
/** So many times, before it is told without any that there are more. */
const MOST_CHUNKS = 50;

/** A crossing, and who is to hear of it. */
export interface Telling {
  event: GeofenceEventView;
  /** By which others get to know. */
  shareId: number | null;
  userIds: string[];
}

/** Who gets to know of crossings: everybody of his own; of others' only by the share that made them, while it shows as much. */
@Injectable()
export class EventsService {
  constructor(
    private readonly events: EventsRepository,
    private readonly sights: SightsService,
    private readonly presence: Presence,
  ) {}

  /**
   * The crossings that the caller may see now, newest first: as if there were no others, so that neither what a page has nor where it ends
   * tells of them.
   */
  async list({ userId }: Principal, query: EventsQuery): Promise<Page<GeofenceEventView>> {
    const { geofence_id: geofenceId, user_id: subjectId, event_type: eventType, start: from, end: until } = query;
    const found: EventRow[] = [];
    let below = placeOf(Place, query.cursor)?.id;
    let [chunk, hasMore] = [query.limit + 1, true];
    for (let n = 0; n < MOST_CHUNKS && hasMore && found.length <= query.limit; n++) {
      const rows = await this.events.list(userId, chunk, { below, geofenceId, subjectId, eventType, from, until });
      found.push(...(await this.visible(userId, rows)));
      below = rows.at(-1)?.id;
      [chunk, hasMore] = [CHUNK, rows.length === chunk];
    }
    const page = toPage(found, query.limit, ({ id }) => ({ id }));
    const events = page.items.map((row) => (row.user_id === userId ? toEventView(row) : this.toOthers(row)));
    await this.sights.noteEvents(
      events.flatMap((event, index) => toReads(event, page.items[index]!.share_id, [userId])),
    );
    return { items: events, nextCursor: page.nextCursor ?? (hasMore ? encodeCursor({ id: below }) : null) };
  }

  /**
   * Crossings of which somebody wants to be told, in the order in which they happened, and whom to tell now: of one that others may know
   * first those others, then the one who crossed.
   */
  async toTell(ids: number[]): Promise<Telling[]> {
    const rows = (await this.events.byIds(ids)).filter(({ notify }) => notify);
    const tellings: Telling[] = [];
    for (const row of rows) {
      const userIds = isOwn(row) ? [row.user_id] : await this.audience(row);
      const [own, others] = [true, false].map((own) => userIds.filter((id) => (id === row.user_id) === own));
      if (others!.length) tellings.push({ event: this.toOthers(row), shareId: row.share_id, userIds: others! });
      if (own!.length) tellings.push({ event: toEventView(row), shareId: row.share_id, userIds: own! });
    }
    return tellings;
  }

  /** Those who have an open connection have just been sent these. */
  async noteTold(tellings: Telling[]): Promise<void> {
    const reads = tellings.flatMap(({ event, shareId, userIds }) => toReads(event, shareId, userIds));
    if (!reads.length) return;
    const online = await this.presence.online([...new Set(reads.map(({ viewerId }) => viewerId))]);
    await this.sights.noteEvents(reads.filter(({ viewerId }) => online.has(viewerId)));
  }

  /** Of each, whether the user is one to be told of the crossing, if it were told of now. */
  async mayHear(asked: { eventId: number; userId: string }[]): Promise<boolean[]> {
    const rows = new Map((await this.events.byIds(asked.map(({ eventId }) => eventId))).map((row) => [row.id, row]));
    const through = asked.flatMap(({ eventId, userId }) => {
      const shareId = rows.get(eventId)?.share_id;
      return shareId == null ? [] : [{ shareId, viewerId: userId }];
    });
    const sights = new Map(
      (await this.sights.through(through)).map((sight) => [`${sight.shareId} ${sight.viewerId}`, sight]),
    );
    return asked.map(({ eventId, userId }) => {
      const row = rows.get(eventId);
      if (!row || row.user_id === userId) return row !== undefined;
      const isFor = row.chat_id !== null || row.owner_id === userId;
      return isFor && this.shows(sights.get(`${row.share_id} ${userId}`), row);
    });
  }

  private async visible(userId: string, rows: EventRow[]): Promise<EventRow[]> {
    const asked = rows.flatMap(({ share_id: shareId, user_id }) =>
      shareId === null || user_id === userId ? [] : [{ shareId, viewerId: userId }],
    );
    const sights = new Map((await this.sights.through(asked)).map((sight) => [sight.shareId, sight]));
    return rows.filter((row) => row.user_id === userId || this.shows(sights.get(row.share_id ?? 0), row));
  }

  /** Who drew the fence; of a chat's, those of its members who may see the other, and himself. */
  private async audience(row: EventRow): Promise<string[]> {
    if (row.share_id === null) return [];
    const sights = (await this.sights.of(row.share_id)).filter((sight) => this.shows(sight, row));
    const viewers = sights.map(({ viewerId }) => viewerId);
    if (row.chat_id === null) return viewers.filter((id) => id === row.owner_id);
    return viewers.length ? [...viewers, row.user_id] : [];
  }

  private toOthers = (row: EventRow): GeofenceEventView =>
    toEventView(row, (id) => this.sights.numberOf(id, row.user_id, `fence ${row.geofence_id}`));

  /** Whether what the event says is shown by the share now too. */
  private shows(sight: Sight | undefined, row: EventRow): boolean {
    const isAgreed = row.chat_id === null ? row.watch_state === 'accepted' : row.watch_state !== 'withdrawn';
    if (!sight || !isAgreed || this.sights.isFiner(row.precision ?? 'exact', sight.precision)) return false;
    const { location_id: id, latitude, longitude, accuracy, recorded_at: recordedAt } = row;
    return (
      recordedAt >= sight.viewedFrom && sight.show({ id, latitude, longitude, accuracy, recordedAt }) !== undefined
    );
  }
}

/** What the log of the one who crossed says of others who get the event. */
const toReads = ({ user_id: ownerId, precision }: GeofenceEventView, shareId: number | null, viewerIds: string[]) =>
  shareId === null
    ? []
    : viewerIds.filter((id) => id !== ownerId).map((viewerId) => ({ ownerId, viewerId, shareId, precision }));

const isOwn = ({ user_id, owner_id, subject_id, chat_id }: EventRow) =>
  user_id === owner_id && subject_id === null && chat_id === null;
