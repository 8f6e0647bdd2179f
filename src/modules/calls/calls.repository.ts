import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { CallParticipant, type CallType } from 'src/modules/calls/calls.entities';
import type { CallStatus, EndReason, PartStatus } from 'src/modules/calls/calls.machine';

export interface CallRow {
  id: number;
  channel_name: string;
  call_type: CallType;
  status: CallStatus;
  is_group: boolean;
  initiated_by: string;
  chat_id: number | null;
  started_at: Date;
  answered_at: Date | null;
  ended_at: Date | null;
  duration: number | null;
  end_reason: EndReason | null;
  ended_by: string | null;
  revision: number;
}

export interface PartRow {
  id: number;
  call_id: number;
  user_id: string;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  uid: number;
  status: PartStatus;
  session_id: string | null;
  ringing_session_ids: string[];
  invited_at: Date;
  rings_until: Date | null;
  joined_at: Date | null;
  left_at: Date | null;
  is_muted: boolean;
  is_video_enabled: boolean;
  decline_reason: string | null;
  quality_rating: number | null;
}

/** What somebody is engaged in. */
export interface Engagement {
  user_id: string;
  call_id: number;
  status: PartStatus;
}

/** How a part has changed, as it is to be stored. */
export interface PartChange {
  userId: string;
  status: PartStatus;
}

const CALL = `
  SELECT c.id, c.channel_name, c.call_type, c.status, c.is_group, c.initiated_by, c.chat_id, c.started_at, c.answered_at, c.ended_at,
    c.duration, c.end_reason, c.ended_by, c.revision FROM video_calls c`;
const PART = `
  SELECT p.id, p.call_id, p.user_id, u.username, u.display_name, u.avatar_url, p.uid, p.status, p.session_id, p.ringing_session_ids,
    p.invited_at, p.rings_until, p.joined_at, p.left_at, p.is_muted, p.is_video_enabled, p.decline_reason, p.quality_rating
  FROM call_participants p JOIN users u ON u.id = p.user_id`;
const ENGAGED = `status IN ('invited', 'ringing', 'joined')`;

/** Calls and who takes part in them, of the tenant in the context. */
@Injectable()
export class CallsRepository {
  constructor(private readonly db: Database) {}

  /**
   * Lets one transaction at a time settle what the users are engaged in, and with these sessions of theirs. Everybody locks users
   * and sessions first, all at once, in one order, and then at most one call.
   */
  async lockUsers(userIds: string[], sessionIds: string[] = []): Promise<void> {
    await this.db.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('call:' || id, 0)) FROM
         (SELECT id FROM unnest($1::text[]) AS u (id) ORDER BY id OFFSET 0) ordered`,
      [[...userIds, ...sessionIds]],
    );
  }

  engagements(userIds: string[]): Promise<Engagement[]> {
    return this.db.query(
      `SELECT user_id, call_id, status FROM call_participants WHERE user_id = ANY($1::uuid[]) AND ${ENGAGED}`,
      [userIds],
    );
  }

  /** The calls of the chat in which some of the users are engaged. */
  async engagingFrom(chatId: number, userIds: string[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT DISTINCT c.id FROM call_participants p JOIN video_calls c ON c.id = p.call_id
       WHERE p.user_id = ANY($2::uuid[]) AND p.${ENGAGED} AND c.chat_id = $1`,
      [chatId, userIds],
    );
    return rows.map(({ id }) => id);
  }

  /** The calls that somebody takes part in with this session. */
  async joinedWith(sessionId: string): Promise<number[]> {
    const rows = await this.db.query<{ call_id: number }>(
      `SELECT call_id FROM call_participants WHERE session_id = $1 AND status = 'joined' AND ${ENGAGED}`,
      [sessionId],
    );
    return rows.map(({ call_id }) => call_id);
  }

  /**
   * In which calls the users were last called or took part, as far as a device of theirs may think that it still rings or talks there. It
   * stops ringing by itself; who has talked to nobody for an hour has hung up.
   */
  async lastOf(userIds: string[]): Promise<{ user_id: string; call_id: number }[]> {
    return this.db.query(
      `SELECT p.user_id, p.call_id FROM unnest($1::uuid[]) AS u (id) CROSS JOIN LATERAL (
         SELECT * FROM call_participants WHERE user_id = u.id ORDER BY call_id DESC LIMIT 2) p
       WHERE p.${ENGAGED} OR p.rings_until > now() OR p.left_at > now() - interval '1 hour'`,
      [userIds],
    );
  }

  async insert(
    call: Pick<CallRow, 'channel_name' | 'call_type' | 'is_group' | 'initiated_by' | 'chat_id'>,
  ): Promise<number> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO video_calls (tenant_id, channel_name, call_type, status, is_group, initiated_by, chat_id)
       VALUES ($1, $2, $3, 'initiated', $4, $5, $6) RETURNING id`,
      [currentContext().tenantId, call.channel_name, call.call_type, call.is_group, call.initiated_by, call.chat_id],
    );
    return row!.id;
  }

  async byId(id: number): Promise<CallRow | undefined> {
    return (await this.byIds([id]))[0];
  }

  byIds(ids: number[]): Promise<CallRow[]> {
    return this.db.query(`${CALL} WHERE c.id = ANY($1) AND c.tenant_id = $2`, [ids, currentContext().tenantId]);
  }

  /** The call, held until the end of the transaction: whatever happens to it happens one after the other. */
  async lock(id: number): Promise<CallRow | undefined> {
    const [row] = await this.db.query<CallRow>(`${CALL} WHERE c.id = $1 AND c.tenant_id = $2 FOR NO KEY UPDATE`, [
      id,
      currentContext().tenantId,
    ]);
    return row;
  }

  /** Who has a part in the calls, in the order of their coming. */
  parts(callIds: number[]): Promise<PartRow[]> {
    return this.db.query(`${PART} WHERE p.call_id = ANY($1) ORDER BY p.call_id, p.uid`, [callIds]);
  }

  async part(callId: number, userId: string): Promise<PartRow | undefined> {
    const [row] = await this.db.query<PartRow>(`${PART} WHERE p.call_id = $1 AND p.user_id = $2`, [callId, userId]);
    return row;
  }

  /** Stores what a call has become, and gives the change its number; its times are the database's. */
  async save(id: number, status: CallStatus, end?: { reason: EndReason; by: string | null }): Promise<number> {
    const [row] = await this.db.query<{ revision: number }>(
      `UPDATE video_calls SET revision = revision + 1, status = $2::text, is_group = is_group OR
           (SELECT count(*) > 2 FROM call_participants p WHERE p.call_id = video_calls.id),
         answered_at = CASE WHEN $2 = 'ongoing' THEN coalesce(answered_at, now()) ELSE answered_at END,
         ended_at = CASE WHEN $3::text IS NULL THEN ended_at ELSE now() END,
         duration = CASE WHEN $3 IS NULL THEN duration
           ELSE coalesce(floor(extract(epoch FROM now() - answered_at)), 0) END,
         end_reason = coalesce($3, end_reason), ended_by = coalesce($4, ended_by)
       WHERE id = $1 RETURNING revision`,
      [id, status, end?.reason ?? null, end?.by ?? null],
    );
    return row!.revision;
  }

  /** Gives a change of who takes part, and how, its number. */
  async advance(id: number): Promise<number> {
    const [row] = await this.db.query<{ revision: number }>(
      'UPDATE video_calls SET revision = revision + 1 WHERE id = $1 RETURNING revision',
      [id],
    );
    return row!.revision;
  }

  /** Stores how parts have changed, and makes those that are new. Who is called now is called for `ringSeconds`. */
  async saveParts(callId: number, changes: PartChange[], ringSeconds: number): Promise<void> {
    await this.db.query(
      `INSERT INTO call_participants AS p (call_id, user_id, uid, status, rings_until, joined_at, is_video_enabled)
       SELECT c.id, n.user_id,
         (SELECT coalesce(max(uid), 0) FROM call_participants WHERE call_id = c.id) + n.place, n.status,
         CASE WHEN n.status = 'invited' THEN now() + $4 * interval '1 second' END,
         CASE WHEN n.status = 'joined' THEN now() END, c.call_type = 'video'
       FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS n (user_id, status, place) JOIN video_calls c ON c.id = $1
       ON CONFLICT (call_id, user_id) DO UPDATE SET
         status = excluded.status,
         invited_at = CASE WHEN excluded.status = 'invited' THEN now() ELSE p.invited_at END,
         ringing_session_ids = CASE WHEN excluded.status = 'invited' THEN '{}' ELSE p.ringing_session_ids END,
         rings_until = coalesce(excluded.rings_until, p.rings_until),
         joined_at = coalesce(excluded.joined_at, p.joined_at),
         left_at = CASE WHEN excluded.status = 'left' THEN now() WHEN excluded.status = 'joined' THEN NULL ELSE p.left_at END,
         decline_reason = CASE WHEN excluded.status IN ('invited', 'joined') THEN NULL ELSE p.decline_reason END, absences = 0`,
      [callId, changes.map(({ userId }) => userId), changes.map(({ status }) => status), ringSeconds],
    );
  }

  /** Notes that a device of somebody who is called has said that it rings. */
  async noteRinging(callId: number, userId: string, sessionId: string): Promise<void> {
    await this.db.query(
      `UPDATE call_participants SET ringing_session_ids = array_append(ringing_session_ids, $3)
       WHERE call_id = $1 AND user_id = $2 AND $3::uuid <> ALL(ringing_session_ids)`,
      [callId, userId, sessionId],
    );
  }

  /** Changes what is given. */
  async updatePart(callId: number, userId: string, change: Partial<CallParticipant>): Promise<void> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length) await this.db.repo(CallParticipant).update({ callId, userId }, given);
  }

  /** Those whose phones have rung long enough. `nextMs`: until the next one’s has; null if none rings any more. */
  async overdue(callId: number): Promise<{ userIds: string[]; nextMs: number | null }> {
    const rows = await this.db.query<{ user_id: string; left_ms: number }>(
      `SELECT user_id, (extract(epoch FROM rings_until - now()) * 1000)::float8 AS left_ms
       FROM call_participants WHERE call_id = $1 AND status IN ('invited', 'ringing')`,
      [callId],
    );
    const waiting = rows.filter(({ left_ms }) => left_ms > 0).map(({ left_ms }) => left_ms);
    return {
      userIds: rows.filter(({ left_ms }) => left_ms <= 0).map(({ user_id }) => user_id),
      nextMs: waiting.length ? Math.min(...waiting) : null,
    };
  }

  /** With which device each of the users takes part; null for those who have a part and are not in. */
  async devices(callId: number, userIds: string[]): Promise<Map<string, string | null>> {
    const rows = await this.db.query<{ user_id: string; device: string | null }>(
      `SELECT user_id, CASE WHEN status = 'joined' THEN session_id END AS device FROM call_participants
       WHERE call_id = $1 AND user_id = ANY($2::uuid[])`,
      [callId, userIds],
    );
    return new Map(rows.map(({ user_id, device }) => [user_id, device]));
  }

  /** The calls of groups that one of the users began and that ring at the other. */
  async ringingBetween(one: string, other: string): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM call_participants p JOIN video_calls c ON c.id = p.call_id
       WHERE p.user_id = ANY($1::uuid[]) AND p.status IN ('invited', 'ringing') AND c.is_group
         AND c.initiated_by = ANY($1) AND c.initiated_by <> p.user_id`,
      [[one, other]],
    );
    return rows.map(({ id }) => id);
  }

  /** The call of two that is going on between the users, if there is one. */
  async betweenTwo(one: string, other: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `SELECT c.id FROM video_calls c
         JOIN call_participants a ON a.call_id = c.id AND a.user_id = $1 AND a.${ENGAGED}
         JOIN call_participants b ON b.call_id = c.id AND b.user_id = $2 AND b.${ENGAGED}
       WHERE NOT c.is_group`,
      [one, other],
    );
    return row?.id;
  }
}
