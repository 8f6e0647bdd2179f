import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { RecoveryCode, TwoFactor } from 'src/modules/auth/two-factor.entities';

@Injectable()
export class TwoFactorRepository {
  constructor(private readonly db: Database) {}

  find(userId: string): Promise<TwoFactor | null> {
    return this.db.repo(TwoFactor).findOneBy({ userId });
  }

  /** Locked, so that of many with one code only one gets through. */
  lock(userId: string): Promise<TwoFactor | null> {
    return this.db.repo(TwoFactor).findOne({ where: { userId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Replaces one that was not confirmed; false if there is a confirmed one. */
  async begin(userId: string, secret: Buffer): Promise<boolean> {
    const rows = await this.db.query(
      `INSERT INTO two_factors (user_id, secret) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0
       WHERE two_factors.confirmed_at IS NULL RETURNING user_id`,
      [userId, secret],
    );
    return rows.length > 0;
  }

  async confirm(userId: string, lastStep: number, recoveryHashes: Buffer[]): Promise<void> {
    await this.db.repo(TwoFactor).update(userId, { confirmedAt: () => 'now()', lastStep });
    await this.replaceRecoveryCodes(userId, recoveryHashes);
  }

  /** These, and none of those before. */
  async replaceRecoveryCodes(userId: string, hashes: Buffer[]): Promise<void> {
    await this.db.repo(RecoveryCode).delete({ userId });
    await this.db.repo(RecoveryCode).insert(hashes.map((hash) => ({ userId, hash })));
  }

  async setLastStep(userId: string, lastStep: number): Promise<void> {
    await this.db.repo(TwoFactor).update(userId, { lastStep });
  }

  /** True if it was there. */
  async takeRecoveryCode(userId: string, hash: Buffer): Promise<boolean> {
    const { affected } = await this.db.repo(RecoveryCode).delete({ userId, hash });
    return affected === 1;
  }

  recoveryCodesLeft(userId: string): Promise<number> {
    return this.db.repo(RecoveryCode).countBy({ userId });
  }

  async remove(userId: string): Promise<void> {
    await this.db.repo(RecoveryCode).delete({ userId });
    await this.db.repo(TwoFactor).delete({ userId });
  }
}
