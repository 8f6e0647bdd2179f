import { Inject, Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { Context } from 'src/core/context/context';
import type { Outcome } from 'src/core/database/group-commit';
import { IdempotencyMismatch, Unauthorized } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import type { LocationRow, Point } from 'src/modules/location/location.dto';
import { RecordedInFuture, RecordedTooEarly } from 'src/modules/location/location.errors';
import {
  judge,
  limitsOf,
  sightingOf,
  toBits,
  type Motion,
  type PlausibilityLimits,
} from 'src/modules/location/plausibility';
import {
  PointsRepository,
  toRow,
  type KnownKey,
  type NewPoint,
  type Situation,
  type Stored,
} from 'src/modules/location/points.repository';
import { SharesService } from 'src/modules/location/shares.service';

/** A point, and the request it came with. */
export interface Arrival {
  userId: string;
  point: Point;
  /** By the clock of this node, which may be off. */
  arrivedAt: number;
  context: Context;
}

/** How far a device's clock may be ahead of ours. */
export const FURTHEST_AHEAD_MS = 120_000;

/** Up to so much is what it takes to ask PostgreSQL for its time: points that come one upon another stay in their order. */
const CLOCKS_APART_MS = 2_000;

const DAY_MS = 86_400_000;

/** Takes in a batch of many users' points at once, within the transaction of its caller: judges, stores and states them. */
@Injectable()
export class PointsIntake {
  private readonly limits: PlausibilityLimits;
  private readonly beforeAccountMs: number;

  constructor(
    private readonly bus: Bus,
    private readonly points: PointsRepository,
    private readonly shares: SharesService,
    @Inject(ENV) env: Env,
  ) {
    this.limits = limitsOf(env);
    this.beforeAccountMs = env.LOCATION_BEFORE_ACCOUNT_DAYS * DAY_MS;
  }

  /** What it gives tells what became of each, once the transaction has committed. */
  async store(arrivals: Arrival[]): Promise<() => Promise<Outcome<LocationRow>[]>> {
    const began = Date.now();
    const situations = await this.points.situations([...new Set(arrivals.map(({ userId }) => userId))]);
    const outcomes = new Array<Outcome<LocationRow>>(arrivals.length);
    const { taken, places } = this.admit(arrivals, situations, began, outcomes);
    if (!taken.length) return () => Promise.resolve(outcomes);
    const insert = this.points.insert(taken);
    const isNamed = taken.some(({ point }) => point.clientId !== null);
    const isTold = [...situations.values()].some(concernsOthers);
    // of others nothing more is to be done: the commit need not wait to hear of the insert
    const stored = isNamed || isTold ? await insert() : undefined;
    const known = stored && (await this.known(taken.filter((_, index) => stored.ids[index] === undefined)));
    if (isTold) await this.tell(arrivals, taken, stored!, situations);
    return async () => {
      const { ids, createdAt } = stored ?? (await insert());
      taken.forEach((one, index) => {
        const id = ids[index];
        outcomes[places[index]!] =
          id === undefined
            ? answerAgain(one, known!.get(nameOf(one.userId, one.point.clientId))!)
            : { ok: true, value: toRow(one, { id, createdAt, isKept: one.history !== 'live_only' }) };
      });
      return outcomes;
    };
  }

  /** Judges the points of each user in the order of their recording; those that are refused get their outcome here. */
  private admit(
    arrivals: Arrival[],
    situations: Map<string, Situation>,
    began: number,
    outcomes: Outcome<LocationRow>[],
  ) {
    const apart = (situations.values().next().value?.at.getTime() ?? began) - began;
    const ahead = Math.abs(apart) > CLOCKS_APART_MS ? apart : 0;
    const motions = new Map<string, Motion | null>();
    const last = new Map<string, number>();
    const taken: NewPoint[] = [];
    const places: number[] = [];
    const came = arrivals.map(({ arrivedAt }) => arrivedAt + ahead);
    const times = arrivals.map(({ point }, index) => point.recordedAt?.getTime() ?? came[index]!);
    for (const index of times.map((_, place) => place).sort((a, b) => times[a]! - times[b]!)) {
      const { userId, point } = arrivals[index]!;
      const recordedAt = point.recordedAt ?? new Date(times[index]!);
      const situation = situations.get(userId);
      if (!situation) {
        outcomes[index] = { ok: false, error: Unauthorized() }; // the account has just been deleted
        continue;
      }
      if (times[index]! > came[index]! + FURTHEST_AHEAD_MS) {
        outcomes[index] = { ok: false, error: RecordedInFuture({ ahead_seconds: FURTHEST_AHEAD_MS / 1000 }) };
        continue;
      }
      const earliest = situation.created_at.getTime() - this.beforeAccountMs;
      if (times[index]! < earliest) {
        outcomes[index] = { ok: false, error: RecordedTooEarly({ earliest: new Date(earliest).toISOString() }) };
        continue;
      }
      const before = motions.has(userId) ? motions.get(userId)! : motionOf(situation);
      const sighting = sightingOf(point, times[index]!);
      const { flags, motion } = judge(before, sighting, point.isMock, this.limits);
      motions.set(userId, motion);
      last.set(userId, places.length);
      places.push(index);
      taken.push({
        userId,
        point,
        recordedAt,
        flags: toBits(flags),
        isLast: false,
        isFirst: situation.newest_at === null,
        motion: motion?.believed === sighting ? null : motion,
        digest: point.clientId === null ? null : digestOf(point),
        history: situation.history,
        isFix: situation.wants_fixes && flags.length === 0,
        mayBeAgain:
          point.clientId === null &&
          situation.history !== 'live_only' &&
          situation.newest_at !== null &&
          recordedAt <= situation.newest_at,
        mayRepeat: point.clientId === null && isAmong(taken, userId, point, recordedAt),
      });
    }
    for (const place of last.values()) taken[place]!.isLast = true;
    return { taken, places };
  }

  private async known(repeated: NewPoint[]): Promise<Map<string, KnownKey>> {
    const named = repeated.map(({ userId, point }) => ({ userId, clientId: point.clientId! }));
    const rows = named.length ? await this.points.known(named) : [];
    return new Map(rows.map((row) => [nameOf(row.user_id, row.client_id), row]));
  }

  /** Those who follow the users or see them, and the shares that end where somebody is now. */
  private async tell(arrivals: Arrival[], taken: NewPoint[], stored: Stored, situations: Map<string, Situation>) {
    const contexts = new Map(arrivals.map(({ userId, context }) => [userId, context]));
    await this.state(taken, stored, situations, contexts);
    const arriving = taken.filter(({ userId, flags, recordedAt }, index) => {
      const { awaits_arrival, newest_at } = situations.get(userId)!;
      return awaits_arrival && stored.ids[index] !== undefined && !flags && (!newest_at || recordedAt > newest_at);
    });
    if (arriving.length)
      await this.shares.arrive(arriving.map(({ userId, point, recordedAt }) => ({ ...point, userId, recordedAt })));
  }

  /** Facts only for those whom somebody follows or sees: the outbox is not for what nobody reads. */
  private async state(
    taken: NewPoint[],
    { ids }: Stored,
    situations: Map<string, Situation>,
    contexts: Map<string, Context>,
  ) {
    const fixes = new Map<string, number[]>();
    const newest = new Map<string, { id: number; at: Date }>();
    taken.forEach(({ userId, recordedAt, isFix }, index) => {
      const id = ids[index];
      if (id === undefined) return;
      if (isFix) {
        const others = fixes.get(userId);
        if (others) others.push(id);
        else fixes.set(userId, [id]);
      }
      const { wants_moves, newest_at } = situations.get(userId)!;
      const before = newest.get(userId)?.at ?? newest_at;
      if (wants_moves && (!before || recordedAt > before)) newest.set(userId, { id, at: recordedAt });
    });
    const contextOf = (userId: string) => contexts.get(userId)!;
    if (fixes.size)
      await this.bus.publishAll(
        'location.recorded',
        [...fixes].map(([userId, locationIds]) => ({
          payload: { user_id: userId, location_ids: locationIds },
          context: contextOf(userId),
        })),
      );
    if (newest.size)
      await this.bus.publishAll(
        'location.moved',
        [...newest].map(([userId, { id }]) => ({
          payload: { user_id: userId, location_id: id },
          context: contextOf(userId),
        })),
      );
  }
}

const concernsOthers = ({ wants_fixes, wants_moves, awaits_arrival }: Situation) =>
  wants_fixes || wants_moves || awaits_arrival;

/** Was the user at that place at that moment by what was taken already? That is in the order of recording, so few are looked at. */
function isAmong(taken: NewPoint[], userId: string, { latitude, longitude }: Point, recordedAt: Date): boolean {
  const at = recordedAt.getTime();
  for (let index = taken.length - 1; index >= 0; index--) {
    const before = taken[index]!;
    if (before.recordedAt.getTime() !== at) return false;
    if (before.point.latitude === latitude && before.point.longitude === longitude && before.userId === userId)
      return true;
  }
  return false;
}

const nameOf = (userId: string, clientId: string | null) => `${userId}:${clientId}`;

/** What is known of somebody's way: as it was noted, or by his newest position (`NewPoint`). */
function motionOf(situation: Situation): Motion | null {
  if (situation.newest_at === null) return null;
  const { motion, flags, newest_at } = situation;
  return motion ?? (flags ? null : { believed: sightingOf(situation, newest_at.getTime()) });
}

/** What two points under one name must agree in, beside their time. */
function digestOf(point: Point): Buffer {
  const { latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, isMock } = point;
  const content = [latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, isMock];
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16);
}

/** The first answer to a point that has come before under its name. A retry need not know the time that was given to the first one. */
function answerAgain(again: NewPoint, { id, digest, flags, ...first }: KnownKey): Outcome<LocationRow> {
  const isOther = again.point.recordedAt && again.point.recordedAt.getTime() !== first.recorded_at.getTime();
  if (isOther || !again.digest || !digest.equals(again.digest)) return { ok: false, error: IdempotencyMismatch() };
  const before = { ...again, flags, recordedAt: first.recorded_at };
  return { ok: true, value: toRow(before, { id, createdAt: first.created_at, isKept: first.is_kept }) };
}
