import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { violates } from 'src/core/database/violations';
import { LanguageNotSupported } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { RateLimits, type Take } from 'src/core/http/rate-limits';
import { I18n } from 'src/core/i18n/i18n';
import { Streams } from 'src/core/streams/streams';
import { NamesRepository } from 'src/modules/users/names.repository';
import type { UpdateProfile } from 'src/modules/users/users.dto';
import type { User } from 'src/modules/users/users.entities';
import { EmailTaken, UsernameTaken, UserNotFound } from 'src/modules/users/users.errors';
import { UsersRepository, type NewUser } from 'src/modules/users/users.repository';
import { v7 as uuid } from 'uuid';

/** So often may one be called otherwise. */
const CHANGES = { name: 'change_username', points: 5, seconds: 86_400 };
/** And so many names be tried, for each answer says whether somebody has it. */
const TRIES = { name: 'try_username', points: 20, seconds: 3600 };
/** So long a name is kept for who gave it up: what was addressed to him by it is not to reach another. */
const KEPT_DAYS = 30;

@Injectable()
export class UsersService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersRepository,
    private readonly names: NamesRepository,
    private readonly i18n: I18n,
    private readonly streams: Streams,
    private readonly limits: RateLimits,
  ) {}

  /** Throws `user.email_taken` or `user.username_taken`. */
  async create(user: Omit<NewUser, 'id'>): Promise<User> {
    const id = uuid();
    await this.db.tx(async () => {
      await this.users.insert({ id, ...user }).catch(refuseTaken);
      await this.requireFree(id, user.username);
    });
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

  /** What an account was called before. */
  formerUsernames = (id: string): Promise<string[]> => this.users.formerUsernames(id);

  /** Forgets names that are no longer kept for who gave them up, once nobody's devices are told of him by them any more. */
  forgetFormerUsernames = (): Promise<void> => this.users.forgetFormerUsernames(KEPT_DAYS);

  /** Changes what is given. Throws `user.language_not_supported`, `user.username_taken`, or `rate_limit.exceeded` for yet another name. */
  async update(id: string, change: UpdateProfile): Promise<User> {
    const language = change.language && this.i18n.known(change.language);
    if (change.language && !language) throw LanguageNotSupported({ language: change.language });
    const { display_name = change.full_name, bio, phone_number: phoneNumber, timezone } = change;
    const given = { displayName: display_name, bio, phoneNumber, timezone, language };
    const { username } = change;
    if (username === undefined || username === (await this.get(id)).username) await this.change(id, given);
    else await this.counted(id, () => this.change(id, { ...given, username }));
    return this.get(id);
  }

  private change(id: string, given: Partial<User>): Promise<void> {
    return this.db.tx(async () => {
      const before = given.username === undefined ? undefined : await this.users.holdUsername(id);
      if (!(await this.users.updateGiven(id, given).catch(refuseTaken))) return;
      if (given.username !== undefined && before !== undefined && before !== given.username) {
        await this.requireFree(id, given.username);
        await this.users.noteGivenUp(id, before);
      }
      if (given.displayName !== undefined || given.username !== undefined) {
        await this.names.fillOf(id);
        await this.bus.publish('user.renamed', { user_id: id });
      }
      await this.streams.append(id, 'account_changed', { part: 'profile' });
    });
  }

  /** Within the transaction that has given the name to the user: who gives it up just now has then done so, or has it still. */
  private async requireFree(userId: string, username: string): Promise<void> {
    if (await this.users.isKeptFrom(userId, username, KEPT_DAYS)) throw UsernameTaken();
  }

  /** A change of a username; only one that succeeds is counted as such. */
  private async counted(userId: string, change: () => Promise<void>): Promise<void> {
    const [tried, changed] = [TRIES, CHANGES].map((rule) => ({ rule, caller: userId })) as [Take, Take];
    await this.limits.consumeEach([tried, changed]);
    try {
      await change();
    } catch (error) {
      await this.limits.giveBack(changed.rule, changed.caller);
      throw error;
    }
  }
}

function refuseTaken(error: unknown): never {
  if (violates(error, 'uq_users_tenant_id_email')) throw EmailTaken();
  if (violates(error, 'uq_users_tenant_id_username')) throw UsernameTaken();
  throw error;
}
