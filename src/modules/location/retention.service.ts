import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { Streams } from 'src/core/streams/streams';
import { FURTHEST_AHEAD_MS } from 'src/modules/location/points.intake';
import { NAMES_HOURS, PointsRepository } from 'src/modules/location/points.repository';
import type { LocationSettingsView, UpdateLocationSettings } from 'src/modules/location/retention.dto';
import { RetentionRepository, type Choice } from 'src/modules/location/retention.repository';

/** Weeks that have a table before they begin: as many as a clock that does not run may stand still. */
const WEEKS_AHEAD = 4;
const USERS_AT_ONCE = 500;
/** As long as an answer to an `Idempotency-Key` is kept. */
const KEYS_AT_ONCE = 10_000;
const DAY_MS = 86_400_000;
/** Since then there is GPS. */
const FIRST_TRACKS = new Date('1980-01-06T00:00:00Z');

/** What was recorded before a moment, of what was stored by another. */
interface Dropped {
  before: Date;
  storedBy: Date;
}

/** How long positions are kept: by each user's choice, which is nothing but the newest until he makes one. */
@Injectable()
export class RetentionService {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly retention: RetentionRepository,
    private readonly points: PointsRepository,
    private readonly streams: Streams,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async settings({ userId }: Principal): Promise<LocationSettingsView> {
    const choice = await this.retention.choiceOf(userId);
    const history = choice?.history ?? 'live_only';
    return { history, history_days: history === 'days' ? choice!.history_days : null };
  }

  /** From now on points are kept so; what is stored is made to fit right after. */
  async choose(
    user: Principal,
    { history, history_days: days }: UpdateLocationSettings,
  ): Promise<LocationSettingsView> {
    await this.db.tx(async () => {
      const choice = { history, history_days: days ?? this.env.LOCATION_HISTORY_DAYS };
      const at = await this.retention.choose(user.userId, choice);
      const before = keptSince(choice, at);
      const dropped = before && { before: before.toISOString(), stored_by: at.toISOString() };
      await this.jobs.enqueue('location.apply_choice', { user_id: user.userId, dropped });
      await this.streams.append(user.userId, 'account_changed', { part: 'location' });
    });
    return this.settings(user);
  }

  /** Does the user keep a history? */
  async keeps(userId: string): Promise<boolean> {
    const choice = await this.retention.choiceOf(userId);
    return choice !== undefined && choice.history !== 'live_only';
  }

  /** Points from before this moment are not kept; and whether the others are for ever. */
  async keptFrom(userId: string): Promise<{ earliest: Date; isPermanent: boolean }> {
    const choice = await this.retention.choiceOf(userId);
    if (!choice || choice.history === 'live_only') return { earliest: new Date(), isPermanent: false };
    if (choice.history === 'forever') return { earliest: FIRST_TRACKS, isPermanent: true };
    return { earliest: new Date(Date.now() - choice.history_days * DAY_MS), isPermanent: false };
  }

  /**
   * Makes what is stored of a user fit his choice; what he chose to drop goes although he has chosen to keep more since. May run again,
   * and be ended in between.
   */
  async applyChoice(userId: string, dropped?: Dropped): Promise<void> {
    const choice = await this.retention.choiceOf(userId);
    const history = choice?.history ?? 'live_only';
    if (history === 'live_only') {
      await this.deleteSpan(userId, null, null);
    } else {
      if (dropped) {
        await this.stateDeleted(userId, null, new Date(Math.min(+dropped.before, +dropped.storedBy)));
        await this.retention.leaveOut(userId, null, dropped.before);
        await this.deletePoints(userId, null, dropped.before, dropped.storedBy);
      } else if (history === 'days') await this.stateDeleted(userId, null, keptSince(choice!, new Date())!);
      while (await this.retention.movePermanent(userId, history === 'forever'));
      for (const { until } of await this.retention.outlived([userId])) await this.deletePoints(userId, null, until);
    }
  }

  /** Deletes the user's history of a span, its start included, its end not; gives how many points it had. */
  async deleteSpan(userId: string, from: Date | null, to: Date | null): Promise<number> {
    await this.stateDeleted(userId, from, to ?? new Date(Date.now() + FURTHEST_AHEAD_MS));
    await this.retention.leaveOut(userId, from, to);
    return this.deletePoints(userId, from, to);
  }

  /** The same without stating it: what is merely old is no news to anybody. */
  private async deletePoints(
    userId: string,
    from: Date | null,
    to: Date | null,
    storedBy: Date | null = null,
  ): Promise<number> {
    let deleted = 0;
    for (;;) {
      const some = await this.retention.deleteSome(userId, from, to, storedBy);
      deleted += some;
      if (!some) return deleted;
    }
  }

  /** Before anything is deleted, so that it is stated even if the deletion is not ended. */
  private stateDeleted(userId: string, from: Date | null, to: Date): Promise<void> {
    const span = { start: from && from.toISOString(), end: to.toISOString() };
    return this.db.tx(() => this.bus.publish('location.history_deleted', { user_id: userId, ...span }));
  }

  /** Must run every few days at least: makes the coming weeks' tables, lets go of what nobody keeps any more. */
  async tend(): Promise<void> {
    const weeks = await this.retention.weeks();
    for (const week of await this.retention.comingWeeks(WEEKS_AHEAD + 1))
      if (!weeks.includes(week))
        await this.attempt(`make room for the week of ${week}`, () => this.db.tx(() => this.retention.addWeek(week)));
    for (const week of await this.retention.outlivedWeeks(weeks))
      await this.attempt(`drop the week of ${week}`, async () => {
        while (await this.db.tx(() => this.retention.keepForever(week)));
        await this.db.tx(() => this.retention.dropWeek(week));
      });
    for (let above: string | null = null; ;) {
      const users: string[] = await this.retention.forgetful(above, USERS_AT_ONCE);
      if (!users.length) break;
      for (const { user_id: userId, until } of await this.retention.outlived(users))
        await this.attempt(`delete what ${userId} keeps no longer`, () => this.deletePoints(userId, null, until));
      above = users.at(-1)!;
    }
    while ((await this.points.forgetKeys(NAMES_HOURS, KEYS_AT_ONCE)) === KEYS_AT_ONCE);
  }

  /** One fails alone, until the next time: without a table of their own points go among the others, and are deleted one by one. */
  private async attempt(what: string, work: () => Promise<unknown>) {
    await work().catch((error: unknown) => this.logger.warn(`could not ${what}: ${String(error)}`));
  }
}

/** From when on points are kept that were recorded by a choice made at a moment; undefined: all are. A device may be ahead of us. */
const keptSince = ({ history, history_days: days }: Choice, at: Date): Date | undefined =>
  history === 'forever'
    ? undefined
    : new Date(at.getTime() + (history === 'days' ? -days * DAY_MS : FURTHEST_AHEAD_MS));
