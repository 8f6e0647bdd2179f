import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { RoleBook, type Role } from 'src/core/http/roles';
import { Streams } from 'src/core/streams/streams';
import { newStandInName } from 'src/modules/users/users.dto';
import { AccountsRepository, type AccountsFilter } from 'src/modules/users/accounts.repository';
import type { User } from 'src/modules/users/users.entities';
import { UserNotFound } from 'src/modules/users/users.errors';
import { UsersService } from 'src/modules/users/users.service';

/** What accounts may do, and whether they are let in. Who may change it is the callers' to know. */
@Injectable()
export class AccountsService extends RoleBook {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: AccountsRepository,
    private readonly streams: Streams,
  ) {
    super();
  }

  override async roleOf(userId: string): Promise<Role> {
    return (await this.users.get(userId)).role;
  }

  get = (id: string): Promise<User> => this.users.get(id);

  /** Up to `limit` accounts, newest first, from below a place. */
  list(filter: AccountsFilter, below: string | undefined, limit: number): Promise<User[]> {
    return this.accounts.list(filter, below, limit);
  }

  /** Both accounts as they are and stay to the end of the transaction. Throws `user.not_found`. */
  async lock(one: string, other: string): Promise<[User, User]> {
    const users = new Map((await this.accounts.lock([one, other])).map((user) => [user.id, user]));
    const found = (id: string) => {
      const user = users.get(id);
      if (!user) throw UserNotFound({ user_id: id });
      return user;
    };
    return [found(one), found(other)];
  }

  /** Within the open transaction. */
  async setRole(id: string, role: Role): Promise<void> {
    await this.accounts.setRole(id, role);
    await this.streams.append(id, 'account_changed', { part: 'profile' });
  }

  /** Keeps somebody out; his sessions are the caller's to end. */
  suspend = (id: string, reason: string): Promise<void> => this.accounts.suspend(id, reason);

  /** A user closes his own account; his sessions are the caller's to end. */
  deactivate = (id: string): Promise<void> => this.accounts.deactivate(id);

  /** Closes an account, to be deleted in so many days unless its user signs in before. When that is. */
  scheduleDeletion = (id: string, days: number): Promise<Date> => this.accounts.scheduleDeletion(id, days);

  dueForDeletion = (): Promise<string[]> => this.accounts.dueForDeletion();

  /**
   * From here on there is no way back: nobody can sign in to the account any more. The id of the stand-in whom what remains shall
   * name; undefined if the account is not due (any more), or this was done before.
   */
  async beginDeletion(id: string): Promise<string | undefined> {
    if (!(await this.accounts.beginDeletion(id))) return undefined;
    const standInId = randomUUID(); // not of version 7: it says nothing of when
    await this.accounts.insertStandIn(standInId, newStandInName());
    return standInId;
  }

  /** What somebody is called, and all usernames that he had before. */
  async namesOf({ id, username, displayName }: User): Promise<string[]> {
    return [username, ...(displayName ? [displayName] : []), ...(await this.users.formerUsernames(id))];
  }

  /** Removes the row of an account that is being deleted. Throws if anything else still names it. */
  remove = (id: string): Promise<void> => this.accounts.remove(id);

  /** Lets somebody in again, whoever had closed his account. */
  letIn = (id: string): Promise<void> => this.accounts.letIn(id);
}
