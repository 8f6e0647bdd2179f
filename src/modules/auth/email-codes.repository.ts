import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import type { EmailPurpose } from 'src/modules/auth/auth.contract';

export interface NewEmailCode {
  userId: string;
  purpose: EmailPurpose;
  email: string;
  codeHash: Buffer;
  tokenHash: Buffer;
  tries: number;
  seconds: number;
}

@Injectable()
export class EmailCodesRepository {
  constructor(private readonly db: Database) {}

  /** Replaces the one before. */
  async put({ userId, purpose, email, codeHash, tokenHash, tries, seconds }: NewEmailCode): Promise<void> {
    await this.db.query(
      `INSERT INTO email_codes (user_id, purpose, email, code_hash, token_hash, tries_left, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
       ON CONFLICT (user_id, purpose) DO UPDATE SET (email, code_hash, token_hash, tries_left, expires_at, sent_at) =
         (excluded.email, excluded.code_hash, excluded.token_hash, excluded.tries_left, excluded.expires_at, NULL)`,
      [userId, purpose, email, codeHash, tokenHash, tries, seconds],
    );
  }

  /**
   * Notes that a user wants another address, for which `fill` then makes a code: until then these hashes, which nothing has, stand in
   * its place. What is under way to the same address stays as it is.
   */
  async reserve(userId: string, email: string, [codeHash, tokenHash]: [Buffer, Buffer], days: number): Promise<void> {
    await this.db.query(
      `INSERT INTO email_codes (user_id, purpose, email, code_hash, token_hash, tries_left, expires_at)
       VALUES ($1, 'change', $2, $3, $4, 0, now() + $5 * interval '1 day')
       ON CONFLICT (user_id, purpose) DO UPDATE SET (email, code_hash, token_hash, tries_left, expires_at, sent_at) =
         (excluded.email, excluded.code_hash, excluded.token_hash, excluded.tries_left, excluded.expires_at, NULL)
       WHERE email_codes.email <> excluded.email OR email_codes.expires_at < now()`,
      [userId, email, codeHash, tokenHash, days],
    );
  }

  /** The address that a user wants, as long as he does. */
  async reserved(userId: string): Promise<string | undefined> {
    const sql = `SELECT email FROM email_codes WHERE user_id = $1 AND purpose = 'change' AND expires_at > now()`;
    return (await this.db.query<{ email: string }>(sql, [userId]))[0]?.email;
  }

  /** The code of what was reserved; false if that is not wanted any more. */
  async fill({ userId, purpose, email, codeHash, tokenHash, tries, seconds }: NewEmailCode): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE email_codes SET (code_hash, token_hash, tries_left, expires_at, sent_at) =
         ($4, $5, $6::smallint, now() + $7 * interval '1 second', NULL)
       WHERE user_id = $1 AND purpose = $2 AND email = $3 RETURNING user_id`,
      [userId, purpose, email, codeHash, tokenHash, tries, seconds],
    );
    return rows.length > 0;
  }

  async markSent(userId: string, purpose: EmailPurpose, email: string): Promise<void> {
    const sql = 'UPDATE email_codes SET sent_at = now() WHERE user_id = $1 AND purpose = $2 AND email = $3';
    await this.db.query(sql, [userId, purpose, email]);
  }

  async sentWithin(userId: string, purpose: EmailPurpose, seconds: number): Promise<boolean> {
    const rows = await this.db.query(
      `SELECT user_id FROM email_codes
       WHERE user_id = $1 AND purpose = $2 AND sent_at > now() - $3 * interval '1 second'`,
      [userId, purpose, seconds],
    );
    return rows.length > 0;
  }

  /** Counts a try, right or wrong; the hash of the code if there was a try left. */
  async countTry(userId: string, purpose: EmailPurpose): Promise<Buffer | undefined> {
    const [row] = await this.db.query<{ code_hash: Buffer }>(
      `UPDATE email_codes SET tries_left = tries_left - 1
       WHERE user_id = $1 AND purpose = $2 AND tries_left > 0 AND expires_at > now() RETURNING code_hash`,
      [userId, purpose],
    );
    return row?.code_hash;
  }

  /**
   * Holds the account of a code, by its hash or its link's, to the end of the open transaction. It comes first: whoever takes codes away
   * because the account has changed holds the account already.
   */
  async holdAccount(purpose: EmailPurpose, hash: Buffer): Promise<void> {
    await this.db.query(
      `SELECT u.id FROM email_codes c JOIN users u ON u.id = c.user_id
       WHERE c.purpose = $1 AND (c.code_hash = $2 OR c.token_hash = $2) FOR UPDATE OF u`,
      [purpose, hash],
    );
  }

  /** Whose a code is, by its hash or its link's, and where it was sent. */
  async find(purpose: EmailPurpose, hash: Buffer): Promise<{ userId: string; email: string } | undefined> {
    const [row] = await this.db.query<{ user_id: string; email: string }>(
      `SELECT user_id, email FROM email_codes
       WHERE purpose = $1 AND (code_hash = $2 OR token_hash = $2) AND expires_at > now()`,
      [purpose, hash],
    );
    return row && { userId: row.user_id, email: row.email };
  }

  /** Takes a code away, by its hash or its link's, for only one can use it; whose it was and where it was sent. */
  async take(purpose: EmailPurpose, hash: Buffer): Promise<{ userId: string; email: string } | undefined> {
    const [row] = await this.db.query<{ user_id: string; email: string }>(
      `DELETE FROM email_codes WHERE purpose = $1 AND (code_hash = $2 OR token_hash = $2) AND expires_at > now()
       RETURNING user_id, email`,
      [purpose, hash],
    );
    return row && { userId: row.user_id, email: row.email };
  }

  /** The codes of a user for some purposes. */
  async forget(userId: string, purposes: EmailPurpose[]): Promise<void> {
    await this.db.query('DELETE FROM email_codes WHERE user_id = $1 AND purpose = ANY($2::text[])', [userId, purposes]);
  }

  async forgetExpired(): Promise<void> {
    await inChunks(this.db, 'email_codes', 'DELETE FROM email_codes', 'expires_at < now()', []);
  }
}
