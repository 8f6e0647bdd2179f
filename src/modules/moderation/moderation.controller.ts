import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import { Roles } from 'src/core/http/roles';
import {
  FileReport,
  ReportListView,
  ReportReceiptView,
  ReportsQuery,
  ReportView,
  ResolveReport,
  toReportView,
} from 'src/modules/moderation/moderation.dto';
import { ReportsService } from 'src/modules/moderation/reports.service';
import { ResolutionsService } from 'src/modules/moderation/resolutions.service';
import { z } from 'zod';

const rowId = { schema: idParam() };

@ApiTags('Moderation')
@Controller()
export class ModerationController {
  constructor(
    private readonly reports: ReportsService,
    private readonly resolutions: ResolutionsService,
  ) {}

  @Post('messages/:message_id/report')
  @Returns(201, ReportReceiptView, 'The report; the caller’s open one, if he has reported the message already.')
  reportMessage(
    @CurrentUser() user: Principal,
    @Param('message_id', rowId) messageId: number,
    @Body({ schema: FileReport }) body: FileReport,
  ): Promise<ReportReceiptView> {
    return this.reports.reportMessage(user, messageId, body);
  }

  @Post('users/:user_id/report')
  @Returns(201, ReportReceiptView, 'The report; the caller’s open one, if he has reported the person already.')
  reportUser(
    @CurrentUser() user: Principal,
    @Param('user_id', { schema: z.uuid() }) userId: string,
    @Body({ schema: FileReport }) body: FileReport,
  ): Promise<ReportReceiptView> {
    return this.reports.reportUser(user, userId, body);
  }

  @Get('moderation/reports')
  @Roles('moderator', 'admin')
  @Returns(200, ReportListView, 'The queue. For moderators and admins.')
  async list(@Query({ schema: ReportsQuery }) query: ReportsQuery): Promise<ReportListView> {
    return toListView('reports', await this.reports.list(query), toReportView);
  }

  @Get('moderation/reports/:report_id')
  @Roles('moderator', 'admin')
  @Returns(200, ReportView, 'A report. For moderators and admins.')
  async get(@Param('report_id', rowId) id: number): Promise<ReportView> {
    return toReportView(await this.reports.show(id));
  }

  @Post('moderation/reports/:report_id/resolve')
  @Roles('moderator', 'admin')
  @Returns(200, ReportView, 'The report as it is now. Reports of others about the same message are closed with it.')
  async resolve(
    @CurrentUser() user: Principal,
    @Param('report_id', rowId) id: number,
    @Body({ schema: ResolveReport }) body: ResolveReport,
  ): Promise<ReportView> {
    return toReportView(await this.resolutions.resolve(user, id, body));
  }
}
