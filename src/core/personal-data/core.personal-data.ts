import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import { DeclaresPersonalData, type Erasure, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class CorePersonalData {
  constructor(private readonly db: Database) {}

  @DeclaresPersonalData('core')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'idempotency_keys',
          column: 'user_id',
          exports: { not: 'answers of the last day to requests; what they made is in the other sections' },
          fate: 'deleted',
        },
        ...['user_events', 'user_streams'].map((table) => ({
          table,
          column: 'user_id',
          exports: { not: 'what his devices were told of changes lately; what changed is in the other sections' },
          fate: 'deleted' as const,
        })),
      ],
      erase: async (erasure) => {
        await this.forgetWork(erasure);
        await this.renameInEvents(erasure);
      },
    };
  }

  /** What others' devices were told of him: their numbers must stay, and sync must show it; an hour of it at a time. */
  private async renameInEvents({ userId, standInId, names, standInName }: Erasure) {
    const quoted = names.map((name) => JSON.stringify(name));
    const renamed = quoted.reduce(
      (text, _, index) => `replace(${text}, $${index + 5}, $4)`,
      'replace(data::text, $2, $3)',
    );
    const hours = await this.db.query<{ hour: Date }>(
      `SELECT generate_series(date_trunc('hour', min(created_at)), now(), interval '1 hour') AS hour FROM user_events`,
    );
    for (const { hour } of hours)
      await this.db.query(
        `UPDATE user_events SET data = ${renamed}::jsonb
         WHERE created_at >= $1 AND created_at < $1::timestamptz + interval '1 hour' AND strpos(data::text, $2) > 0 AND $4 <> ''`,
        [hour, userId, standInId, JSON.stringify(standInName), ...quoted],
      );
  }

  /** Work that was given up, or is for later, and names him. What is due ends by itself. */
  private async forgetWork({ userId }: Erasure) {
    const where = `(parked_at IS NOT NULL OR run_at > now()) AND strpos(payload::text, $1) > 0`;
    await inChunks(this.db, 'outbox', 'DELETE FROM outbox', where, [userId]);
  }
}
