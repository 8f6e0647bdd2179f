import { Injectable } from '@nestjs/common';
import { portions } from 'src/core/collections/collections';
import { Presence, type StatusChange } from 'src/core/realtime/presence';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { ChatsService } from 'src/modules/chats/chats.service';
import { BlocksService } from 'src/modules/users/blocks.service';
import { toPresenceView } from 'src/modules/users/presence.dto';
import { PrivacyService } from 'src/modules/users/privacy.service';
import { ProfilesService } from 'src/modules/users/profiles.service';
import type { User } from 'src/modules/users/users.entities';
import { toPersonView } from 'src/modules/users/users.dto';
import { UsersService } from 'src/modules/users/users.service';

const PEOPLE_AT_ONCE = 500;
const DAY_MS = 86_400_000;

/** Tells those who share a chat with somebody who he is, and whether he is there, as far as he lets them see it. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly users: UsersService,
    private readonly profiles: ProfilesService,
    private readonly privacy: PrivacyService,
    private readonly blocks: BlocksService,
    private readonly chats: ChatsService,
    private readonly presence: Presence,
    private readonly realtime: Realtime,
  ) {}

  /** Connections have come and gone: who hides whether he is there goes on hiding. */
  async changed(changes: StatusChange[]) {
    await this.users.markSeen(changes.filter(({ status }) => status === 'offline').map(({ userId }) => userId));
    const users = [...(await this.users.byIds(changes.map(({ userId }) => userId))).values()];
    await this.tell(
      users.filter((user) => user.chosenStatus !== 'offline' && user.lastSeenFor !== 'nobody'),
      { hiding: false },
    );
  }

  /** Tells how the users are to be shown now; who hides is shown as offline, also to those alone from whom he hides. */
  async announce(userIds: string[]) {
    await this.tell([...(await this.users.byIds(userIds)).values()], { hiding: true });
  }

  /** Tells whom somebody has made his contact by his answer how he is to be shown to him now. */
  async answered(chatId: number, userId: string) {
    for (const other of await this.chats.participantIds(chatId))
      if (other !== userId) await this.introduce(userId, other);
  }

  /**
   * Tells the connections of this node how those are to be shown now who may be shown otherwise there: all who hide, for that they are
   * here must not show, and of the others those who are here, or were within a day.
   */
  async announceHere(): Promise<void> {
    const told = new Set<string>();
    await this.realtime.forAllHere(async (connections) => {
      const around = await this.chats.peopleAround([...new Set(connections.map(({ user }) => user.userId))]);
      const untold = around.filter((id) => !told.has(id));
      for (const some of portions(untold, PEOPLE_AT_ONCE)) {
        const [users, statuses] = await Promise.all([this.users.byIds(some), this.presence.knownStatuses(some)]);
        const seenAfter = Date.now() - DAY_MS;
        const news = [...users.values()].filter(
          (user) => hides(user) || statuses.get(user.id) !== 'offline' || (user.lastSeen?.getTime() ?? 0) > seenAfter,
        );
        await this.tell(news, { hiding: true, here: true });
        some.forEach((id) => told.add(id));
      }
    });
  }

  /** Tells each of two who share a chat how the other is to be shown to him now: as offline, if one has blocked the other. */
  async introduce(one: string, other: string) {
    for (const [viewerId, userId] of [
      [one, other],
      [other, one],
    ] as const) {
      const view = await this.profiles.presenceFor(viewerId, userId);
      if (view) this.realtime.toUser(viewerId, 'user_status', { user_id: userId, ...view });
    }
  }

  /** Tells the users, and those who share a chat with them, what they are called now and what their pictures are. */
  async reintroduce(userIds: string[]) {
    const [users, chats] = await Promise.all([this.users.byIds(userIds), this.chats.chatIdsOfUsers(userIds)]);
    for (const user of users.values()) {
      const chatRooms = (chats.get(user.id) ?? []).map((id) => room('chat', id));
      this.realtime.toRooms([room('user', user.id), ...chatRooms], 'user_updated', toPersonView(user));
    }
  }

  /**
   * To the rooms of their chats, so that it costs one packet a user, however many are in them; of who shows himself to his contacts
   * alone to those, and to the others, if they are to be told that he hides, that he is offline. `here`: only those at this node.
   */
  private async tell(users: User[], { hiding, here = false }: { hiding: boolean; here?: boolean }) {
    if (!users.length) return;
    const userIds = users.map(({ id }) => id);
    const choosy = users.filter(({ lastSeenFor }) => lastSeenFor === 'contacts').map(({ id }) => id);
    const [chats, blocked, statuses, contacts] = await Promise.all([
      this.chats.chatIdsOfUsers(userIds),
      this.blocks.allOf(userIds),
      here ? this.presence.knownStatuses(userIds) : this.presence.statuses(userIds),
      choosy.length ? this.privacy.contactsOf(choosy) : new Map<string, string[]>(),
    ]);
    const send = this.realtime[here ? 'toRoomsHere' : 'toRooms'].bind(this.realtime);
    for (const user of users) {
      const shown = (isShown: boolean) => ({
        user_id: user.id,
        ...toPresenceView(user, statuses.get(user.id)!, isShown),
      });
      const rooms = (chats.get(user.id) ?? []).map((id) => room('chat', id));
      const parted = blocked.get(user.id) ?? [];
      if (user.lastSeenFor !== 'contacts') {
        send(rooms, 'user_status', shown(user.lastSeenFor === 'everyone'), [user.id, ...parted]);
        continue;
      }
      const known = (contacts.get(user.id) ?? []).filter((id) => !parted.includes(id));
      if (hiding) send(rooms, 'user_status', shown(false), [user.id, ...parted, ...known]);
      const theirs = known.map((id) => room('user', id));
      send(theirs, 'user_status', shown(true), []);
    }
  }
}

/** From some or all it does not show whether he is there. */
const hides = ({ chosenStatus, lastSeenFor }: User) => chosenStatus === 'offline' || lastSeenFor !== 'everyone';
