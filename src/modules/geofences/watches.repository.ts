import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { WatchState } from 'src/modules/geofences/geofences.entities';
import {
  MATTERS,
  mayMatter,
  followedRowFor,
  OWN,
  rowFor,
  WATCHED_AFTER,
  type FollowedRow,
  type GeofenceRow,
} from 'src/modules/geofences/geofences.repository';
import type { Box } from 'src/modules/geofences/boxes';

/** A fence, one whom it watches or may come to watch, and what he says to it. */
export interface WatchRow extends GeofenceRow {
  watch_state: WatchState;
  asked_at: Date;
  decided_at: Date | null;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
}

/** A fence that watches another than its owner, and the share by which it sees him. */
export interface SeeingRow extends FollowedRow {
  share_id: number;
  /** What he did before is not seen. */
  seen_since: Date;
}

/** Who agrees to be watched by fences of others. By sharing with a chat one agrees to its fences, until one says no. */
const ROW = `${rowFor(
  '$1::uuid',
  `, coalesce(w.state, 'accepted') AS watch_state, coalesce(w.created_at, a.created_at) AS asked_at, w.decided_at,
     u.username, u.display_name, u.avatar_url`,
)} JOIN users u ON u.id = a.user_id LEFT JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = $1`;

/** A fence of a chat has to do with those alone who are in it: who has left it is shown nothing of it, whatever he has said to it. */
const IS_FOR = `CASE WHEN a.chat_id IS NULL THEN w.user_id IS NOT NULL ELSE
  EXISTS (SELECT FROM chat_participants p WHERE p.chat_id = a.chat_id AND p.user_id = $1 AND p.left_at IS NULL)
  AND (w.user_id IS NOT NULL OR EXISTS (
    SELECT FROM location_shares h WHERE h.user_id = $1 AND h.chat_id = a.chat_id AND h.is_active)) END`;

/** A chat's fence watches nobody who has said no to it, and nobody once its owner `o` has left the chat; it begins anew with whoever comes back. */
const IN_CHAT = `
  JOIN chat_participants o ON o.chat_id = a.chat_id AND o.user_id = a.user_id AND o.left_at IS NULL
  JOIN chat_participants m ON m.chat_id = a.chat_id AND m.user_id = $1
  LEFT JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = $1`;
const REFUSED = `w.state IN ('declined', 'withdrawn')`;
const UNOPPOSED = `w.state IS DISTINCT FROM 'withdrawn'`;

const SEEING = `
  ${followedRowFor('$1::uuid', ', w.share_id, greatest(w.decided_at, a.created_at) AS seen_since')}
    JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = $1 AND w.state = 'accepted'
  WHERE w.share_id = ANY($7::bigint[]) AND ${WATCHED_AFTER('$2')} AND ${MATTERS}
  UNION ALL
  ${followedRowFor('$1::uuid', ', h.id AS share_id, greatest(a.created_at, w.decided_at, o.joined_at, m.joined_at) AS seen_since')}
    JOIN location_shares h ON h.chat_id = a.chat_id AND h.id = ANY($7) ${IN_CHAT}
  WHERE ${WATCHED_AFTER('$2')} AND ${MATTERS} AND ${UNOPPOSED}
    AND ${mayMatter('n.chat_id IN (SELECT o.chat_id FROM location_shares o WHERE o.id = ANY($7))')}
  ORDER BY id`;

@Injectable()
export class WatchesRepository {
  constructor(private readonly db: Database) {}

  /** What the user says to a fence that watches him or asks to; undefined: it doesn't. */
  async one(userId: string, geofenceId: number): Promise<WatchRow | undefined> {
    return (await this.db.query<WatchRow>(`${ROW} WHERE a.id = $2 AND ${IS_FOR}`, [userId, geofenceId]))[0];
  }

  /** Nobody moves the fence before the transaction ends. */
  async holdStill(geofenceId: number): Promise<void> {
    await this.db.query('SELECT FROM geofence_areas WHERE id = $1 FOR SHARE', [geofenceId]);
  }

  /** Up to `limit` fences of others that watch the user, ask to, or would if he had not said no; newest first, from below an id. */
  list(userId: string, limit: number, below: number | null): Promise<WatchRow[]> {
    return this.db.query(
      `${ROW} WHERE a.id IN (
         SELECT w.geofence_id FROM geofence_watches w WHERE w.user_id = $1 AND w.state IN ('asked', 'accepted')
         UNION SELECT a.id FROM location_shares h JOIN geofence_areas a ON a.chat_id = h.chat_id
           WHERE h.user_id = $1 AND h.is_active)
         AND ${IS_FOR} AND a.user_id <> $1 AND ($3::bigint IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $2`,
      [userId, limit, below],
    );
  }

  async put(geofenceId: number, userId: string, state: WatchState, shareId: number | null = null): Promise<void> {
    await this.db.query(
      `INSERT INTO geofence_watches (geofence_id, user_id, state, share_id, decided_at)
       VALUES ($1, $2, $3, $4, CASE WHEN $3 <> 'asked' THEN now() END)
       ON CONFLICT (geofence_id, user_id) DO UPDATE SET state = excluded.state, share_id = excluded.share_id,
         decided_at = excluded.decided_at, created_at = CASE WHEN $3 = 'asked' THEN now() ELSE geofence_watches.created_at END`,
      [geofenceId, userId, state, shareId],
    );
  }

  /** What those say for whom the fences were drawn, by fence; nothing of fences that are for nobody in particular. */
  async statesOf(geofenceIds: number[]): Promise<Map<number, WatchState>> {
    const rows = await this.db.query<{ geofence_id: number; state: WatchState }>(
      `SELECT w.geofence_id, w.state FROM geofence_watches w JOIN geofence_areas a ON a.id = w.geofence_id AND a.subject_id = w.user_id
       WHERE a.id = ANY($1)`,
      [geofenceIds],
    );
    return new Map(rows.map(({ geofence_id, state }) => [geofence_id, state]));
  }

  /** Those of the fences that ask these users and have no answer, and since when. */
  askedAmong(
    asked: { geofenceId: number; userId: string }[],
  ): Promise<{ geofence_id: number; user_id: string; asked_at: Date }[]> {
    return this.db.query(
      `SELECT w.geofence_id, w.user_id, w.created_at AS asked_at FROM geofence_watches w
         JOIN unnest($1::bigint[], $2::uuid[]) AS a (geofence_id, user_id) ON w.geofence_id = a.geofence_id AND w.user_id = a.user_id
       WHERE w.state = 'asked'`,
      [asked.map(({ geofenceId }) => geofenceId), asked.map(({ userId }) => userId)],
    );
  }

  /** How many of the owner's other fences ask the user, and whether he has said no to one within so many minutes. */
  async asked(
    geofenceId: number,
    ownerId: string,
    userId: string,
    minutes: number,
  ): Promise<{ pending: number; refused: boolean }> {
    const [row] = await this.db.query<{ pending: number; refused: boolean }>(
      `SELECT count(*) FILTER (WHERE w.state = 'asked' AND a.id <> $4)::int AS pending,
         coalesce(bool_or(${REFUSED} AND w.decided_at > now() - make_interval(mins => $3)), false) OR EXISTS (
           SELECT FROM geofence_refusals WHERE user_id = $2 AND owner_id = $1 AND refused_at > now() - make_interval(mins => $3)) AS refused
       FROM geofence_watches w JOIN geofence_areas a ON a.id = w.geofence_id WHERE a.user_id = $1 AND a.subject_id = $2 AND w.user_id = $2`,
      [ownerId, userId, minutes, geofenceId],
    );
    return row!;
  }

  /** If the one for whom the fence was drawn has said no to it, that is known though the fence goes. */
  async keepRefusal(geofenceId: number): Promise<void> {
    await this.db.query(
      `INSERT INTO geofence_refusals AS r (user_id, owner_id, refused_at)
       SELECT w.user_id, a.user_id, w.decided_at FROM geofence_watches w
         JOIN geofence_areas a ON a.id = w.geofence_id AND a.subject_id = w.user_id WHERE a.id = $1 AND ${REFUSED}
       ON CONFLICT (user_id, owner_id) DO UPDATE SET refused_at = greatest(r.refused_at, excluded.refused_at)`,
      [geofenceId],
    );
  }

  /** What was said longer ago than so many minutes. */
  async forgetRefusals(minutes: number): Promise<void> {
    await this.db.query('DELETE FROM geofence_refusals WHERE refused_at <= now() - make_interval(mins => $1)', [
      minutes,
    ]);
  }

  /** What was agreed to under a share is over, for all or for one owner; those that were. */
  end(shareId: number, ownerId: string | null = null): Promise<{ geofence_id: number; user_id: string }[]> {
    return this.db.query(
      `UPDATE geofence_watches w SET state = 'ended', decided_at = now() FROM geofence_areas a
       WHERE a.id = w.geofence_id AND w.share_id = $1 AND w.state = 'accepted' AND ($2::uuid IS NULL OR a.user_id = $2)
       RETURNING w.geofence_id, w.user_id`,
      [shareId, ownerId],
    );
  }

  /** Those who share with the chat. */
  async sharers(chatId: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      'SELECT user_id FROM location_shares WHERE chat_id = $1 AND is_active',
      [chatId],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Whom the fence watches if nobody says no: its owner, another one, or those who share with a chat. */
  async watchedBy(geofenceId: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT coalesce(subject_id, user_id) AS user_id FROM geofence_areas WHERE id = $1 AND chat_id IS NULL
       UNION ALL SELECT h.user_id FROM geofence_areas a JOIN location_shares h ON h.chat_id = a.chat_id AND h.is_active
       WHERE a.id = $1`,
      [geofenceId],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Of the fences that see the user by these shares, those that a way can matter to; the box holds all that is shown of the way. */
  seeing(userId: string, from: Date, { west, south, east, north }: Box, shareIds: number[]): Promise<SeeingRow[]> {
    return this.db.prepared<SeeingRow>('geofences seeing', SEEING, [userId, from, west, south, east, north, shareIds]);
  }

  /** By which shares fences of others may see the user; whether they are live, and whom they open to, is not asked here. */
  sharesOf(userId: string): Promise<{ shareId: number; viewerId: string | null }[]> {
    return this.db.prepared(
      'geofences shares of',
      `SELECT w.share_id AS "shareId", a.user_id AS "viewerId" FROM geofence_watches w JOIN geofence_areas a ON a.id = w.geofence_id
       WHERE w.user_id = $1 AND w.state = 'accepted' AND w.share_id IS NOT NULL
       UNION SELECT h.id, NULL::uuid FROM location_shares h
       WHERE h.user_id = $1 AND h.is_active AND h.audience = 'chat' AND EXISTS (
         SELECT FROM geofence_areas a WHERE a.chat_id = h.chat_id AND a.is_active)`,
      [userId],
    );
  }

  /** Whether any fence, his own or another's, may have to see the user. */
  async isWatched(userId: string): Promise<boolean> {
    const [row] = await this.db.query<{ is_own: boolean }>(
      `SELECT EXISTS (SELECT FROM geofence_areas a WHERE ${OWN}) AS is_own`,
      [userId],
    );
    return row!.is_own || (await this.sharesOf(userId)).length > 0;
  }
}
