import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { MessageNotYours } from 'src/modules/chats/chats.errors';
import { ContentsRepository } from 'src/modules/chats/contents.repository';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessageSharesService } from 'src/modules/chats/message-shares.service';
import { FilesService } from 'src/modules/files/files.service';

/** Deletes messages for everybody. */
@Injectable()
export class DeletionsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly log: ChatLog,
    private readonly access: MessageAccess,
    private readonly contents: ContentsRepository,
    private readonly files: FilesService,
    private readonly shares: MessageSharesService,
  ) {}

  /**
   * Leaves a tombstone for everybody: what the message said, before it was edited too, and how it was answered are gone; a share
   * of a position that it stood for ends. Senders may, whenever and even in a chat that is closed to them; so may those who govern a
   * group. Safe to repeat.
   */
  async forAll(user: Principal, messageId: number): Promise<void> {
    await this.db.tx(async () => {
      const message = await this.access.lock(user.userId, messageId);
      const governs = message.chatType === 'group' && message.role !== 'member';
      const isNotice = message.messageType === 'system'; // nobody’s words, but what was
      if (isNotice || (message.senderId !== user.userId && !governs)) throw MessageNotYours({ message_id: messageId });
      if (message.isDeleted) return;
      await this.erase(message.chatId, messageId, user.userId);
    });
  }

  /** The same for a moderator of the whole system, who need not take part. */
  async byModerator(messageId: number): Promise<void> {
    await this.db.tx(async () => {
      const chatId = await this.contents.chatHolding(messageId);
      if (chatId === undefined) return;
      await this.log.lock([chatId]);
      if ((await this.contents.chatHolding(messageId)) === undefined) return;
      await this.erase(chatId, messageId, null);
    });
  }

  private async erase(chatId: number, messageId: number, byId: string | null) {
    const cargo = await this.contents.erase(messageId);
    if (cargo.fileId !== null) await this.files.release([cargo.fileId]);
    await this.shares.end(cargo, cargo.senderId === byId);
    await this.log.append(chatId, { type: 'message_deleted', messageId });
    await this.bus.publish('message.deleted', { message_id: messageId, chat_id: chatId });
  }
}
