import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { violates } from 'src/core/database/violations';
import { LanguageNotSupported } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { I18n } from 'src/core/i18n/i18n';
import { Streams } from 'src/core/streams/streams';
import type { UpdateProfile } from 'src/modules/users/users.dto';
import type { User } from 'src/modules/users/users.entities';
import { EmailTaken, UsernameTaken, UserNotFound } from 'src/modules/users/users.errors';
import { UsersRepository, type NewUser } from 'src/modules/users/users.repository';
import { v7 as uuid } from 'uuid';

@Injectable()
export class UsersService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersRepository,
    private readonly i18n: I18n,
    private readonly streams: Streams,
  ) {}

  /** Throws `user.email_taken` or `user.username_taken`. */
  async create(user: Omit<NewUser, 'id'>): Promise<User> {
    const id = uuid();
    await this.users.insert({ id, ...user }).catch(refuseTaken);
    return this.get(id);
  }

  /** Gives an account another address, which has been proven to be its user's. Throws `user.email_taken`. */
  async changeEmail(id: string, email: string): Promise<void> {
    await this.users.update(id, { email, isVerified: true }).catch(refuseTaken);
  }

  /** Throws `user.not_found`. */
  async get(id: string): Promise<User> {
    const user = await this.users.byId(id);
    if (!user) throw UserNotFound({ user_id: id });
    return user;
  }

  /** Those of the ids that are active users, by id. */
  async activeByIds(ids: string[]): Promise<Map<string, User>> {
    const users = ids.length ? await this.users.byIds(ids) : [];
    return new Map(users.filter(({ isActive }) => isActive).map((user) => [user.id, user]));
  }

  /** Those of the ids that are users, active or not, by id. */
  async byIds(ids: string[]): Promise<Map<string, User>> {
    const users = ids.length ? await this.users.byIds(ids) : [];
    return new Map(users.map((user) => [user.id, user]));
  }

  /** Notes that the users' last connections have just ended. */
  async markSeen(ids: string[]): Promise<void> {
    if (ids.length) await this.users.markSeen(ids);
  }

  /** By e-mail address or username, in any case. */
  findForLogin(login: string): Promise<User | null> {
    return this.users.byEmailOrUsername(login.trim().toLowerCase());
  }

  /** The address of the picture that others see; null for none. */
  async setAvatar(id: string, avatarUrl: string | null): Promise<void> {
    await this.db.tx(async () => {
      await this.users.update(id, { avatarUrl });
      await this.bus.publish('user.renamed', { user_id: id });
      await this.streams.append(id, 'account_changed', { part: 'profile' });
    });
  }

  /** Changes what is given. Throws `user.language_not_supported`. */
  async update(id: string, change: UpdateProfile): Promise<User> {
    const language = change.language && this.i18n.known(change.language);
    if (change.language && !language) throw LanguageNotSupported({ language: change.language });
    const { display_name = change.full_name, bio, phone_number: phoneNumber, timezone } = change;
    await this.db.tx(async () => {
      if (!(await this.users.updateGiven(id, { displayName: display_name, bio, phoneNumber, timezone, language })))
        return;
      if (display_name !== undefined) await this.bus.publish('user.renamed', { user_id: id });
      await this.streams.append(id, 'account_changed', { part: 'profile' });
    });
    return this.get(id);
  }
}

function refuseTaken(error: unknown): never {
  if (violates(error, 'uq_users_tenant_id_email')) throw EmailTaken();
  if (violates(error, 'uq_users_tenant_id_username')) throw UsernameTaken();
  throw error;
}
