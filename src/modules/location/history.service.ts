import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { simplify } from 'src/core/geo/simplify';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { HistoryCursors, Place, type After } from 'src/modules/location/history.cursors';
import type { HistoryQuery, Span, StatsView } from 'src/modules/location/history.dto';
import { toSpan } from 'src/modules/location/history.dto';
import { HistoryRepository } from 'src/modules/location/history.repository';
import { LocationAccess, type Past } from 'src/modules/location/location.access';
import type { LocationRow } from 'src/modules/location/location.dto';
import { HistoryNotShared, SpanTooLong } from 'src/modules/location/location.errors';
import type { HistoryGrant } from 'src/modules/location/reach.repository';
import { ReadsService } from 'src/modules/location/reads.service';
import { RetentionService } from 'src/modules/location/retention.service';
import { TrackStats } from 'src/modules/location/track-stats';
import { UsersService } from 'src/modules/users/users.service';

/** Points in memory at once while a history flows out. */
const CHUNK = 2000;
/** So many times the hidden points of one page of another's history are passed over, before it is told without any. */
const MOST_CHUNKS = 50;
const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
/** Of a history that is read through for one answer. */
export const MOST_DAYS = 366;

/** What people have kept of where they were: to themselves, and to those whom a share shows it. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly histories: HistoryRepository,
    private readonly cursors: HistoryCursors,
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
    private readonly retention: RetentionService,
    private readonly users: UsersService,
  ) {}

  /** A page of the owner's history as the caller may see it, oldest first. Throws `location.history_not_shared`. */
  async page(user: Principal, ownerId: string, query: HistoryQuery): Promise<Page<LocationRow>> {
    const { items, nextCursor } = await (ownerId === user.userId
      ? this.ownPage(user, query)
      : this.shownPage(user, ownerId, query));
    return { items: query.tolerance === undefined ? items : thinned(items, query.tolerance), nextCursor };
  }

  private async ownPage({ userId }: Principal, query: HistoryQuery): Promise<Page<LocationRow>> {
    const after = placeOf(Place, query.cursor);
    return toPage(await this.histories.page(userId, toSpan(query), after, query.limit + 1), query.limit, placeAfter);
  }

  /** As if there were no points but those that are shown: neither what a page has nor where it ends tells of the others. */
  private async shownPage({ userId }: Principal, ownerId: string, query: HistoryQuery): Promise<Page<LocationRow>> {
    const seen: Past[] = [];
    const nextCursor = await this.seek(userId, ownerId, query, seen);
    await this.noteReads(userId, ownerId, seen);
    return { items: seen.map(({ row }) => this.shown(row, ownerId, userId)), nextCursor };
  }

  /** Finds what such a page has; gives where the next one begins. */
  private async seek(viewerId: string, ownerId: string, query: HistoryQuery, seen: Past[]): Promise<string | null> {
    const seal = (place: After) => this.cursors.seal(place, ownerId, viewerId);
    let after = query.cursor === undefined ? undefined : this.cursors.open(query.cursor, ownerId, viewerId);
    let chunk = query.limit + 1;
    for (let n = 0; n < MOST_CHUNKS; n++) {
      const grants = await this.grantsOf(viewerId, ownerId);
      const stored = await this.histories.page(ownerId, shownSpan(toSpan(query), grants), after, chunk);
      for (const row of stored) {
        const [shown] = this.access.past(grants, [row]);
        if (shown && !isSamePlace(shown.row, seen.at(-1)?.row)) {
          if (seen.length === query.limit) return seal(after!);
          seen.push(shown);
        }
        after = placeAfter(row);
      }
      if (stored.length < chunk) return null;
      chunk = CHUNK;
    }
    return seal(after!);
  }

  /** The same as a stream of points, however many: some at a time are in memory. Whether the caller may see them is asked again and again. */
  async *stream(user: Principal, ownerId: string, { tolerance, ...query }: HistoryQuery): AsyncGenerator<LocationRow> {
    let waiting: LocationRow[] = [];
    for await (const chunk of this.chunks(user, ownerId, toSpan(query))) {
      if (tolerance === undefined) {
        yield* chunk;
        continue;
      }
      waiting = waiting.concat(chunk);
      // so many of those that are shown: where they were read in one go would tell how many are not
      while (waiting.length >= CHUNK) {
        const kept = thinned(waiting.splice(0, CHUNK), tolerance);
        // the last one stays for the next, to which its way leads
        waiting.unshift(...kept.splice(-1));
        yield* kept;
      }
    }
    if (tolerance !== undefined) yield* thinned(waiting, tolerance);
  }

  /** Throws unless the caller may see the owner's history now: before a stream has begun. */
  async require(user: Principal, ownerId: string): Promise<void> {
    if (ownerId !== user.userId && !(await this.access.histories(ownerId, user.userId)).length)
      throw HistoryNotShared();
  }

  /** Deletes the caller's history of a span; gives how many points that were. */
  delete({ userId }: Principal, { from, to }: Span): Promise<number> {
    return this.retention.deleteSpan(userId, from, to);
  }

  /** How far the caller went, for how long, and where he stayed: the last 30 days if nothing is said. Throws `location.span_too_long`. */
  async stats(user: Principal, span: Span): Promise<StatsView> {
    const { from, to } = bounded(span, USUAL_DAYS);
    const { timezone } = await this.users.get(user.userId);
    const stats = new TrackStats(timezone);
    const query = { start: from, end: to, format: 'json' as const, limit: CHUNK };
    for await (const row of this.stream(user, user.userId, query))
      if (!row.flags) stats.add({ ...row, at: row.recorded_at.getTime() });
    stats.end();
    const sum = (of: (day: (typeof stats.days)[number]) => number) => stats.days.reduce((all, day) => all + of(day), 0);
    return {
      timezone,
      start: from.toISOString(),
      end: to.toISOString(),
      points: sum(({ points }) => points),
      distance_meters: sum(({ distanceMeters }) => distanceMeters),
      moving_seconds: sum(({ movingSeconds }) => movingSeconds),
      days: stats.days.map(({ date, points, distanceMeters, movingSeconds }) => ({
        date,
        points,
        distance_meters: distanceMeters,
        moving_seconds: movingSeconds,
      })),
      places: stats.places,
    };
  }

  /** The points as they are read, some at a time, as the caller may see them: of another's, as if there were none but those. */
  private async *chunks({ userId }: Principal, ownerId: string, span: Span): AsyncGenerator<LocationRow[]> {
    let after: After | undefined;
    let before: LocationRow | undefined;
    for (;;) {
      const grants = ownerId === userId ? undefined : await this.grantsOf(userId, ownerId);
      const stored = await this.histories.page(ownerId, grants ? shownSpan(span, grants) : span, after, CHUNK);
      if (grants) {
        const seen = this.access.past(grants, stored);
        const isNew = ({ row }: Past, index: number) => !isSamePlace(row, index ? seen[index - 1]!.row : before);
        const fresh = seen.filter(isNew);
        await this.noteReads(userId, ownerId, fresh);
        yield fresh.map(({ row }) => this.shown(row, ownerId, userId));
        before = seen.at(-1)?.row ?? before;
      } else yield stored;
      if (stored.length < CHUNK) return;
      after = placeAfter(stored.at(-1)!);
    }
  }

  /** Where somebody was, not what his device said beside, nor how many points are between this one and the next. */
  private shown(row: LocationRow, ownerId: string, viewerId: string): LocationRow {
    const id = this.cursors.numberOf(row.id, ownerId, viewerId);
    return { ...row, id, created_at: null, client_id: null, battery: null, activity: null, source: null, flags: 0 };
  }

  private async grantsOf(viewerId: string, ownerId: string): Promise<HistoryGrant[]> {
    const grants = await this.access.histories(ownerId, viewerId);
    if (!grants.length) throw HistoryNotShared();
    return grants;
  }

  /** Notes by which shares somebody got points. */
  private noteReads(viewerId: string, ownerId: string, seen: Past[]): Promise<void> {
    const shares = new Map(seen.map(({ grant: { share_id: shareId, precision } }) => [shareId, precision]));
    return this.reads.note(
      [...shares].map(([shareId, precision]) => ({ ownerId, viewerId, shareId, precision, exit: 'history' })),
    );
  }
}

/** The span with both its ends: now, and so many days before the other. Throws `location.span_too_long`. */
export function bounded(span: Span, days: number): { from: Date; to: Date } {
  const to = span.to ?? new Date();
  const from = span.from ?? new Date(to.getTime() - days * DAY_MS);
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS) throw SpanTooLong({ days: MOST_DAYS });
  return { from, to };
}

const placeAfter = (row: LocationRow): After => ({ at: row.recorded_at.toISOString(), id: row.id });

const thinned = (rows: LocationRow[], tolerance: number): LocationRow[] =>
  simplify(rows, tolerance).map((index) => rows[index]!);

/** Of the span, what any of the shares shows. */
const shownSpan = (span: Span, grants: HistoryGrant[]): Span => {
  const begun = new Date(Math.min(...grants.map(({ begun_at }) => +begun_at)));
  return { ...span, from: span.from && span.from > begun ? span.from : begun };
};

/** Of a cell is shown only that somebody came into it. */
const isSamePlace = (row: LocationRow, before: LocationRow | undefined) =>
  before?.latitude === row.latitude && before.longitude === row.longitude;
