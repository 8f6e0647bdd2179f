import { idParam, json } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { clientId, MessageView } from 'src/modules/chats/messages.dto';
import { FileView } from 'src/modules/files/files.dto';
import { z } from 'zod';

const file = FileView.meta()!.example as object;

/** The text fields of an upload. With `chat_id` a message that carries the file is sent too; the others are that message's. */
export const UploadFields = z.object({
  chat_id: idParam().optional(),
  message_type: z.string().max(20).optional(),
  content: z.string().optional(),
  reply_to_id: idParam().optional(),
  thread_id: idParam().optional(),
  client_id: clientId().optional(),
  metadata: json().optional(),
  waveform: json()
    .pipe(z.array(z.int().min(0).max(255)).min(1).max(256))
    .optional(),
});
export type UploadFields = z.infer<typeof UploadFields>;

export const UploadedView = FileView.extend({
  message: MessageView.nullable().describe('What was sent to the chat, if one was given.'),
}).meta({ id: 'UploadedFile', example: { ...file, message: null } });
export type UploadedView = z.infer<typeof UploadedView>;

export const FileListView = listView('files', FileView).meta({
  id: 'FileList',
  example: { files: [file], items: [file], next_cursor: null },
});
export type FileListView = z.infer<typeof FileListView>;
