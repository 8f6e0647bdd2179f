import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { User } from 'src/modules/users/users.entities';
import { In } from 'typeorm';

export type NewUser = Pick<User, 'id' | 'username' | 'email' | 'passwordHash' | 'displayName' | 'language'>;

/** Users of the tenant in the context. */
@Injectable()
export class UsersRepository {
  constructor(private readonly db: Database) {}

  async insert(user: NewUser): Promise<void> {
    await this.users.insert({ ...user, tenantId: this.tenantId });
  }

  async update(id: string, change: Partial<User>): Promise<void> {
    await this.users.update({ id, tenantId: this.tenantId }, change);
  }

  /** Changes what is not undefined; false if that is nothing. */
  async updateGiven(id: string, change: Partial<User>): Promise<boolean> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    if (!Object.keys(given).length) return false;
    await this.update(id, given);
    return true;
  }

  byId(id: string): Promise<User | null> {
    return this.users.findOneBy({ id, tenantId: this.tenantId });
  }

  byIds(ids: string[]): Promise<User[]> {
    return this.users.findBy({ id: In(ids), tenantId: this.tenantId });
  }

  byEmailOrUsername(login: string): Promise<User | null> {
    const { tenantId } = this;
    return this.users.findOneBy([
      { email: login, tenantId },
      { username: login, tenantId },
    ]);
  }

  /** Notes that the users were here until now, unless they hide it. */
  async markSeen(ids: string[]): Promise<void> {
    await this.db.query(
      `UPDATE users SET last_seen = now() WHERE id = ANY($1::uuid[]) AND tenant_id = $2 AND chosen_status <> 'offline'`,
      [ids, this.tenantId],
    );
  }

  private get users() {
    return this.db.repo(User);
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
