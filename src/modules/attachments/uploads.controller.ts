import { Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { CurrentUser, Returns, Takes } from 'src/core/http/decorators';
import { idempotencyKey } from 'src/core/http/idempotency';
import { incomingFiles } from 'src/core/http/multipart';
import { FileView } from 'src/modules/files/files.dto';
import { UploadsService } from 'src/modules/files/uploads.service';

@ApiTags('Files')
@Controller('files')
export class AttachmentUploadsController {
  constructor(private readonly uploads: UploadsService) {}

  @Post('upload')
  @Takes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
  })
  @Returns(201, FileView, 'The file, durable.')
  async upload(@CurrentUser() { userId }: Principal, @Req() request: FastifyRequest): Promise<FileView> {
    const clientId = idempotencyKey(request);
    const destination = { ownerId: userId, folder: `chat-files/${userId}`, clientId };
    const [file] = await this.uploads.take(
      destination,
      incomingFiles(request, 1, () => Promise.resolve()),
    );
    return file!;
  }
}
