import { Injectable } from '@nestjs/common';
import { AppError } from 'src/core/errors/app-error';
import { MessageNotForwardable, MessageNotFound } from 'src/modules/chats/chats.errors';
import type { ContentRow } from 'src/modules/chats/contents.repository';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import type { NewMessage } from 'src/modules/chats/messages.repository';
import { readText } from 'src/modules/chats/texts';
import type { FileView } from 'src/modules/files/files.dto';
import { FilesService } from 'src/modules/files/files.service';

/** A message that is to pass on another. */
interface Carrier {
  chatId: number;
  senderId: string;
  forwardOf: number | null;
}

/** What a message says that passes on another. Whom that named, it does not name: its words are not said to them. */
export type Passed = Pick<NewMessage, 'content' | 'messageType' | 'metadata' | 'fileId' | 'terms' | 'links'>;

/** Types that are nothing without their file. */
const OF_FILES = new Set(['image', 'video', 'audio', 'file']);

/** What messages say that pass on others: what their senders may read as they are sent. */
@Injectable()
export class ForwardsService {
  constructor(
    private readonly access: MessageAccess,
    private readonly media: MessageMediaService,
    private readonly files: FilesService,
  ) {}

  /**
   * What each draft says that passes on a message, or why it can't: `message.not_found`, `message.not_forwardable`, `file.not_found`.
   * Within the transaction that stores them, to whose end the files stay. No statement if there is none.
   */
  async of<Draft extends Carrier>(drafts: Draft[]): Promise<Map<Draft, Passed | AppError>> {
    const forwards = drafts.filter(({ forwardOf }) => forwardOf !== null);
    if (!forwards.length) return new Map();
    const sources = await Promise.all(forwards.map((draft) => this.source(draft.senderId, draft.forwardOf!)));
    const files = await this.filesOf(sources);
    const passed = ({ chatId }: Draft, source: ContentRow | AppError): Passed | AppError => {
      if (source instanceof AppError) return source;
      const { content, messageType, metadata, fileId } = source;
      const file = files.get(fileId);
      if (file instanceof AppError) return file;
      const { terms, links } = readText(chatId, content, metadata, file?.file_name);
      return { content, messageType, metadata, fileId, terms, links };
    };
    return new Map(forwards.map((draft, index) => [draft, passed(draft, sources[index]!)]));
  }

  /** By their ids. Whoever reads a message may read its file, whosever that is. */
  private async filesOf(sources: (ContentRow | AppError)[]): Promise<Map<number | null, FileView | AppError>> {
    const ids = sources.flatMap((source) => (source instanceof AppError ? [] : (source.fileId ?? [])));
    const files = await this.files.shareable(ids);
    return new Map(ids.map((id, index) => [id, files[index]!]));
  }

  /** The message as the user may read it now. */
  private async source(userId: string, messageId: number): Promise<ContentRow | AppError> {
    try {
      const message = await this.access.read(userId, messageId);
      if (message.isDeleted) return MessageNotFound({ message_id: messageId });
      return this.isForwardable(message) ? message : MessageNotForwardable({ message_id: messageId });
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  private isForwardable({ messageType, metadata, fileId }: ContentRow): boolean {
    if (messageType === 'system' || (metadata && 'share_id' in metadata)) return false;
    if (OF_FILES.has(messageType) && fileId === null) return false;
    // at a host that is not trusted any more
    return !(metadata && 'url' in metadata && messageType === 'gif' && this.media.wrongUrl(metadata));
  }
}
