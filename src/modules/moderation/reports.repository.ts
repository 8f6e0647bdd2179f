import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { Evidence, Reason, Resolution } from 'src/modules/moderation/moderation.entities';
import type { User } from 'src/modules/users/users.entities';

type Person = Pick<User, 'id' | 'username' | 'displayName' | 'avatarUrl'>;

export interface ReportRow {
  id: number;
  reporter: Person | null;
  user: Person;
  user_gone_at: Date | null;
  open_reports_of_user: number;
  chat_id: number | null;
  message_id: number | null;
  reason: Reason;
  comment: string | null;
  evidence: Evidence | null;
  file_id: number | null;
  resolutions: Resolution[] | null;
  note: string | null;
  resolved_by: string | null;
  resolved_at: Date | null;
  created_at: Date;
}

export interface NewReport {
  reporterId: string;
  userId: string;
  chatId: number | null;
  messageId: number | null;
  reason: Reason;
  comment: string | null;
  evidence: Evidence | null;
  fileId: number | null;
}

export interface ReportsFilter {
  status: 'open' | 'resolved';
  kind?: 'message' | 'user';
  reason?: Reason;
  userId?: string;
  reporterId?: string;
  chatId?: number;
}

const PERSON = (alias: string) =>
  `json_build_object('id', ${alias}.id, 'username', ${alias}.username, 'displayName', ${alias}.display_name, 'avatarUrl', ${alias}.avatar_url)`;

const ROW = `
  SELECT r.id, CASE WHEN reporter.id IS NOT NULL THEN ${PERSON('reporter')} END AS reporter, ${PERSON('u')} AS "user", r.user_gone_at,
    (SELECT count(*)::int FROM reports o WHERE o.user_id = r.user_id AND o.resolved_at IS NULL) AS open_reports_of_user,
    r.chat_id, r.message_id, r.reason, r.comment, r.evidence, r.file_id, r.resolutions, r.note, r.resolved_by, r.resolved_at, r.created_at
  FROM reports r JOIN users u ON u.id = r.user_id LEFT JOIN users reporter ON reporter.id = r.reporter_id`;

/** Reports of the tenant in the context. */
@Injectable()
export class ReportsRepository {
  constructor(private readonly db: Database) {}

  /** A new one, or the one that the reporter has open about the same already. */
  async insert(report: NewReport): Promise<{ id: number; reason: Reason; created_at: Date; isNew: boolean }> {
    const { reporterId, userId, chatId, messageId, reason, comment, evidence, fileId } = report;
    const returned = 'id, reason, created_at';
    const [added] = await this.db.query<{ id: number; reason: Reason; created_at: Date }>(
      `INSERT INTO reports (tenant_id, reporter_id, user_id, chat_id, message_id, reason, comment, evidence, file_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING ${returned}`,
      [
        this.tenantId,
        reporterId,
        userId,
        chatId,
        messageId,
        reason,
        comment,
        evidence && JSON.stringify(evidence),
        fileId,
      ],
    );
    if (added) return { ...added, isNew: true };
    const [first] = await this.db.query<{ id: number; reason: Reason; created_at: Date }>(
      `SELECT ${returned} FROM reports
       WHERE reporter_id = $1 AND user_id = $2 AND message_id IS NOT DISTINCT FROM $3 ORDER BY id DESC LIMIT 1`,
      [reporterId, userId, messageId],
    );
    return { ...first!, isNew: false };
  }

  async byId(id: number): Promise<ReportRow | undefined> {
    return (await this.db.query<ReportRow>(`${ROW} WHERE r.tenant_id = $1 AND r.id = $2`, [this.tenantId, id]))[0];
  }

  /** Up to `limit`, from beyond a place: open ones oldest first, others newest first. */
  list(filter: ReportsFilter, beyond: number | undefined, limit: number): Promise<ReportRow[]> {
    const [state, order, past] =
      filter.status === 'open' ? ['IS NULL', 'ASC', '>'] : (['IS NOT NULL', 'DESC', '<'] as const);
    return this.db.query(
      `${ROW} WHERE r.tenant_id = $1 AND r.resolved_at ${state}
         AND ($2::text IS NULL OR (r.message_id IS NULL) = ($2 = 'user')) AND ($3::text IS NULL OR r.reason = $3)
         AND ($4::uuid IS NULL OR r.user_id = $4) AND ($5::uuid IS NULL OR r.reporter_id = $5)
         AND ($6::bigint IS NULL OR r.chat_id = $6) AND ($7::bigint IS NULL OR r.id ${past} $7)
       ORDER BY r.id ${order} LIMIT $8`,
      [
        this.tenantId,
        filter.kind ?? null,
        filter.reason ?? null,
        filter.userId ?? null,
        filter.reporterId ?? null,
        filter.chatId ?? null,
        beyond ?? null,
        limit,
      ],
    );
  }

  /** Resolves it, and all that are open about the same message; false if it was resolved before. */
  async resolve(
    id: number,
    by: string,
    { resolutions, note }: { resolutions: Resolution[]; note: string | null },
  ): Promise<boolean> {
    const rows = await this.db.query<{ id: number }>(
      `UPDATE reports r SET resolved_at = now(), resolved_by = $2, resolutions = $3, note = $4
       FROM reports asked WHERE asked.id = $1 AND asked.tenant_id = $5 AND r.resolved_at IS NULL
         AND (r.id = asked.id OR r.message_id = asked.message_id)
       RETURNING r.id`,
      [id, by, resolutions, note, this.tenantId],
    );
    return rows.some((row) => row.id === id);
  }

  /** His reports stay, without his name and his words. */
  async forgetReporter(reporterId: string): Promise<void> {
    await this.db.query('UPDATE reports SET reporter_id = NULL, comment = NULL WHERE reporter_id = $1', [reporterId]);
  }

  /** Those of the files that reports hold. */
  async holding(fileIds: number[]): Promise<number[]> {
    const sql = 'SELECT DISTINCT file_id FROM reports WHERE file_id = ANY($1)';
    return (await this.db.query<{ file_id: number }>(sql, [fileIds])).map((row) => row.file_id);
  }

  /** Lets go of the files of up to `limit` reports that were resolved so long ago: which. */
  async letFilesGo(days: number, limit: number): Promise<number[]> {
    const rows = await this.db.query<{ file_id: number }>(
      `WITH due AS (
         SELECT id, file_id FROM reports WHERE file_id IS NOT NULL AND resolved_at < now() - $1 * interval '1 day'
         ORDER BY id LIMIT $2 FOR UPDATE)
       UPDATE reports r SET file_id = NULL FROM due WHERE r.id = due.id RETURNING due.file_id`,
      [days, limit],
    );
    return rows.map((row) => row.file_id);
  }

  /**
   * What he said in messages that were reported stays as evidence when he leaves, by the stand-in and under the name that he had: of
   * reports that are open, or were resolved less than so many days ago.
   */
  async keepOfGone({ userId, standInId }: { userId: string; standInId: string }, days: number): Promise<void> {
    await this.db.query(
      `UPDATE reports r SET user_id = $2, user_gone_at = now(),
         evidence = r.evidence || jsonb_build_object('sender', jsonb_build_object('id', u.id, 'username', u.username))
       FROM users u WHERE u.id = $1 AND r.user_id = u.id AND r.evidence IS NOT NULL
         AND (r.resolved_at IS NULL OR r.resolved_at >= now() - $3 * interval '1 day')`,
      [userId, standInId, days],
    );
  }

  /**
   * Up to `limit` reports about people who have left go: those resolved so many days ago, and whoever left longer than `most` days ago.
   * How many, and the files that they held.
   */
  async removeOfGone(days: number, most: number, limit: number): Promise<{ count: number; fileIds: number[] }> {
    const rows = await this.db.query<{ file_id: number | null }>(
      `DELETE FROM reports WHERE id IN (
         SELECT id FROM reports WHERE user_gone_at IS NOT NULL
           AND (resolved_at < now() - $1 * interval '1 day' OR user_gone_at < now() - $2 * interval '1 day')
         ORDER BY id LIMIT $3 FOR UPDATE)
       RETURNING file_id`,
      [days, most, limit],
    );
    return { count: rows.length, fileIds: rows.flatMap((row) => row.file_id ?? []) };
  }

  /** Reports about him go: the files that they held. */
  async removeAbout(userId: string): Promise<number[]> {
    const sql = 'DELETE FROM reports WHERE user_id = $1 RETURNING file_id';
    return (await this.db.query<{ file_id: number | null }>(sql, [userId])).flatMap((row) => row.file_id ?? []);
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
