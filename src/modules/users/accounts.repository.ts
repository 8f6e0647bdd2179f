import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { Role } from 'src/core/http/roles';
import { namesQuery, nameTerms } from 'src/modules/users/name-terms';
import { User } from 'src/modules/users/users.entities';

export interface AccountsFilter {
  /** The beginning of an e-mail address, or of words of a username or a display name. */
  q?: string;
  role?: Role;
  standing?: 'active' | 'suspended' | 'deactivated';
}

const STANDINGS = {
  active: 'u.is_active',
  suspended: 'u.suspended_at IS NOT NULL',
  deactivated: 'u.deactivated_at IS NOT NULL',
};

const SOUGHT = 'SELECT s.id FROM users s WHERE s.terms @@ :beginning::tsquery OR s.email LIKE :start';

/** A pattern of LIKE for what begins with the words, whatever they contain. */
const startOf = (words: string): string => `${words.replace(/[\\%_]/g, '\\$&')}%`;

/** Accounts of the tenant in the context, as their administrators see them. */
@Injectable()
export class AccountsRepository {
  constructor(private readonly db: Database) {}

  /** Ids are of version 7: later ones are greater. */
  list({ q, role, standing }: AccountsFilter, below: string | undefined, limit: number): Promise<User[]> {
    const accounts = this.db
      .repo(User)
      .createQueryBuilder('u')
      .where('u.tenant_id = :tenantId AND u.deleted_at IS NULL', { tenantId: this.tenantId });
    if (q !== undefined)
      // by `OFFSET` looked for first: few fit, and PostgreSQL may take them for so many that it would go through all accounts for them
      accounts.andWhere(`u.id IN (${SOUGHT} OFFSET 0)`, {
        beginning: namesQuery(q).beginning,
        start: startOf(q.toLowerCase()),
      });
    if (role) accounts.andWhere('u.role = :role', { role });
    if (standing) accounts.andWhere(STANDINGS[standing]);
    if (below !== undefined) accounts.andWhere('u.id < :below', { below });
    return accounts.orderBy('u.id', 'DESC').limit(limit).getMany();
  }

  /** In one order for everybody. */
  lock(ids: string[]): Promise<User[]> {
    return this.db
      .repo(User)
      .createQueryBuilder('u')
      .where('u.tenant_id = :tenantId AND u.deleted_at IS NULL AND u.id = ANY(:ids)', { tenantId: this.tenantId, ids })
      .orderBy('u.id')
      .setLock('for_no_key_update')
      .getMany();
  }

  setRole = (id: string, role: Role) => this.set(id, 'role = $3', role);

  suspend = (id: string, reason: string) =>
    this.set(id, 'suspended_at = now(), suspension_reason = $3, is_active = false', reason);

  deactivate = (id: string) => this.set(id, 'deactivated_at = now(), is_active = false');

  letIn = (id: string) =>
    this.set(
      id,
      'suspended_at = NULL, suspension_reason = NULL, deactivated_at = NULL, deletion_due_at = NULL, is_active = true',
    );

  /** When it is due, which is never later than was said before. */
  async scheduleDeletion(id: string, days: number): Promise<Date> {
    const [row] = await this.db.query<{ due: Date }>(
      `UPDATE users SET deactivated_at = coalesce(deactivated_at, now()), is_active = false, updated_at = now(),
         deletion_due_at = least(deletion_due_at, now() + $3 * interval '1 day')
       WHERE id = $1 AND tenant_id = $2 RETURNING deletion_due_at AS due`,
      [id, this.tenantId, days],
    );
    return row!.due;
  }

  async dueForDeletion(): Promise<string[]> {
    const sql =
      'SELECT id FROM users WHERE tenant_id = $1 AND deletion_due_at <= now() AND deleted_at IS NULL LIMIT 100';
    return (await this.db.query<{ id: string }>(sql, [this.tenantId])).map(({ id }) => id);
  }

  /** False if it is not due (any more), or was begun. */
  async beginDeletion(id: string): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE users SET deleted_at = now(), is_active = false
       WHERE id = $1 AND tenant_id = $2 AND deletion_due_at <= now() AND deleted_at IS NULL RETURNING id`,
      [id, this.tenantId],
    );
    return rows.length > 0;
  }

  /** Somebody of whom is known only that he was here. */
  async insertStandIn(id: string, name: string): Promise<void> {
    await this.db.query(
      `INSERT INTO users
         (id, tenant_id, username, email, password_hash, is_active, deleted_at, findable_by, last_seen_for, terms)
       VALUES ($1, $2, $3, $4, '', false, now(), 'nobody', 'nobody', $5)`,
      [id, this.tenantId, name, `${name}@deleted.invalid`, nameTerms({ username: name, displayName: null })],
    );
  }

  /** The database refuses while anything is left that names him and does not go with him. */
  async remove(id: string): Promise<void> {
    await this.db.query('DELETE FROM users WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NOT NULL', [
      id,
      this.tenantId,
    ]);
  }

  private async set(id: string, change: string, ...values: string[]): Promise<void> {
    const sql = `UPDATE users SET ${change}, updated_at = now() WHERE id = $1 AND tenant_id = $2`;
    await this.db.query(sql, [id, this.tenantId, ...values]);
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
