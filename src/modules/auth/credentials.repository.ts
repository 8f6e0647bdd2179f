import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** What of a user is changed here alone: how he proves who he is. */
@Injectable()
export class CredentialsRepository {
  constructor(private readonly db: Database) {}

  async setPasswordHash(userId: string, hash: string): Promise<void> {
    await this.db.query('UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1', [userId, hash]);
    await this.forgetBegun(userId);
  }

  /** The same, if he is active and his hash is still this one; tells whether it was. */
  async replacePasswordHash(userId: string, before: string, hash: string): Promise<boolean> {
    const sql = `UPDATE users SET password_hash = $3, updated_at = now()
      WHERE id = $1 AND password_hash = $2 AND is_active RETURNING id`;
    const isReplaced = (await this.db.query(sql, [userId, before, hash])).length > 0;
    if (isReplaced) await this.forgetBegun(userId);
    return isReplaced;
  }

  /** The address is his, if it is still the one of his account; tells whether it is. */
  async markVerified(userId: string, email: string): Promise<boolean> {
    const sql = 'UPDATE users SET is_verified = true, updated_at = now() WHERE id = $1 AND email = $2 RETURNING id';
    return (await this.db.query(sql, [userId, email])).length > 0;
  }

  /** Opens the account of a user who had closed it himself, and forgets that it was to be deleted; not if others keep him out. */
  async reopen(userId: string): Promise<void> {
    await this.db.query(
      `UPDATE users SET deactivated_at = NULL, deletion_due_at = NULL, is_active = true, updated_at = now()
       WHERE id = $1 AND deactivated_at IS NOT NULL AND suspended_at IS NULL AND deleted_at IS NULL`,
      [userId],
    );
  }

  /** Whether the user is active and has still this hash, which then stays his until the open transaction ends. */
  async holds(userId: string, hash: string): Promise<boolean> {
    const sql = 'SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND is_active FOR SHARE';
    return (await this.db.query(sql, [userId, hash])).length > 0;
  }

  /** The same, for who changes him himself: two who held him alike would wait for each other. */
  async holdsAlone(userId: string, hash: string): Promise<boolean> {
    const sql = 'SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND is_active FOR NO KEY UPDATE';
    return (await this.db.query(sql, [userId, hash])).length > 0;
  }

  /** Who knew the old password asked for another address; a statement of its own, for it must see what was there when the row was free. */
  private async forgetBegun(userId: string): Promise<void> {
    await this.db.query(`DELETE FROM email_codes WHERE user_id = $1 AND purpose = 'change'`, [userId]);
  }
}
