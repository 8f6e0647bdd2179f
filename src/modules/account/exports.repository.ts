import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { DataExport } from 'src/modules/account/exports.entities';

@Injectable()
export class ExportsRepository {
  constructor(private readonly db: Database) {}

  byId(id: number): Promise<DataExport | null> {
    return this.db.repo(DataExport).findOneBy({ id });
  }

  newestOf(userId: string): Promise<DataExport | null> {
    return this.db.repo(DataExport).findOne({ where: { userId }, order: { id: 'DESC' } });
  }

  async idsOf(userId: string): Promise<number[]> {
    return (await this.db.repo(DataExport).find({ where: { userId }, select: { id: true } })).map(({ id }) => id);
  }

  /** Those of the ids that there are. */
  async known(ids: number[]): Promise<number[]> {
    const sql = 'SELECT id FROM data_exports WHERE id = ANY($1)';
    return (await this.db.query<{ id: number }>(sql, [ids])).map(({ id }) => id);
  }

  /** The id of the new one, or undefined if one is under way. */
  async insert(userId: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      'INSERT INTO data_exports (user_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id',
      [userId],
    );
    return row?.id;
  }

  /** How many were asked for in the last day, and seconds until the first of them is a day old. */
  async lastDay(userId: string): Promise<{ count: number; seconds: number }> {
    const [row] = await this.db.query<{ count: number; seconds: number }>(
      `SELECT count(*)::int AS count,
         coalesce(ceil(extract(epoch FROM min(created_at) + interval '1 day' - now())), 0)::int AS seconds
       FROM data_exports WHERE user_id = $1 AND created_at > now() - interval '1 day'`,
      [userId],
    );
    return row!;
  }

  /** Whose it is, if it is still to be made; not if it has been, or another of his is under way instead. */
  async begin(id: number): Promise<string | undefined> {
    const [row] = await this.db.query<{ user_id: string }>(
      `UPDATE data_exports e SET status = 'running' WHERE id = $1 AND status <> 'ready' AND NOT EXISTS (
         SELECT FROM data_exports o WHERE o.user_id = e.user_id AND o.id <> e.id AND o.status IN ('pending', 'running'))
       RETURNING user_id`,
      [id],
    );
    return row?.user_id;
  }

  async fail(id: number): Promise<void> {
    await this.db.query(`UPDATE data_exports SET status = 'failed' WHERE id = $1 AND status = 'running'`, [id]);
  }

  /** False if it is gone, or was ready already. */
  async finish(id: number, sizeBytes: number, hours: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE data_exports SET status = 'ready', size_bytes = $2, ready_at = now(), expires_at = now() + $3 * interval '1 hour'
       WHERE id = $1 AND status <> 'ready' RETURNING id`,
      [id, sizeBytes, hours],
    );
    return rows.length > 0;
  }

  /** Those whose links have expired, and those that have not become ready in two days. */
  async expired(): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM data_exports WHERE expires_at < now() OR (status <> 'ready' AND created_at < now() - interval '2 days')`,
    );
    return rows.map(({ id }) => id);
  }

  async delete(id: number): Promise<void> {
    await this.db.repo(DataExport).delete(id);
  }
}
