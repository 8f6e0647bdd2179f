import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { HistoryChoice } from 'src/modules/location/location.entities';

export interface Choice {
  history: HistoryChoice;
  history_days: number;
}

/** Rows that one statement moves or deletes at most. */
const CHUNK = 5000;

/** What users keep of their positions, and the weeks it is kept in. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly db: Database) {}

  async choiceOf(userId: string): Promise<Choice | undefined> {
    const sql = 'SELECT history, history_days FROM location_settings WHERE user_id = $1';
    return (await this.db.query<Choice>(sql, [userId]))[0];
  }

  /** Gives when that was, by the clock of the database. */
  async choose(userId: string, { history, history_days }: Choice): Promise<Date> {
    const [row] = await this.db.query<{ at: Date }>(
      `INSERT INTO location_settings (user_id, history, history_days) VALUES ($1, $2, $3)
       ON CONFLICT (user_id) DO UPDATE SET history = $2, history_days = $3, updated_at = now() RETURNING now() AS at`,
      [userId, history, history_days],
    );
    return row!.at;
  }

  /** Moves some of the user's points to what is kept for ever, or back; false when there are none left to move. */
  async movePermanent(userId: string, isPermanent: boolean): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE user_locations SET is_permanent = $2 WHERE user_id = $1 AND is_permanent <> $2 AND (recorded_at, id) IN (
         SELECT recorded_at, id FROM user_locations WHERE user_id = $1 AND is_permanent <> $2 LIMIT ${CHUNK}) RETURNING 1`,
      [userId, isPermanent],
    );
    return rows.length > 0;
  }

  /** Deletes some of the user's points of a span (its start included, its end not), stored by a moment, oldest first; gives how many. */
  async deleteSome(userId: string, from: Date | null, to: Date | null, storedBy: Date | null): Promise<number> {
    const span = `recorded_at >= coalesce($2, '-infinity'::timestamptz) AND recorded_at < coalesce($3, 'infinity'::timestamptz)
      AND created_at <= coalesce($4, 'infinity'::timestamptz)`;
    const rows = await this.db.query(
      `DELETE FROM user_locations WHERE user_id = $1 AND ${span} AND (recorded_at, id) IN (
         SELECT recorded_at, id FROM user_locations WHERE user_id = $1 AND ${span} ORDER BY recorded_at, id LIMIT ${CHUNK})
       RETURNING 1`,
      [userId, from, to, storedBy],
    );
    return rows.length;
  }

  /** No track of the user's that is being read brings anything of the span into his history from then on. */
  async leaveOut(userId: string, from: Date | null, to: Date | null): Promise<void> {
    await this.db.query(
      `UPDATE location_imports SET left_out = left_out || $2::jsonb WHERE user_id = $1 AND ended_at IS NULL`,
      [userId, JSON.stringify([{ from, to }])],
    );
  }

  /** Up to `limit` users, in the order of their ids from above one, who do not keep everything. */
  async forgetful(above: string | null, limit: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT user_id FROM location_settings WHERE history <> 'forever' AND ($1::uuid IS NULL OR user_id > $1)
       ORDER BY user_id LIMIT $2`,
      [above, limit],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Those of the users who have points that their choices have outlived: from before `until`; null: all of them. */
  outlived(userIds: string[]): Promise<{ user_id: string; until: Date | null }[]> {
    // the limit keeps it to one look into the index for each of the users
    return this.db.query(
      `SELECT s.user_id, s.until FROM (
           SELECT user_id, CASE history WHEN 'days' THEN now() - make_interval(days => history_days) END AS until
           FROM location_settings WHERE user_id = ANY($1::uuid[]) AND history <> 'forever') s
         CROSS JOIN LATERAL (
           SELECT FROM user_locations l WHERE l.user_id = s.user_id AND l.recorded_at < coalesce(s.until, 'infinity') LIMIT 1) l
       ORDER BY 1`,
      [userIds],
    );
  }

  /** The Mondays (UTC) of the weeks that have a table. */
  async weeks(): Promise<string[]> {
    const rows = await this.db.query<{ week: string }>(
      `SELECT to_char(to_date(substring(c.relname FROM '_w(\\d{8})$'), 'YYYYMMDD'), 'YYYY-MM-DD') AS week
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'user_locations_weekly'::regclass AND c.relname ~ '_w\\d{8}$' ORDER BY 1`,
    );
    return rows.map(({ week }) => week);
  }

  /** The Mondays from this week's on, so many of them. */
  async comingWeeks(count: number): Promise<string[]> {
    const rows = await this.db.query<{ week: string }>(
      `SELECT to_char(date_trunc('week', now() AT TIME ZONE 'UTC') + n * interval '1 week', 'YYYY-MM-DD') AS week
       FROM generate_series(0, $1 - 1) AS n`,
      [count],
    );
    return rows.map(({ week }) => week);
  }

  /** The weeks that end before anything that anybody keeps for some days. */
  async outlivedWeeks(weeks: string[]): Promise<string[]> {
    const rows = await this.db.query<{ week: string }>(
      `SELECT to_char(week, 'YYYY-MM-DD') AS week FROM unnest($1::date[]) AS week
       WHERE (week + 7)::timestamp AT TIME ZONE 'UTC' < now() - make_interval(days =>
         coalesce((SELECT max(history_days) FROM location_settings WHERE history = 'days'), 1)) ORDER BY 1`,
      [weeks],
    );
    return rows.map(({ week }) => week);
  }

  /** Gives a week a table of its own, with what of it has gone among the others because it came late. */
  async addWeek(week: string): Promise<void> {
    const table = tableOf(week);
    const [from, to] = [`${week} 00:00+00`, `${nextWeek(week)} 00:00+00`];
    await this.giveWay();
    await this.db.query(`CREATE TABLE ${table} (LIKE user_locations_weekly INCLUDING ALL)`);
    await this.db.query(
      `WITH moved AS (DELETE FROM user_locations_other WHERE recorded_at >= '${from}' AND recorded_at < '${to}' RETURNING *)
       INSERT INTO ${table} SELECT * FROM moved`,
    );
    await this.db.query(
      `ALTER TABLE user_locations_weekly ATTACH PARTITION ${table} FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
  }

  /** Puts some of those points of a week where they belong that are to be kept for ever, and are not there yet; gives how many. */
  async keepForever(week: string): Promise<number> {
    const keepers = `SELECT user_id FROM location_settings WHERE history = 'forever'`;
    const rows = await this.db.query(
      `UPDATE user_locations SET is_permanent = true
       WHERE NOT is_permanent AND recorded_at >= '${week} 00:00+00' AND recorded_at < '${nextWeek(week)} 00:00+00'
         AND user_id IN (${keepers}) AND (user_id, recorded_at, id) IN (
           SELECT user_id, recorded_at, id FROM ${tableOf(week)} WHERE user_id IN (${keepers}) LIMIT ${CHUNK})
       RETURNING 1`,
    );
    return rows.length;
  }

  /** Drops a week if nobody's choice reaches back to it. No choice changes meanwhile; what of it is to stay goes where it belongs. */
  async dropWeek(week: string): Promise<void> {
    await this.giveWay();
    await this.db.query('LOCK TABLE location_settings IN SHARE MODE');
    await this.db.query(`LOCK TABLE ONLY user_locations_weekly, ONLY ${tableOf(week)} IN ACCESS EXCLUSIVE MODE`);
    if (!(await this.outlivedWeeks([week])).length) return;
    if ((await this.keepForever(week)) === CHUNK) throw new Error('there is more to be kept than can be now');
    await this.db.query(`DROP TABLE ${tableOf(week)}`);
  }

  /** A table lock would hold up all points: rather try again in an hour than wait for it. */
  private async giveWay() {
    await this.db.query(`SET LOCAL lock_timeout = '2s'`);
  }
}

const tableOf = (week: string) => `user_locations_w${week.replaceAll('-', '')}`;
const nextWeek = (week: string) => new Date(Date.parse(week) + 7 * 86_400_000).toISOString().slice(0, 10);
