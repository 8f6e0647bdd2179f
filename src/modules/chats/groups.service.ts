import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { portions } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import type { ChatDetailView, UpdateChat } from 'src/modules/chats/chats.dto';
import { mayEdit, mayGovern } from 'src/modules/chats/chats.policy';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MembershipService } from 'src/modules/chats/membership.service';
import { groupOf } from 'src/modules/chats/message-notes';
import { NoticesService } from 'src/modules/chats/notices.service';
import { PushService } from 'src/modules/push/push.service';

const PEOPLE_AT_ONCE = 100;

/** What groups are called, what holds in them, and their end. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly access: ChatsService,
    private readonly membership: MembershipService,
    private readonly notices: NoticesService,
    private readonly chats: ChatsRepository,
    private readonly push: PushService,
  ) {}

  /** Changes what is given. Throws `chat.not_found`, `chat.not_a_group`, or `auth.forbidden` for what the group's settings don't let him. */
  async update(user: Principal, chatId: number, { settings, ...shown }: UpdateChat): Promise<ChatDetailView> {
    await this.db.tx(async () => {
      const standing = await this.membership.standing(user.userId, chatId);
      if (Object.values(shown).some((value) => value !== undefined) && !mayEdit(standing, standing.role))
        throw Forbidden();
      if (settings && !mayGovern(standing, standing.role)) throw Forbidden();
      const before = await this.chats.groupName(chatId);
      const changed = await this.chats.update(chatId, {
        ...shown,
        whoMayPost: settings?.who_may_post,
        whoMayAdd: settings?.who_may_add,
        whoMayEdit: settings?.who_may_edit,
        slowModeSeconds: settings?.slow_mode_seconds,
      });
      if (changed) await this.log.append(chatId, { type: 'chat_updated' });
      const { name = before } = shown;
      if (name !== before && name !== null)
        await this.notices.say(chatId, { event: 'name_changed', actor_id: user.userId, name });
    });
    return this.access.get(user, chatId);
  }

  /** Ends a group for everybody, with all that was said in it. Only its owner may. */
  async dissolve({ userId }: Principal, chatId: number): Promise<void> {
    await this.db.tx(async () => {
      const { role } = await this.membership.standing(userId, chatId);
      if (role !== 'owner') throw Forbidden();
      await this.membership.dissolve(chatId);
    });
  }

  /** Deletes a chat that nobody is in any more, with its messages and what was told of them; safe to repeat. */
  async purge(chatId: number): Promise<void> {
    if ((await this.chats.participantIds(chatId)).length) return;
    for (const some of portions(await this.chats.everIds(chatId), PEOPLE_AT_ONCE))
      await this.push.retractGroup(some, groupOf(chatId));
    await this.chats.purge(chatId);
  }
}
