import { Injectable } from '@nestjs/common';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatClosed, MessageDeleted, MessageNotFound, PostingNotAllowed } from 'src/modules/chats/chats.errors';
import { mayPost } from 'src/modules/chats/chats.policy';
import { ContentsRepository, type ContentRow } from 'src/modules/chats/contents.repository';
import { BlocksService } from 'src/modules/users/blocks.service';

/** The only way to a message on a user's behalf; a stranger, and whoever has deleted it for himself, is told that it does not exist. */
@Injectable()
export class MessageAccess {
  constructor(
    private readonly log: ChatLog,
    private readonly contents: ContentsRepository,
    private readonly blocks: BlocksService,
  ) {}

  /** To look at it; it may be a tombstone. Throws `message.not_found`. */
  async read(userId: string, messageId: number): Promise<ContentRow> {
    const message = await this.contents.ofUser(userId, messageId);
    if (!message) throw MessageNotFound({ message_id: messageId });
    return message;
  }

  /** Whether he may look at it. */
  async isSeen(userId: string, messageId: number): Promise<boolean> {
    return (await this.contents.ofUser(userId, messageId)) !== undefined;
  }

  /**
   * To remove something: locks its chat to the end of the transaction, so that what is read here holds until then. Throws
   * `message.not_found`.
   */
  async lock(userId: string, messageId: number): Promise<ContentRow> {
    const { chatId } = await this.read(userId, messageId);
    await this.log.lock([chatId]);
    return this.read(userId, messageId);
  }

  /** To say something by it: as `lock`, and throws `message.deleted`, and `chat.closed` where the user could not send either. */
  async change(userId: string, messageId: number): Promise<ContentRow> {
    const message = await this.lock(userId, messageId);
    if (message.isDeleted) throw MessageDeleted({ message_id: messageId });
    if (message.pair && (await this.blocks.parted([message.pair])).length)
      throw ChatClosed({ chat_id: message.chatId });
    return message;
  }

  /**
   * To say something else by it: as `change`, and throws `chat.posting_not_allowed` where the user could not write it anew. To
   * react is no writing.
   */
  async rewrite(userId: string, messageId: number): Promise<ContentRow> {
    const message = await this.change(userId, messageId);
    if (!mayPost(message, message.role)) throw PostingNotAllowed({ chat_id: message.chatId });
    return message;
  }
}
