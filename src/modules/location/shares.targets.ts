import { Injectable } from '@nestjs/common';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { ShareTargetUnknown, ShareWithSelf } from 'src/modules/location/location.errors';
import type { CreateShare } from 'src/modules/location/shares.dto';
import type { Audience } from 'src/modules/location/shares.entities';
import { BlocksService } from 'src/modules/users/blocks.service';
import { UsersService } from 'src/modules/users/users.service';

export interface Target {
  audience: Audience;
  targetUserId: string | null;
  chatId: number | null;
}

/** Whom a user may let see his position. */
@Injectable()
export class ShareTargets {
  constructor(
    private readonly users: UsersService,
    private readonly blocks: BlocksService,
    private readonly chats: ChatsService,
    private readonly log: ChatLog,
  ) {}

  /** Throws `location.share_with_self`, `location.share_target_unknown`, `chat.not_found`. */
  async of(userId: string, { audience, target_user_id: target, chat_id: chatId }: CreateShare): Promise<Target> {
    if (target != null) {
      await this.person(userId, target);
      return { audience: 'user', targetUserId: target, chatId: null };
    }
    if (chatId != null) {
      await this.chats.access(userId, chatId);
      return { audience: 'chat', targetUserId: null, chatId };
    }
    return { audience: audience!, targetUserId: null, chatId: null };
  }

  /**
   * Holds the user in the chat to the end of the open transaction, by the lock that leaving takes, and with the other by the one that
   * blocking takes: whoever leaves or blocks later finds what he has begun to share there. Throws as `of` does.
   */
  async hold(userId: string, { chatId, targetUserId }: Pick<Target, 'chatId' | 'targetUserId'>): Promise<void> {
    if (targetUserId !== null) {
      await this.blocks.hold(userId, targetUserId);
      await this.person(userId, targetUserId);
    }
    if (chatId === null) return;
    await this.log.lock([chatId]);
    await this.chats.access(userId, chatId);
  }

  /** Is the chat, or somebody in it, let in by a share; or are all contacts? */
  async isIn(chatId: number, share: { audience: Audience; target_user_id: string | null; chat_id: number | null }) {
    if (share.target_user_id === null) return share.chat_id === chatId || share.audience === 'contacts';
    return (await this.chats.participantIds(chatId, [share.target_user_id])).length > 0;
  }

  /** Throws unless the other is somebody the user can have to do with. */
  async person(userId: string, otherId: string): Promise<void> {
    if (otherId === userId) throw ShareWithSelf();
    const known = (await this.users.activeByIds([otherId])).has(otherId);
    if (!known || (await this.blocks.blockedBetween(userId, [otherId])).size)
      throw ShareTargetUnknown({ user_id: otherId });
  }
}
