import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { Bus } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { Streams } from 'src/core/streams/streams';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import type { ParticipantRole } from 'src/modules/chats/chats.entities';
import { ChatFull, ChatNotFound, NotAGroup } from 'src/modules/chats/chats.errors';
import { heirOf } from 'src/modules/chats/chats.policy';
import { NoticesService } from 'src/modules/chats/notices.service';
import { ParticipantsRepository, type Standing } from 'src/modules/chats/participants.repository';

interface Member {
  userId: string;
  role: ParticipantRole;
}

/**
 * The one place where people come into groups and go: under the chat's lock, so that nobody comes in above the limit or speaks
 * after he has gone; and where the chat is told of it. Who may do it is for the callers to know. All of it needs the open transaction.
 */
@Injectable()
export class MembershipService {
  constructor(
    private readonly bus: Bus,
    private readonly log: ChatLog,
    private readonly streams: Streams,
    private readonly realtime: Realtime,
    private readonly notices: NoticesService,
    private readonly participants: ParticipantsRepository,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** How the user stands in the group, which is locked; strangers are told that it does not exist. Throws `chat.not_a_group`. */
  async standing(userId: string, chatId: number): Promise<Standing> {
    await this.log.lock([chatId]);
    const standing = await this.participants.standing(userId, chatId);
    if (!standing) throw ChatNotFound({ chat_id: chatId });
    if (standing.chatType !== 'group') throw NotAGroup({ chat_id: chatId });
    return standing;
  }

  /** How many take part in the chat, which is locked. */
  async lockedCount(chatId: number): Promise<number> {
    await this.log.lock([chatId]);
    return this.participants.count(chatId);
  }

  /**
   * Takes people into a locked chat of `count` participants; the ids of those who are new. Who does it is in the chat, or comes by
   * himself. Throws `chat.full`.
   */
  async admit(chatId: number, count: number, userIds: string[], actorId: string): Promise<string[]> {
    const added = await this.participants.add(
      chatId,
      userIds.map((userId) => ({ userId, role: 'member' as const })),
    );
    if (!added.length) return [];
    const limit = this.env.CHAT_MAX_PARTICIPANTS;
    if (count + added.length > limit) throw ChatFull({ chat_id: chatId, limit });
    await this.log.append(chatId, { type: 'participant_added', data: { user_ids: added } });
    await this.bus.publish('chat.joined', { chat_id: chatId, user_ids: added });
    const comes = added.includes(actorId);
    await this.notices.say(chatId, {
      actor_id: actorId,
      ...(comes ? { event: 'member_joined' } : { event: 'members_added', user_ids: added }),
    });
    return added;
  }

  /** Lets somebody go from a locked group, or puts him out. If he owned it, another does; the last one takes the group with him. */
  async dismiss(chatId: number, member: Member, actorId: string): Promise<void> {
    const wasRemoved = actorId !== member.userId;
    await this.release(chatId, member, actorId, wasRemoved);
    await this.part(chatId, [member.userId], wasRemoved ? 'removed' : 'left');
  }

  /** Takes everybody out of a locked group, which goes with all that was said in it. */
  async dissolve(chatId: number): Promise<void> {
    const userIds = (await this.participants.others(chatId)).map(({ userId }) => userId);
    await this.participants.remove(chatId, userIds, { wasRemoved: false });
    await this.bus.publish('chat.left', { chat_id: chatId, user_ids: userIds });
    await this.part(chatId, userIds, 'deleted');
    await this.bus.publish('chat.deserted', { chat_id: chatId });
  }

  /** Lets somebody go whose account is erased; the chat is told that his stand-in has left. */
  async forget(chatId: number, userId: string, standInId: string): Promise<void> {
    await this.log.lock([chatId]);
    const standing = await this.participants.standing(userId, chatId);
    if (standing) await this.release(chatId, { userId, role: standing.role }, standInId, false);
    await this.participants.erase(chatId, userId);
  }

  /** Makes somebody an admin, or a member, of a locked group. */
  async setRole(chatId: number, userId: string, role: 'admin' | 'member', actorId: string): Promise<void> {
    await this.assign(chatId, userId, role);
    await this.notices.say(chatId, { event: 'role_changed', actor_id: actorId, user_ids: [userId], role });
  }

  /** Hands a locked group over; who owned it becomes an admin. */
  async handOver(chatId: number, fromId: string, toId: string): Promise<void> {
    await this.assign(chatId, fromId, 'admin');
    await this.inherit(chatId, toId, fromId);
  }

  private async inherit(chatId: number, userId: string, actorId: string) {
    await this.assign(chatId, userId, 'owner');
    await this.notices.say(chatId, { event: 'owner_changed', actor_id: actorId, user_ids: [userId] });
  }

  private async assign(chatId: number, userId: string, role: ParticipantRole) {
    await this.participants.setRole(chatId, userId, role);
    await this.log.append(chatId, { type: 'participant_updated', userId });
  }

  private async release(chatId: number, { userId, role }: Member, actorId: string, wasRemoved: boolean) {
    const heirs = await this.participants.others(chatId, userId);
    await this.participants.remove(chatId, [userId], { wasRemoved });
    await this.log.append(chatId, { type: 'participant_removed', userId });
    await this.bus.publish('chat.left', { chat_id: chatId, user_ids: [userId] });
    if (!heirs.length) return this.bus.publish('chat.deserted', { chat_id: chatId });
    await this.notices.say(chatId, {
      actor_id: actorId,
      ...(wasRemoved ? { event: 'member_removed', user_ids: [userId] } : { event: 'member_left' }),
    });
    const heir = role === 'owner' ? heirOf(heirs) : undefined;
    if (heir !== undefined) await this.inherit(chatId, heir, actorId);
  }

  /**
   * Takes the chat away from those who have just gone: their connections leave its room, on all nodes, before the commit, so that
   * nothing that is said after it can reach them; and again after it (by the fact), for connections made meanwhile. Those who stay, for
   * it did not commit, are put into the room again by `ChatRooms` within 20 s, and told to sync.
   */
  private async part(chatId: number, userIds: string[], reason: 'left' | 'removed' | 'deleted') {
    await this.streams.append(userIds, 'chat_removed', { chat_id: chatId, reason });
    userIds.forEach((userId) => this.realtime.leave(userId, room('chat', chatId)));
  }
}
