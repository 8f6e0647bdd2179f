import { Controller, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiBody, ApiHeader, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, Takes } from 'src/core/http/decorators';
import { idempotencyKey } from 'src/core/http/idempotency';
import { incomingFiles } from 'src/core/http/multipart';
import { toListView } from 'src/core/http/paging';
import { FileListView, UploadedView } from 'src/modules/attachments/attachments.dto';
import { AttachmentsService } from 'src/modules/attachments/attachments.service';

const MOST_AT_ONCE = 10;

const text = { type: 'string' };
const file = { type: 'string', format: 'binary' };
const optional = {
  chat_id: {
    ...text,
    description: 'Sends a message with the file to this chat. All fields must come before the file.',
  },
  message_type: { ...text, description: 'image, video, audio or file; by the content if not given.' },
  content: { ...text, description: 'A caption.' },
  reply_to_id: text,
  thread_id: text,
  client_id: { ...text, description: 'The same as Idempotency-Key.' },
  metadata: { ...text, description: 'JSON, as in a message.' },
  waveform: { ...text, description: 'JSON: of a voice message, how loud it is, 1–256 numbers of 0–255.' },
};
const RETRY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes a retry safe: no second file, no second message.',
};

@ApiTags('Files')
@Controller('files')
export class AttachmentUploadsController {
  constructor(private readonly attachments: AttachmentsService) {}

  @Post('upload')
  @Takes('multipart/form-data')
  @ApiHeader(RETRY)
  @ApiBody({ schema: { type: 'object', required: ['file'], properties: { ...optional, file } } })
  @Returns(201, UploadedView, 'The file, durable, and the message if it was sent to a chat.')
  upload(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<UploadedView> {
    return this.attachments.upload(user, idempotencyKey(request), (onFields) => incomingFiles(request, 1, onFields));
  }

  @Post('upload-multiple')
  @Takes('multipart/form-data')
  @ApiHeader(RETRY)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['files'],
      properties: { files: { type: 'array', maxItems: MOST_AT_ONCE, items: file } },
    },
  })
  @Returns(201, FileListView, 'The files, all of them or none.')
  async uploadMany(@CurrentUser() user: Principal, @Req() request: FastifyRequest): Promise<FileListView> {
    const files = await this.attachments.uploadMany(user, idempotencyKey(request), (onFields) =>
      incomingFiles(request, MOST_AT_ONCE, onFields),
    );
    return toListView('files', { items: files, nextCursor: null });
  }
}
