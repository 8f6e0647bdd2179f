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
      erase: (erasure) => this.forgetWork(erasure),
    };
  }

  /** Work that was given up, or is for later, and names him. What is due ends by itself. */
  private async forgetWork({ userId }: Erasure) {
    const where = `(parked_at IS NOT NULL OR run_at > now()) AND strpos(payload::text, $1) > 0`;
    await inChunks(this.db, 'outbox', 'DELETE FROM outbox', where, [userId]);
  }
}
