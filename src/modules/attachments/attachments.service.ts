import { Injectable } from '@nestjs/common';
import { currentContext, type Principal } from 'src/core/context/context';
import { validate } from 'src/core/fields/validate';
import type { IncomingFile } from 'src/core/http/multipart';
import { UploadFields, type UploadedView } from 'src/modules/attachments/attachments.dto';
import { ChatsService } from 'src/modules/chats/chats.service';
import { SendMessage } from 'src/modules/chats/messages.dto';
import { SendingService } from 'src/modules/chats/sending.service';
import type { FileView } from 'src/modules/files/files.dto';
import { UploadsService, type Destination } from 'src/modules/files/uploads.service';

/** A body whose fields are known before its first file is. */
export type Body = (onFields: (fields: Record<string, string>) => Promise<void>) => AsyncIterable<IncomingFile>;

/** Uploads, and the messages that carry them. */
@Injectable()
export class AttachmentsService {
  constructor(
    private readonly uploads: UploadsService,
    private readonly chats: ChatsService,
    private readonly sending: SendingService,
  ) {}

  /**
   * Takes one file in, and sends it to a chat if one is given: whether the caller takes part in it, and what he says with the file,
   * is checked before a byte is stored. Sent again under the same client id, it makes neither a second file nor a second message.
   */
  async upload(user: Principal, clientId: string | undefined, body: Body): Promise<UploadedView> {
    const destination: Destination = { ownerId: user.userId, folder: `chat-files/${user.userId}`, clientId };
    let fields: UploadFields = {};
    const files = body(async (given) => {
      fields = validate(UploadFields, given, currentContext().language);
      destination.clientId ??= fields.client_id;
      destination.waveform = fields.waveform;
      if (fields.chat_id === undefined) return;
      messageOf(fields, { id: 1, message_type: 'file' });
      await this.chats.access(user.userId, fields.chat_id);
      destination.folder = `chat-files/${fields.chat_id}`;
    });
    const [file] = (await this.uploads.take(destination, files)) as [FileView];
    if (fields.chat_id === undefined) return { ...file, message: null };
    const message = messageOf({ ...fields, client_id: destination.clientId }, file);
    return { ...file, message: await this.sending.send(user, fields.chat_id, message) };
  }

  /** Takes several files in, all or none. */
  uploadMany(user: Principal, clientId: string | undefined, body: Body): Promise<FileView[]> {
    const files = body(() => Promise.resolve());
    return this.uploads.take({ ownerId: user.userId, folder: `chat-files/${user.userId}`, clientId }, files);
  }
}

/** Throws `validation.failed` for what is no message. */
function messageOf(fields: UploadFields, file: Pick<FileView, 'id' | 'message_type'>): SendMessage {
  const { message_type = file.message_type, content, reply_to_id, thread_id, client_id, metadata } = fields;
  const message = { message_type, file_id: file.id, content, reply_to_id, thread_id, client_id, metadata };
  return validate(SendMessage, message, currentContext().language);
}
