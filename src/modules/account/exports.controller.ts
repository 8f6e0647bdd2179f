import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiResponse, ApiTags } from 'src/core/http/api-docs';
import { rangeOf } from 'src/core/http/conditions';
import { CurrentUser, Public, RateLimit, Returns } from 'src/core/http/decorators';
import { RangeNotSatisfiable } from 'src/core/storage/storage.errors';
import { ExportView } from 'src/modules/account/exports.dto';
import { ExportsService } from 'src/modules/account/exports.service';
import { z } from 'zod';

const ZIP = { content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } } } as const;

@ApiTags('Account')
@Controller()
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Get('profile/export')
  @Returns(200, ExportView, 'The caller’s newest export of all his data; the first call begins one.')
  current(@CurrentUser() { userId }: Principal): Promise<ExportView> {
    return this.exports.current(userId);
  }

  @Post('settings/account/export')
  @Returns(200, ExportView, 'A new export is begun, or one is under way. Three a day.')
  start(@CurrentUser() { userId }: Principal): Promise<ExportView> {
    return this.exports.start(userId);
  }

  @Get('exports/:token')
  @Public()
  @RateLimit({ name: 'export', points: 120, seconds: 60 })
  @ApiResponse({ status: 200, description: 'The ZIP.', ...ZIP })
  @ApiResponse({ status: 206, description: 'The part of it that `Range` asks for.', ...ZIP })
  async download(
    @Param('token', { schema: z.string().max(100) }) token: string,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const row = await this.exports.byLink(token);
    const { size, etag } = await this.exports.info(row);
    const range = rangeOf(headers, `"${etag}"`, size);
    void reply.headers({ 'accept-ranges': 'bytes', etag: `"${etag}"`, 'cache-control': 'private, no-store' });
    if (range === 'unsatisfiable') {
      void reply.header('content-range', `bytes */${size}`);
      throw RangeNotSatisfiable();
    }
    const { body } = await this.exports.open(row, range);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    if (range) void reply.status(206).header('content-range', `bytes ${start}-${end}/${size}`);
    await reply
      .headers({ 'content-length': end - start + 1, 'content-disposition': 'attachment; filename="my-data.zip"' })
      .type('application/zip')
      .send(body);
  }
}
