import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { AppError } from 'src/core/errors/app-error';
import type { Erasure } from 'src/core/personal-data/personal-data';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { WrongFile } from 'src/modules/chats/chats.errors';
import { MessageFilesRepository } from 'src/modules/chats/message-files.repository';
import { fits, type MessageType } from 'src/modules/chats/message-types';
import { LetsReadFiles, PassesFilesOn, UsesFiles } from 'src/modules/files/file-uses.service';
import type { FileView } from 'src/modules/files/files.dto';
import { FilesService } from 'src/modules/files/files.service';

const AT_ONCE = 200;

/** A message that is to carry a file. */
export interface Carrier {
  senderId: string;
  fileId: number | null;
  messageType: MessageType;
}

/** What messages have to do with files: who reads a message may read its file, and while there is one its file stays. */
@Injectable()
export class MessageFilesService {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly files: FilesService,
    private readonly messages: MessageFilesRepository,
  ) {}

  /** The file of each draft that has one, or why it can't have it; to the end of the transaction the files stay. */
  async of<Draft extends Carrier>(drafts: Draft[]): Promise<Map<Draft, FileView | AppError>> {
    const carriers = drafts.filter((draft) => draft.fileId !== null);
    const files = await this.files.attachable(
      carriers.map(({ senderId: ownerId, fileId }) => ({ ownerId, fileId: fileId! })),
    );
    const found = new Map<Draft, FileView | AppError>();
    carriers.forEach((draft, index) => {
      const { messageType } = draft;
      const file = files[index]!;
      const wrong = !(file instanceof AppError) && !fits(messageType, file);
      found.set(draft, wrong ? WrongFile({ message_type: messageType, content_type: file.content_type }) : file);
    });
    return found;
  }

  /** What a file is called, for finding its message by it; nothing of none. */
  async nameOf(fileId: number | null): Promise<string> {
    return fileId === null ? '' : ((await this.files.views([fileId])).get(fileId)?.file_name ?? '');
  }

  @LetsReadFiles('chats')
  readable(userId: string, fileIds: number[]): Promise<number[]> {
    return this.messages.readable(userId, fileIds);
  }

  @UsesFiles('chats')
  used(fileIds: number[]): Promise<number[]> {
    return this.messages.used(fileIds);
  }

  /** By which he who reads it is not to learn where it was first: not in which chat, nor by whom. */
  @PassesFilesOn('chats')
  passedOn(fileIds: number[]): Promise<number[]> {
    return this.messages.passedOn(fileIds);
  }

  /**
   * Somebody goes for good: what he sent, others keep, but what he took back and only others pass on goes. His messages may be the
   * stand-in's already.
   */
  async recall({ userId, standInId }: Erasure): Promise<void> {
    for (let left = AT_ONCE; left === AT_ONCE;) {
      const ids = await this.messages.onlyWithOthers(userId, [userId, standInId], AT_ONCE);
      for (const id of ids) await this.files.discard(id);
      left = ids.length;
    }
  }

  /**
   * Its owner took a file back, or a worker has made a preview of it: everybody in the chats where it stands is told what the messages
   * look like now, once, however often this is asked.
   */
  async changed(fileId: number, file: 'deleted' | 'processed'): Promise<void> {
    for (const { id, chatId, seq } of await this.messages.carrying(fileId))
      await this.db.tx(async () => {
        await this.log.lock([chatId]);
        if (!(await this.messages.wasTold({ id, chatId, seq }, file)))
          await this.log.append(chatId, { type: 'message_updated', messageId: id, data: { file } });
      });
  }
}
