import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { I18n } from 'src/core/i18n/i18n';
import { Broadcast, BroadcastPart, type Segment } from 'src/modules/push/broadcasts.entities';
import { In, LessThan } from 'typeorm';

export type NewBroadcast = Omit<
  Broadcast,
  'id' | 'tenantId' | 'status' | 'recipients' | 'startedAt' | 'finishedAt' | 'createdAt'
>;
export type Progress = Broadcast & { processed: number };

/** Users `u` of a segment: $1 tenant, $2 the default language, $3… as `bounds` gives them. */
const IN_SEGMENT = `
  u.tenant_id = $1 AND u.is_active
  AND ($3::text[] IS NULL OR coalesce(u.language, $2) = ANY($3))
  AND ($4::text[] IS NULL OR EXISTS (
    SELECT FROM device_tokens d WHERE d.user_id = u.id AND d.is_active AND d.device_type = ANY($4)))
  AND ($5::text IS NULL OR u.tenant_id = $5)
  AND ($6::timestamptz IS NULL OR u.last_seen > $6
    OR EXISTS (SELECT FROM sessions s WHERE s.user_id = u.id AND s.last_active_at > $6))
  AND ($7::timestamptz IS NULL OR coalesce(u.last_seen < $7, true)
    AND NOT EXISTS (SELECT FROM sessions s WHERE s.user_id = u.id AND s.last_active_at >= $7))`;

/** Broadcasts of the tenant in the context. */
@Injectable()
export class BroadcastsRepository {
  constructor(
    private readonly db: Database,
    private readonly i18n: I18n,
  ) {}

  async countRecipients(segment: Segment): Promise<number> {
    const [row] = await this.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM users u WHERE ${IN_SEGMENT}`,
      this.bounds(segment),
    );
    return row!.n;
  }

  async timeZones(segment: Segment): Promise<string[]> {
    const rows = await this.db.query<{ timezone: string }>(
      `SELECT DISTINCT u.timezone FROM users u WHERE ${IN_SEGMENT}`,
      this.bounds(segment),
    );
    return rows.map(({ timezone }) => timezone);
  }

  async insert(broadcast: NewBroadcast): Promise<number> {
    const recipients = await this.countRecipients(broadcast.segment);
    const row = { ...broadcast, recipients, tenantId: this.tenantId };
    const { identifiers } = await this.db.repo(Broadcast).insert(row);
    return (identifiers[0] as { id: number }).id;
  }

  async insertParts(broadcastId: number, parts: Pick<BroadcastPart, 'timeZone' | 'dueAt'>[]): Promise<void> {
    await this.db.repo(BroadcastPart).insert(parts.map((part) => ({ ...part, broadcastId })));
  }

  async get(id: number): Promise<Progress | undefined> {
    return (await this.withProgress(await this.db.repo(Broadcast).findBy({ id, tenantId: this.tenantId })))[0];
  }

  statusesOf(ids: number[]): Promise<Pick<Broadcast, 'id' | 'status'>[]> {
    return this.db.query('SELECT id, status FROM broadcasts WHERE id = ANY($1)', [ids]);
  }

  async getAll(ids: number[]): Promise<Progress[]> {
    return this.withProgress(await this.db.repo(Broadcast).findBy({ id: In(ids), tenantId: this.tenantId }));
  }

  /** Newest first, those below the id. */
  async list(below: number | undefined, limit: number): Promise<Progress[]> {
    const where = { tenantId: this.tenantId, ...(below !== undefined && { id: LessThan(below) }) };
    return this.withProgress(await this.db.repo(Broadcast).find({ where, order: { id: 'DESC' }, take: limit }));
  }

  /** As it is, and stays to the end of the transaction: its parts move one at a time. */
  lock(id: number): Promise<Broadcast | null> {
    const where = { id, tenantId: this.tenantId };
    return this.db.repo(Broadcast).findOne({ where, lock: { mode: 'pessimistic_write' } });
  }

  /** By the database's clock: `startedAt` and `finishedAt` as true. */
  async change(id: number, change: { status?: Broadcast['status']; started?: true; finished?: true }): Promise<void> {
    await this.db.repo(Broadcast).update(id, {
      ...(change.status && { status: change.status }),
      ...(change.started && { startedAt: () => 'now()' }),
      ...(change.finished && { finishedAt: () => 'now()' }),
    });
  }

  part(id: number): Promise<BroadcastPart | null> {
    return this.db.repo(BroadcastPart).findOneBy({ id });
  }

  /** With the milliseconds until each is due, by the database's clock. */
  async openParts(broadcastId: number): Promise<(Pick<BroadcastPart, 'id' | 'cursor'> & { wait_ms: number })[]> {
    return this.db.query(
      `SELECT id, cursor, greatest(0, extract(epoch FROM due_at - now()) * 1000)::float8 AS wait_ms
       FROM broadcast_parts WHERE broadcast_id = $1 AND finished_at IS NULL ORDER BY due_at, id`,
      [broadcastId],
    );
  }

  /** Notes how far a part has come. */
  async move(partId: number, cursor: string | null, told: number, isFinished: boolean): Promise<void> {
    await this.db.query(
      `UPDATE broadcast_parts SET cursor = coalesce($2, cursor), processed = processed + $3, moved_at = now(),
         finished_at = CASE WHEN $4 THEN now() END WHERE id = $1`,
      [partId, cursor, told, isFinished],
    );
  }

  /** The next people of a part, in the order of their ids; `leaveOutTold` if some may have been told in other parts. */
  async nextPeople(
    { segment, createdAt }: Broadcast,
    { timeZone, cursor }: BroadcastPart,
    { key, leaveOutTold, limit }: { key: string; leaveOutTold: boolean; limit: number },
  ): Promise<{ id: string; language: string | null }[]> {
    return this.db.query(
      `SELECT u.id, u.language FROM users u
       WHERE ${IN_SEGMENT} AND u.created_at <= $8
         AND ($9::text IS NULL OR u.timezone = $9) AND ($10::uuid IS NULL OR u.id > $10)
         AND NOT ($11 AND EXISTS (SELECT FROM push_notifications n WHERE n.user_id = u.id AND n.dedupe_key = $12))
       ORDER BY u.id LIMIT $13`,
      [...this.bounds(segment), createdAt, timeZone, cursor, leaveOutTold, key, limit],
    );
  }

  /** Parts that should be moving and have not for some time, of all tenants. */
  stalled(minutes: number): Promise<{ id: number; cursor: string | null; tenant_id: string }[]> {
    return this.db.query(
      `SELECT p.id, p.cursor, b.tenant_id FROM broadcast_parts p JOIN broadcasts b ON b.id = p.broadcast_id
       WHERE p.finished_at IS NULL AND b.status = 'running'
         AND greatest(p.due_at, p.moved_at) < now() - $1 * interval '1 minute' ORDER BY p.id LIMIT 1000`,
      [minutes],
    );
  }

  private async withProgress(broadcasts: Broadcast[]): Promise<Progress[]> {
    const sums = await this.db.query<{ broadcast_id: number; processed: number }>(
      `SELECT broadcast_id, sum(processed)::int AS processed FROM broadcast_parts
       WHERE broadcast_id = ANY($1::bigint[]) GROUP BY broadcast_id`,
      [broadcasts.map(({ id }) => id)],
    );
    const processed = new Map(sums.map((sum) => [sum.broadcast_id, sum.processed]));
    return broadcasts.map((broadcast) => ({ ...broadcast, processed: processed.get(broadcast.id) ?? 0 }));
  }

  private bounds({ languages, platforms, tenant_id, seen_after, not_seen_after }: Segment): unknown[] {
    const known = languages?.map((name) => this.i18n.known(name) ?? name);
    const { fallback } = this.i18n;
    return [this.tenantId, fallback, known, platforms, tenant_id, seen_after, not_seen_after].map((one) => one ?? null);
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
