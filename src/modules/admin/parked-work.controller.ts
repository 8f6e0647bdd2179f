import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import { Roles } from 'src/core/http/roles';
import {
  FailingSchedulesView,
  ParkedWorkListView,
  ParkedWorkQuery,
  RetriedView,
  RetryAll,
  toFailingScheduleView,
  toParkedWorkView,
} from 'src/modules/admin/parked-work.dto';
import { ParkedWorkService } from 'src/modules/admin/parked-work.service';

@ApiTags('Administration')
@Controller('admin/parked-work')
@Roles('admin')
export class ParkedWorkController {
  constructor(private readonly work: ParkedWorkService) {}

  @Get()
  @Returns(200, ParkedWorkListView, 'Work that was given up, the newest first. For admins.')
  async list(@Query({ schema: ParkedWorkQuery }) query: ParkedWorkQuery): Promise<ParkedWorkListView> {
    return toListView('parked_work', await this.work.list(query), toParkedWorkView);
  }

  @Get('schedules')
  @Returns(
    200,
    FailingSchedulesView,
    'Repeated jobs whose last runs have failed, each to come again at its time. For admins.',
  )
  async failing(): Promise<FailingSchedulesView> {
    return { schedules: (await this.work.failing()).map(toFailingScheduleView) };
  }

  @Post('retry')
  @Returns(200, RetriedView, 'All of the queue is tried again. For admins.')
  async retryAll(
    @CurrentUser() actor: Principal,
    @Body({ schema: RetryAll }) { queue }: RetryAll,
  ): Promise<RetriedView> {
    return { retried: await this.work.retryAll(actor, queue) };
  }

  @Post(':work_id/retry')
  @ReturnsNothing('It is tried again, as often as at first. For admins.')
  retry(@CurrentUser() actor: Principal, @Param('work_id', { schema: idParam() }) id: number): Promise<void> {
    return this.work.retry(actor, id);
  }

  @Delete(':work_id')
  @ReturnsNothing('It is given up for good. For admins.')
  discard(@CurrentUser() actor: Principal, @Param('work_id', { schema: idParam() }) id: number): Promise<void> {
    return this.work.discard(actor, id);
  }
}
