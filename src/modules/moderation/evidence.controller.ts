import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser } from 'src/core/http/decorators';
import { Roles } from 'src/core/http/roles';
import { ReturnsBytes, serve } from 'src/core/http/serve';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { DownloadQuery, ThumbnailQuery } from 'src/modules/files/files.dto';
import { EvidenceService } from 'src/modules/moderation/evidence.service';

const reportId = { schema: idParam() };

@ApiTags('Moderation')
@Controller('moderation/reports/:report_id/file')
@Roles('moderator', 'admin')
export class EvidenceController {
  constructor(
    private readonly evidence: EvidenceService,
    private readonly downloads: DownloadsService,
  ) {}

  @Get()
  @ReturnsBytes(
    'What the reported message carried, even if it is gone for everybody else. For moderators and admins; in the audit log.',
  )
  async download(
    @CurrentUser() user: Principal,
    @Param('report_id', reportId) id: number,
    @Query({ schema: DownloadQuery }) { download: save }: DownloadQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await serve(this.downloads, await this.evidence.file(user, id, { save }), request, reply);
  }

  @Get('thumbnail')
  @ReturnsBytes('A preview of it. For moderators and admins; in the audit log.')
  async thumbnail(
    @CurrentUser() user: Principal,
    @Param('report_id', reportId) id: number,
    @Query({ schema: ThumbnailQuery }) query: ThumbnailQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await serve(this.downloads, await this.evidence.thumbnail(user, id, query), request, reply);
  }
}
