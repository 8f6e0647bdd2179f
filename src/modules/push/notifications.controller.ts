import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import {
  Acknowledge,
  NotificationsQuery,
  NotificationsView,
  ReadUpTo,
  StatsQuery,
  StatsView,
  toNotificationView,
  toStatsView,
  toTracedView,
  TracedNotificationView,
  UnreadView,
} from 'src/modules/push/trace.dto';
import { TraceService } from 'src/modules/push/trace.service';

@ApiTags('Push notifications')
@Controller('push-notifications')
export class NotificationsController {
  constructor(private readonly trace: TraceService) {}

  @Get()
  @Returns(
    200,
    NotificationsView,
    'What the caller was told, newest first, whether or not it was pushed. Kept for 30 days.',
  )
  async list(
    @CurrentUser() user: Principal,
    @Query({ schema: NotificationsQuery }) query: NotificationsQuery,
  ): Promise<NotificationsView> {
    const page = toListView('notifications', await this.trace.list(user, query), toNotificationView);
    return { ...page, unread_count: await this.trace.unread(user) };
  }

  @Post('read')
  @Returns(200, UnreadView, 'All up to this one are read.')
  async read(@CurrentUser() user: Principal, @Body({ schema: ReadUpTo }) body: ReadUpTo): Promise<UnreadView> {
    await this.trace.readUpTo(user, body.up_to_id);
    return { unread_count: await this.trace.unread(user) };
  }

  @Get('stats')
  @Returns(200, StatsView, 'What became of pushes: the caller’s own, or for admins everybody’s.')
  async stats(@CurrentUser() user: Principal, @Query({ schema: StatsQuery }) query: StatsQuery): Promise<StatsView> {
    return toStatsView(...(await this.trace.stats(user, query)));
  }

  @Get(':id')
  @Returns(200, TracedNotificationView, 'A notification of the caller’s, and what became of it on each device.')
  async get(
    @CurrentUser() user: Principal,
    @Param('id', { schema: idParam() }) id: number,
  ): Promise<TracedNotificationView> {
    return toTracedView(...(await this.trace.get(user, id)));
  }

  @Post(':id/ack')
  @ReturnsNothing('It is known that the push has come, or was opened.')
  acknowledge(
    @CurrentUser() user: Principal,
    @Param('id', { schema: idParam() }) id: number,
    @Body({ schema: Acknowledge }) body: Acknowledge,
  ): Promise<void> {
    return this.trace.acknowledge(user, id, body);
  }
}
