import { Body, Controller, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiBody, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Public, Returns, ReturnsNothing, Takes } from 'src/core/http/decorators';
import { BeginUpload, UploadView } from 'src/modules/files/direct-uploads.dto';
import { DirectUploadsService } from 'src/modules/files/direct-uploads.service';
import { FileView } from 'src/modules/files/files.dto';
import { z } from 'zod';

const uploadId = { schema: idParam() };

@ApiTags('Files')
@Controller('files/uploads')
export class DirectUploadsController {
  constructor(private readonly uploads: DirectUploadsService) {}

  @Post()
  @Returns(201, UploadView, 'Where to send the bytes; then confirm with `complete`.')
  begin(@CurrentUser() user: Principal, @Body({ schema: BeginUpload }) body: BeginUpload): Promise<UploadView> {
    return this.uploads.begin(user.userId, body);
  }

  @Put(':upload_id/bytes/:place')
  @Public()
  @Takes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ReturnsNothing('The bytes are here; they are not looked at before `complete`.')
  async receive(
    @Param('upload_id', uploadId) id: number,
    @Param('place', { schema: z.uuid() }) place: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.uploads.receive(id, place, request.body as Readable);
  }

  @Post(':upload_id/complete')
  @Returns(201, FileView, 'The file, durable.')
  complete(@CurrentUser() user: Principal, @Param('upload_id', uploadId) id: number): Promise<FileView> {
    return this.uploads.complete(user.userId, id);
  }
}
