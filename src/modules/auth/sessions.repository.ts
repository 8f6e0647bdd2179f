import { Injectable } from '@nestjs/common';
import { arrayOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { Session } from 'src/modules/auth/auth.entities';

export interface LiveSession {
  id: string;
  user_id: string;
  tenant_id: string;
  language: string | null;
  /** Whether its last activity was noted more than a minute ago. */
  idle: boolean;
}

export interface LockedRefreshToken {
  session_id: string;
  user_id: string;
  tenant_id: string;
  /** Seconds since it was exchanged; null if it was not. */
  used_seconds_ago: number | null;
}

/** Refresh tokens that one statement forgets, with what falls with them: it must end well before its time is up. */
const FORGOTTEN_AT_ONCE = 1000;

@Injectable()
export class SessionsRepository {
  constructor(private readonly db: Database) {}

  async insert(session: Pick<Session, 'id' | 'userId' | 'userAgent' | 'ip'>): Promise<void> {
    await this.db.repo(Session).insert(session);
  }

  /** Those of the sessions that are good still, as are their users. */
  live(sessionIds: string[]): Promise<LiveSession[]> {
    return this.db.prepared<LiveSession>(
      'sessions.live',
      `SELECT s.id, u.id AS user_id, u.tenant_id, u.language, s.last_active_at < now() - interval '1 minute' AS idle
       FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND u.is_active`,
      [arrayOf(sessionIds)],
    );
  }

  async touch(sessionIds: string[]): Promise<void> {
    await this.db.query('UPDATE sessions SET last_active_at = now() WHERE id = ANY($1::uuid[])', [sessionIds]);
  }

  /** Whether the user has been signed in from this address, as far as we remember. */
  async knows(userId: string, ip: string): Promise<boolean> {
    const sql = 'SELECT id FROM sessions WHERE user_id = $1 AND ip = $2 LIMIT 1';
    return (await this.db.query(sql, [userId, ip])).length > 0;
  }

  /** Live sessions of a user whose refresh token has not expired, newest first, before the id `after`. */
  list(userId: string, limit: number, after: string | undefined): Promise<Session[]> {
    const query = this.db
      .repo(Session)
      .createQueryBuilder('s')
      .where('s.userId = :userId AND s.revokedAt IS NULL', { userId })
      .andWhere('EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id AND t.expires_at > now())')
      .orderBy('s.id', 'DESC')
      .limit(limit);
    return (after ? query.andWhere('s.id < :after', { after }) : query).getMany();
  }

  async liveIdsOf(userId: string): Promise<string[]> {
    const sql = 'SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
    return (await this.db.query<{ id: string }>(sql, [userId])).map(({ id }) => id);
  }

  /** Those of the sessions that are not live, for whatever reason. */
  async endedAmong(sessionIds: string[]): Promise<string[]> {
    const rows = await this.db.prepared<{ id: string }>(
      'sessions.ended',
      `SELECT id FROM unnest($1::uuid[]) AS asked (id) WHERE NOT EXISTS (
         SELECT FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = asked.id AND s.revoked_at IS NULL AND u.is_active)`,
      [arrayOf(sessionIds)],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of the sessions that were live until now. */
  async revoke(sessionIds: string[]): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(
      'UPDATE sessions SET revoked_at = now() WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL RETURNING id',
      [sessionIds],
    );
    return rows.map(({ id }) => id);
  }

  async addRefreshToken(hash: Buffer, sessionId: string, expiresAt: Date): Promise<void> {
    const sql = 'INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)';
    await this.db.query(sql, [hash, sessionId, expiresAt]);
  }

  /** An unexpired refresh token of a live session of an active user, locked so that it is exchanged by one request at a time. */
  async lockRefreshToken(hash: Buffer): Promise<LockedRefreshToken | undefined> {
    const [row] = await this.db.prepared<LockedRefreshToken>(
      'refresh_tokens.lock',
      `SELECT t.session_id, u.id AS user_id, u.tenant_id, extract(epoch FROM now() - t.used_at)::float8 AS used_seconds_ago
       FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
       WHERE t.hash = $1 AND t.expires_at > now() AND s.revoked_at IS NULL AND u.is_active
       FOR UPDATE OF t`,
      [hash],
    );
    return row;
  }

  /** Notes that a refresh token was exchanged for another, which a retry may have brought before. */
  async exchange(hash: Buffer, next: Buffer, sessionId: string, expiresAt: Date): Promise<void> {
    await this.db.prepared(
      'refresh_tokens.exchange',
      `WITH used AS (UPDATE refresh_tokens SET used_at = now() WHERE hash = $1 AND used_at IS NULL),
         added AS (INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($2, $3, $4) ON CONFLICT DO NOTHING)
       UPDATE sessions SET last_active_at = now() WHERE id = $3`,
      [hash, next, sessionId, expiresAt],
    );
  }

  /** Refresh tokens that have expired, and with its last one each session. */
  async forgetExpired(): Promise<void> {
    const sql = `WITH gone AS (
        DELETE FROM refresh_tokens WHERE hash = ANY(ARRAY(
          SELECT hash FROM refresh_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT ${FORGOTTEN_AT_ONCE}))
        RETURNING hash, session_id),
      ended AS (
        DELETE FROM sessions s WHERE s.id IN (SELECT session_id FROM gone)
          AND NOT EXISTS (
            SELECT FROM refresh_tokens t WHERE t.session_id = s.id AND t.hash NOT IN (SELECT hash FROM gone)))
      SELECT count(*)::int AS n FROM gone`;
    for (let n = 1; n > 0;) n = (await this.db.query<{ n: number }>(sql))[0]!.n;
  }
}
