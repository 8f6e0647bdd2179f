import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Presence, type Status } from 'src/core/realtime/presence';
import { Streams } from 'src/core/streams/streams';
import { BlocksRepository } from 'src/modules/users/blocks.repository';
import { toPresenceView, type PresenceView } from 'src/modules/users/presence.dto';
import { maySeePresence, maySeeProfile, type Relation } from 'src/modules/users/privacy.policy';
import { toPublicProfileView, type PublicProfileView, type SetStatus } from 'src/modules/users/profiles.dto';
import { RelationsRepository } from 'src/modules/users/relations.repository';
import { toProfileView, type ProfileView, type UpdateProfile } from 'src/modules/users/users.dto';
import { UserNotFound } from 'src/modules/users/users.errors';
import { UsersRepository } from 'src/modules/users/users.repository';
import { UsersService } from 'src/modules/users/users.service';

/** To himself everybody is a contact. */
const SELF: Relation = { blocked: false, acquainted: true, contact: true };

/** Profiles, as their owners and as others see them. */
@Injectable()
export class ProfilesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersService,
    private readonly rows: UsersRepository,
    private readonly relations: RelationsRepository,
    private readonly blocks: BlocksRepository,
    private readonly presence: Presence,
    private readonly streams: Streams,
  ) {}

  async own(userId: string): Promise<ProfileView> {
    const [user, connected] = await Promise.all([this.users.get(userId), this.connected(userId)]);
    return toProfileView(user, connected);
  }

  async update(userId: string, change: UpdateProfile): Promise<ProfileView> {
    return toProfileView(await this.users.update(userId, change), await this.connected(userId));
  }

  /** Changes what is given. */
  async setStatus(userId: string, { status, status_message: statusMessage }: SetStatus): Promise<ProfileView> {
    await this.db.tx(async () => {
      if (!(await this.rows.updateGiven(userId, { chosenStatus: status, statusMessage }))) return;
      if (status) await this.bus.publish('user.presence_changed', { user_id: userId });
      await this.streams.append(userId, 'account_changed', { part: 'profile' });
    });
    return this.own(userId);
  }

  /** Somebody as the viewer may see him. Throws `user.not_found`, for who hides or is blocked too. */
  async of(viewerId: string, userId: string): Promise<PublicProfileView> {
    const user = await this.users.get(userId);
    const relation = viewerId === userId ? SELF : (await this.relations.of(viewerId, [userId])).get(userId)!;
    if (!user.isActive || !maySeeProfile(user, relation)) throw UserNotFound({ user_id: userId });
    return toPublicProfileView(user, relation, await this.connected(userId));
  }

  /** Those of the users whose profile the viewer may see. */
  async visible(viewerId: string, userIds: string[]): Promise<Set<string>> {
    const users = await this.users.activeByIds(userIds);
    const relations = await this.relations.of(viewerId, [...users.keys()]);
    const seen = [...users.values()].filter(
      (user) => user.id === viewerId || maySeeProfile(user, relations.get(user.id)!),
    );
    return new Set(seen.map(({ id }) => id));
  }

  /** Whether somebody is there, as one who shares a chat with him may see it; undefined if he does not. */
  async presenceFor(viewerId: string, userId: string): Promise<PresenceView | undefined> {
    const relation = (await this.relations.of(viewerId, [userId])).get(userId)!;
    if (!relation.acquainted) return undefined;
    const user = await this.users.get(userId);
    return toPresenceView(user, await this.connected(userId), maySeePresence(user, relation));
  }

  /** Whether each of them is there, as one who shares a chat with all of them may see it: as many queries for many as for one. */
  async presencesFor(viewerId: string, userIds: string[]): Promise<Map<string, PresenceView>> {
    if (!userIds.length) return new Map();
    const [users, blocked, owners, connected] = await Promise.all([
      this.rows.byIds(userIds),
      this.blocks.between(viewerId, userIds),
      this.relations.havingAsContact(viewerId, userIds),
      this.presence.statuses(userIds),
    ]);
    return new Map(
      users.map((user) => {
        const relation =
          user.id === viewerId
            ? SELF
            : { acquainted: true, blocked: blocked.has(user.id), contact: owners.has(user.id) };
        return [user.id, toPresenceView(user, connected.get(user.id)!, maySeePresence(user, relation))];
      }),
    );
  }

  private async connected(userId: string): Promise<Status> {
    return (await this.presence.statuses([userId])).get(userId)!;
  }
}
