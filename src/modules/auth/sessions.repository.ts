import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Session } from 'src/modules/auth/auth.entities';

export interface LiveSession {
  user_id: string;
  tenant_id: string;
  language: string | null;
}

export interface LockedRefreshToken {
  session_id: string;
  user_id: string;
  tenant_id: string;
  /** Seconds since it was exchanged; null if it was not. */
  used_seconds_ago: number | null;
}

@Injectable()
export class SessionsRepository {
  constructor(private readonly db: Database) {}

  async insert(session: Pick<Session, 'id' | 'userId' | 'userAgent' | 'ip'>): Promise<void> {
    await this.db.repo(Session).insert(session);
  }

  /** The session and its user, if both are still good. */
  async live(sessionId: string): Promise<LiveSession | undefined> {
    const [row] = await this.db.query<LiveSession>(
      `SELECT u.id AS user_id, u.tenant_id, u.language FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND s.revoked_at IS NULL AND u.is_active`,
      [sessionId],
    );
    return row;
  }

  /** True if it was live until now. */
  async revoke(sessionId: string): Promise<boolean> {
    const sql = 'UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id';
    return (await this.db.query(sql, [sessionId])).length > 0;
  }

  async addRefreshToken(hash: Buffer, sessionId: string, expiresAt: Date): Promise<void> {
    // a retry brings the one that is there already
    await this.db.query(
      'INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [hash, sessionId, expiresAt],
    );
    await this.db.repo(Session).update(sessionId, { lastActiveAt: () => 'now()' });
  }

  /** An unexpired refresh token of a live session of an active user, locked so that it is exchanged by one request at a time. */
  async lockRefreshToken(hash: Buffer): Promise<LockedRefreshToken | undefined> {
    const [row] = await this.db.query<LockedRefreshToken>(
      `SELECT t.session_id, u.id AS user_id, u.tenant_id, extract(epoch FROM now() - t.used_at)::float8 AS used_seconds_ago
       FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
       WHERE t.hash = $1 AND t.expires_at > now() AND s.revoked_at IS NULL AND u.is_active
       FOR UPDATE OF t`,
      [hash],
    );
    return row;
  }

  async markUsed(hash: Buffer): Promise<void> {
    await this.db.query('UPDATE refresh_tokens SET used_at = now() WHERE hash = $1 AND used_at IS NULL', [hash]);
  }

  async forgetExpired(): Promise<void> {
    await this.db.query('DELETE FROM refresh_tokens WHERE expires_at < now()');
    await this.db.query(
      'DELETE FROM sessions s WHERE NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id)',
    );
  }
}
