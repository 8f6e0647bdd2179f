import { Injectable } from '@nestjs/common';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ContentsRepository, type ContentRow } from 'src/modules/chats/contents.repository';
import { addressedIn } from 'src/modules/chats/mentions';
import { MentionsService } from 'src/modules/chats/mentions.service';
import { MessageFilesService } from 'src/modules/chats/message-files.service';
import { readText } from 'src/modules/chats/texts';

/** Gives messages other words, with all that is read out of them: what finds them, links, and whom they name. */
@Injectable()
export class RewritingService {
  constructor(
    private readonly log: ChatLog,
    private readonly contents: ContentsRepository,
    private readonly mentions: MentionsService,
    private readonly files: MessageFilesService,
  ) {}

  /** Within the transaction that holds the chat's lock. */
  async rewrite(
    { id, chatId, senderId, metadata, fileId, content: before }: ContentRow,
    content: string,
  ): Promise<void> {
    const { terms, links, addressed } = readText(chatId, content, metadata, await this.files.nameOf(fileId));
    await this.contents.edit(id, content, terms, links);
    await this.mentions.replace(id, { chatId, senderId, addressed }, addressedIn(before ?? ''));
    await this.log.append(chatId, { type: 'message_updated', messageId: id });
  }
}
