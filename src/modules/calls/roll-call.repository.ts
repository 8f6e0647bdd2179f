import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';

const IN_CALLS = `call_participants p JOIN video_calls c ON c.id = p.call_id WHERE p.status = 'joined' AND c.tenant_id = $1`;

/** Who takes part in calls, and how long he has not been seen. Rows that others are changing are left for the next time. */
@Injectable()
export class RollCallRepository {
  constructor(private readonly db: Database) {}

  /** Counts everybody absent once more; the calls in which some now have been absent `most` times. */
  async call(most: number): Promise<number[]> {
    const rows = await this.db.query<{ call_id: number; absences: number }>(
      `UPDATE call_participants SET absences = least(absences + 1, $2) WHERE id IN (
         SELECT p.id FROM ${IN_CALLS} FOR UPDATE OF p SKIP LOCKED) RETURNING call_id, absences`,
      [currentContext().tenantId, most],
    );
    return [...new Set(rows.filter(({ absences }) => absences >= most).map(({ call_id }) => call_id))];
  }

  /** The devices of those who have not answered yet. */
  async missing(): Promise<string[]> {
    const rows = await this.db.query<{ session_id: string }>(
      `SELECT DISTINCT p.session_id FROM ${IN_CALLS} AND p.absences > 0`,
      [currentContext().tenantId],
    );
    return rows.map(({ session_id }) => session_id);
  }

  /** Those who take part with these devices are here. */
  async present(sessionIds: string[]): Promise<void> {
    await this.db.query(
      `UPDATE call_participants SET absences = 0 WHERE id IN (
         SELECT p.id FROM ${IN_CALLS} AND p.session_id = ANY($2::uuid[]) FOR UPDATE OF p SKIP LOCKED)`,
      [currentContext().tenantId, sessionIds],
    );
  }

  /** Who in a call has been absent `most` times. */
  async gone(callId: number, most: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT user_id FROM call_participants WHERE call_id = $1 AND status = 'joined' AND absences >= $2`,
      [callId, most],
    );
    return rows.map(({ user_id }) => user_id);
  }
}
