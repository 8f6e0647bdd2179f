import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { gathered } from 'src/core/database/group-commit';
import { nameTerms } from 'src/modules/users/name-terms';
import { User } from 'src/modules/users/users.entities';

export type NewUser = Pick<User, 'id' | 'username' | 'email' | 'passwordHash' | 'displayName' | 'language'>;

/** Users of the tenant in the context. */
@Injectable()
export class UsersRepository {
  private readonly lookUps = gathered<Pick<User, 'id' | 'tenantId'>, User | null>(async (wanted) => {
    const users = new Map((await this.read([...new Set(wanted.map(({ id }) => id))])).map((user) => [user.id, user]));
    return wanted.map(({ id, tenantId }) => {
      const user = users.get(id);
      return user?.tenantId === tenantId ? { ...user } : null;
    });
  });
  /** Those that are read, by the names that the entity gives them. */
  private columns?: string;

  constructor(private readonly db: Database) {}

  async insert(user: NewUser): Promise<void> {
    await this.users.insert({ ...user, tenantId: this.tenantId, terms: nameTerms(user) });
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

  /** Those who are looked for at once are read together; in a transaction each is read alone, as it sees him. */
  async byId(id: string): Promise<User | null> {
    if (this.db.inTransaction) return (await this.byIds([id]))[0] ?? null;
    return this.lookUps({ id, tenantId: this.tenantId });
  }

  async byIds(ids: string[]): Promise<User[]> {
    return (await this.read(ids)).filter(({ tenantId }) => tenantId === this.tenantId);
  }

  async byEmailOrUsername(login: string): Promise<User | null> {
    const where = 'tenant_id = $2 AND (email = $1 OR username = $1)';
    return (await this.select('users.by_login', where, [login, this.tenantId]))[0] ?? null;
  }

  /** His present name, which stays his alone to change until the open transaction ends; undefined if there is no such user. */
  async holdUsername(id: string): Promise<string | undefined> {
    const sql = 'SELECT username FROM users WHERE id = $1 AND tenant_id = $2 FOR UPDATE';
    return (await this.db.query<{ username: string }>(sql, [id, this.tenantId]))[0]?.username;
  }

  /** Notes that a user has just given up a name. */
  async noteGivenUp(userId: string, username: string): Promise<void> {
    await this.db.query(
      `INSERT INTO former_usernames (user_id, username) VALUES ($1, $2)
       ON CONFLICT (user_id, username) DO UPDATE SET given_up_at = now()`,
      [userId, username],
    );
  }

  /** Whether somebody else has given up the name within so many days. */
  async isKeptFrom(userId: string, username: string, days: number): Promise<boolean> {
    const rows = await this.db.query(
      `SELECT f.user_id FROM former_usernames f JOIN users u ON u.id = f.user_id
       WHERE f.username = $1 AND f.user_id <> $2 AND u.tenant_id = $3 AND f.given_up_at > now() - $4 * interval '1 day'`,
      [username, userId, this.tenantId, days],
    );
    return rows.length > 0;
  }

  async formerUsernames(userId: string): Promise<string[]> {
    const sql = 'SELECT username FROM former_usernames WHERE user_id = $1';
    return (await this.db.query<{ username: string }>(sql, [userId])).map(({ username }) => username);
  }

  /** Those of so many days ago that no event, of whomever, can hold: what was on its way when a name was given up is there an hour later. */
  async forgetFormerUsernames(days: number): Promise<void> {
    await this.db.query(
      `DELETE FROM former_usernames WHERE given_up_at <
         least(now() - $1 * interval '1 day', (SELECT min(created_at) FROM user_events) - interval '1 hour')`,
      [days],
    );
  }

  /** Notes that the users were here until now, unless they hide it. */
  async markSeen(ids: string[]): Promise<void> {
    await this.db.query(
      `UPDATE users SET last_seen = now() WHERE id = ANY($1::uuid[]) AND tenant_id = $2 AND chosen_status <> 'offline'`,
      [ids, this.tenantId],
    );
  }

  /** Of any tenant. */
  private read = (ids: string[]) => this.select('users.by_ids', 'id = ANY($1::uuid[])', [ids]);

  private select(name: string, where: string, parameters: unknown[]): Promise<User[]> {
    this.columns ??= this.users.metadata.columns
      .filter(({ isSelect }) => isSelect)
      .map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`)
      .join(', ');
    return this.db.prepared<User>(name, `SELECT ${this.columns} FROM users WHERE ${where}`, parameters);
  }

  private get users() {
    return this.db.repo(User);
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
