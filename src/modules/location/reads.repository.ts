import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import { PRECISIONS, type Precision } from 'src/modules/location/precision';
import type { ReadExit } from 'src/modules/location/shares.entities';

/** That a viewer (null: somebody with the link) got a position of the owner's. */
export interface Read {
  ownerId: string;
  viewerId: string | null;
  shareId: number;
  exit: ReadExit;
  precision: Precision;
}

export interface ReadRow {
  id: number;
  viewer_id: string | null;
  share_id: number;
  exit: ReadExit;
  precision: Precision;
  first_at: Date;
  last_at: Date;
  count: number;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
}

const FINEST_FIRST = `ARRAY[${PRECISIONS.map((precision) => `'${precision}'`).join(', ')}]`;
/** The finest of precisions, by the aggregate or function that gives the least: a share may have shown more before, or since. */
const finest = (least: 'min' | 'least', ...precisions: string[]) =>
  `(${FINEST_FIRST})[${least}(${precisions.map((precision) => `array_position(${FINEST_FIRST}, ${precision})`).join(', ')})]`;

/** Who got whose position, when, and on which way: by the hour, so that a watcher who stays makes no heap of rows. */
@Injectable()
export class ReadsRepository {
  constructor(private readonly db: Database) {}

  async note(reads: Read[]): Promise<void> {
    const column = <K extends keyof Read>(key: K) => reads.map((read) => read[key]);
    await this.db.query(
      `INSERT INTO location_reads AS r (user_id, viewer_id, share_id, exit, precision, hour, first_at, last_at, count)
       SELECT user_id, viewer_id, share_id, exit, ${finest('min', 'precision')}, date_trunc('hour', now()), now(), now(), count(*)
       FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[]) AS n (user_id, viewer_id, share_id, exit, precision)
       WHERE EXISTS (SELECT FROM location_shares s WHERE s.id = n.share_id)
       GROUP BY user_id, viewer_id, share_id, exit ORDER BY 1, 2, 3, 4
       ON CONFLICT (user_id, share_id, viewer_id, exit, hour) DO UPDATE SET last_at = now(), count = r.count + excluded.count,
         precision = ${finest('least', 'r.precision', 'excluded.precision')}`,
      [column('ownerId'), column('viewerId'), column('shareId'), column('exit'), column('precision')],
    );
  }

  /** Up to `limit` entries about the owner, newest first, from below an id. */
  list(ownerId: string, limit: number, below: number | null): Promise<ReadRow[]> {
    return this.db.query(
      `SELECT r.*, u.username, u.display_name, u.avatar_url FROM location_reads r LEFT JOIN users u ON u.id = r.viewer_id
       WHERE r.user_id = $1 AND ($3::bigint IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $2`,
      [ownerId, limit, below],
    );
  }

  /** When each of the viewers last got a position by each of the owner's shares, as `shareId:viewerId`. */
  async last(ownerId: string): Promise<Map<string, Date>> {
    const rows = await this.db.query<{ share_id: number; viewer_id: string | null; at: Date }>(
      'SELECT share_id, viewer_id, max(last_at) AS at FROM location_reads WHERE user_id = $1 GROUP BY 1, 2',
      [ownerId],
    );
    return new Map(rows.map(({ share_id, viewer_id, at }) => [`${share_id}:${viewer_id}`, at]));
  }

  async forget(days: number): Promise<void> {
    const old = 'last_at < now() - make_interval(days => $1)';
    await inChunks(this.db, 'location_reads', 'DELETE FROM location_reads', old, [days]);
  }
}
