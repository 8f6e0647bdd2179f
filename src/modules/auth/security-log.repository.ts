import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import { SecurityEvent, SecuritySettings } from 'src/modules/auth/security-log.entities';
import { LessThan } from 'typeorm';

export interface NewSecurityEvent {
  userId: string;
  event: string;
  ip: string | null;
  userAgent: string | null;
  /** Says by whom it was, where address or client are null. */
  sessionId: string | null;
}

@Injectable()
export class SecurityLogRepository {
  constructor(private readonly db: Database) {}

  /** Their ids. */
  async add(events: NewSecurityEvent[]): Promise<number[]> {
    const column = (name: keyof NewSecurityEvent) => events.map((event) => event[name]);
    const rows = await this.db.query<{ id: number }>(
      `INSERT INTO security_events (user_id, event, ip, user_agent)
       SELECT e.user_id, e.event, coalesce(e.ip::inet, s.ip), coalesce(e.user_agent, s.user_agent)
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[]) AS e (user_id, event, ip, user_agent, session_id)
       LEFT JOIN sessions s ON s.id = e.session_id
       RETURNING id`,
      [column('userId'), column('event'), column('ip'), column('userAgent'), column('sessionId')],
    );
    return rows.map(({ id }) => id);
  }

  /** Of each of the sessions, to its user. */
  async addOfSessions(sessionIds: string[], event: string): Promise<void> {
    await this.db.query(
      `INSERT INTO security_events (user_id, event, ip, user_agent)
       SELECT user_id, $2, ip, user_agent FROM sessions WHERE id = ANY($1::uuid[])`,
      [sessionIds, event],
    );
  }

  byId(id: number): Promise<SecurityEvent | null> {
    return this.db.repo(SecurityEvent).findOneBy({ id });
  }

  /** Up to `limit` events of a user, newest first, from below a place. */
  list(userId: string, below: number | undefined, limit: number): Promise<SecurityEvent[]> {
    return this.db.repo(SecurityEvent).find({
      where: { userId, ...(below !== undefined && { id: LessThan(below) }) },
      order: { id: 'DESC' },
      take: limit,
    });
  }

  /** Whether a user has signed in before, but never with this client, as far as we remember. */
  async isNewClient(userId: string, userAgent: string | null): Promise<boolean> {
    const [{ known }] = (await this.db.query<{ known: boolean | null }>(
      `SELECT bool_or(user_agent IS NOT DISTINCT FROM $2) AS known FROM security_events
       WHERE user_id = $1 AND event IN ('registered', 'signed_in')`,
      [userId, userAgent],
    )) as [{ known: boolean | null }];
    return known === false;
  }

  async forgetOld(days: number): Promise<void> {
    const old = `created_at < now() - $1 * interval '1 day'`;
    await inChunks(this.db, 'security_events', 'DELETE FROM security_events', old, [days]);
  }

  async loginAlerts(userId: string): Promise<boolean> {
    return (await this.db.repo(SecuritySettings).findOneBy({ userId }))?.loginAlerts ?? true;
  }

  async setLoginAlerts(userId: string, loginAlerts: boolean): Promise<void> {
    await this.db.repo(SecuritySettings).upsert({ userId, loginAlerts }, ['userId']);
  }
}
