import { Injectable } from '@nestjs/common';
import { RoleBook, type Role } from 'src/core/http/roles';
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

  setRole = (id: string, role: Role): Promise<void> => this.accounts.setRole(id, role);

  /** Keeps somebody out; his sessions are the caller's to end. */
  suspend = (id: string, reason: string): Promise<void> => this.accounts.suspend(id, reason);

  /** A user closes his own account; his sessions are the caller's to end. */
  deactivate = (id: string): Promise<void> => this.accounts.deactivate(id);

  /** Lets somebody in again, whoever had closed his account. */
  letIn = (id: string): Promise<void> => this.accounts.letIn(id);
}
