import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

export interface Usage {
  /** Bytes stored now. */
  total: number;
  /** Bytes uploaded today, those included that are gone again. */
  today: number;
  /** Seconds until tomorrow. */
  rest: number;
}

const USAGE = `
  SELECT (SELECT coalesce(sum(file_size), 0)::bigint FROM files WHERE owner_id = $1 AND deleted_at IS NULL) AS total,
    coalesce((SELECT bytes FROM file_days WHERE user_id = $1 AND day = (now() AT TIME ZONE 'UTC')::date), 0) AS today,
    ceil(extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day' - now() AT TIME ZONE 'UTC'))::int AS rest`;

/** How much users have stored and uploaded. */
@Injectable()
export class QuotasRepository {
  constructor(private readonly db: Database) {}

  async usage(userId: string): Promise<Usage> {
    return (await this.db.query<Usage>(USAGE, [userId]))[0]!;
  }

  /** Counts bytes to the user's day, whose row stays locked: of uploads at the same moment each sees those before it. */
  async add(userId: string, bytes: number): Promise<void> {
    await this.db.query(
      `INSERT INTO file_days (user_id, day, bytes) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, $2)
       ON CONFLICT (user_id) DO UPDATE SET day = excluded.day,
         bytes = excluded.bytes + CASE WHEN file_days.day = excluded.day THEN file_days.bytes ELSE 0 END`,
      [userId, bytes],
    );
  }
}
