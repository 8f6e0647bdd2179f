import { Controller, Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { ReturnsBytes, serve } from 'src/core/http/serve';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { DownloadQuery, FileView, ThumbnailQuery } from 'src/modules/files/files.dto';
import { FilesService } from 'src/modules/files/files.service';

const fileId = { schema: idParam() };

@ApiTags('Files')
@Controller('files')
export class FilesController {
  constructor(
    private readonly files: FilesService,
    private readonly downloads: DownloadsService,
  ) {}

  @Get(':file_id')
  @ReturnsBytes('The file, or the part that `Range` asks for.')
  async download(
    @CurrentUser() user: Principal,
    @Param('file_id', fileId) id: number,
    @Query({ schema: DownloadQuery }) query: DownloadQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await serve(this.downloads, await this.downloads.of(user.userId, id, { save: query.download }), request, reply);
  }

  @Get(':file_id/thumbnail')
  @ReturnsBytes('A preview of a picture or a film.')
  async thumbnail(
    @CurrentUser() user: Principal,
    @Param('file_id', fileId) id: number,
    @Query({ schema: ThumbnailQuery }) query: ThumbnailQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await serve(this.downloads, await this.downloads.thumbnail(user.userId, id, query), request, reply);
  }

  @Get(':file_id/info')
  @Returns(200, FileView, 'What is known of the file.')
  info(@CurrentUser() user: Principal, @Param('file_id', fileId) id: number): Promise<FileView> {
    return this.files.get(user.userId, id);
  }

  @Delete(':file_id')
  @ReturnsNothing('The file is gone, for everybody; messages that carried it stay without it.')
  remove(@CurrentUser() user: Principal, @Param('file_id', fileId) id: number): Promise<void> {
    return this.files.remove(user.userId, id);
  }
}
