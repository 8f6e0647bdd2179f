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
import { ParticipantsRepository, type Standing } from 'src/modules/chats/participants.repository';

interface Member {
  userId: string;
  role: ParticipantRole;
}

/**
 * The one place where people come into groups and go: under the chat's lock, so that nobody comes in above the limit or speaks
 * after he has gone. Who may do it is for the callers to know. All of it needs the open transaction.
 */
@Injectable()
export class MembershipService {
  constructor(
    private readonly bus: Bus,
    private readonly log: ChatLog,
    private readonly streams: Streams,
    private readonly realtime: Realtime,
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

  /** Takes people into a locked chat of `count` participants; the ids of those who are new. Throws `chat.full`. */
  async admit(chatId: number, count: number, userIds: string[]): Promise<string[]> {
    const added = await this.participants.add(
      chatId,
      userIds.map((userId) => ({ userId, role: 'member' as const })),
    );
    if (!added.length) return [];
    const limit = this.env.CHAT_MAX_PARTICIPANTS;
    if (count + added.length > limit) throw ChatFull({ chat_id: chatId, limit });
    await this.log.append(chatId, { type: 'participant_added', data: { user_ids: added } });
    await this.bus.publish('chat.joined', { chat_id: chatId, user_ids: added });
    return added;
  }

  /** Lets somebody go from a locked group. If he owned it, another does; the last one takes the group with him. */
  async dismiss(chatId: number, member: Member, why: 'left' | 'removed'): Promise<void> {
    await this.release(chatId, member, why === 'removed');
    await this.part(chatId, [member.userId], why);
  }

  /** Takes everybody out of a locked group, which goes with all that was said in it. */
  async dissolve(chatId: number): Promise<void> {
    const userIds = (await this.participants.others(chatId)).map(({ userId }) => userId);
    await this.participants.remove(chatId, userIds, { wasRemoved: false });
    await this.bus.publish('chat.left', { chat_id: chatId, user_ids: userIds });
    await this.part(chatId, userIds, 'deleted');
    await this.bus.publish('chat.deserted', { chat_id: chatId });
  }

  /** Lets somebody go whose account is erased, without a trace. */
  async forget(chatId: number, userId: string): Promise<void> {
    await this.log.lock([chatId]);
    const standing = await this.participants.standing(userId, chatId);
    if (standing) await this.release(chatId, { userId, role: standing.role }, false);
    await this.participants.erase(chatId, userId);
  }

  async setRole(chatId: number, userId: string, role: ParticipantRole): Promise<void> {
    await this.participants.setRole(chatId, userId, role);
    await this.log.append(chatId, { type: 'participant_updated', userId });
  }

  private async release(chatId: number, { userId, role }: Member, wasRemoved: boolean) {
    const heirs = await this.participants.others(chatId, userId);
    await this.participants.remove(chatId, [userId], { wasRemoved });
    const heir = role === 'owner' ? heirOf(heirs) : undefined;
    if (heir !== undefined) await this.setRole(chatId, heir, 'owner');
    await this.log.append(chatId, { type: 'participant_removed', userId });
    await this.bus.publish('chat.left', { chat_id: chatId, user_ids: [userId] });
    if (!heirs.length) await this.bus.publish('chat.deserted', { chat_id: chatId });
  }

  /**
   * Takes the chat away from those who have just gone: their connections leave its room, on all nodes, before the commit, so that
   * nothing that is said after it can reach them; and again after it (by the fact), for connections made meanwhile.
   */
  private async part(chatId: number, userIds: string[], reason: 'left' | 'removed' | 'deleted') {
    await this.streams.append(userIds, 'chat_removed', { chat_id: chatId, reason });
    userIds.forEach((userId) => this.realtime.leave(userId, room('chat', chatId)));
  }
}
