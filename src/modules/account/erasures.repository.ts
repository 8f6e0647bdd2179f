import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { AccountErasure } from 'src/modules/account/erasures.entities';

@Injectable()
export class ErasuresRepository {
  constructor(private readonly db: Database) {}

  /** With its user and the stand-in. */
  find(userId: string): Promise<AccountErasure | null> {
    return this.db.repo(AccountErasure).findOne({ where: { userId }, relations: { user: true, standIn: true } });
  }

  async insert(userId: string, standInId: string): Promise<void> {
    await this.db.repo(AccountErasure).insert({ userId, standInId });
  }

  async markTold(userId: string): Promise<void> {
    await this.db.repo(AccountErasure).update(userId, { toldAt: () => 'now()' });
  }

  /** Those of which nothing has come for some hours, noted as asked for again. */
  async takeStuck(hours: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `UPDATE account_erasures SET asked_at = now() WHERE asked_at < now() - $1 * interval '1 hour' RETURNING user_id`,
      [hours],
    );
    return rows.map((row) => row.user_id);
  }
}
