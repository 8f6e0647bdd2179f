import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import {
  ActiveCallsView,
  HistoryListView,
  HistoryQuery,
  HistoryView,
  IceServersView,
  RateCall,
  StatsQuery,
  StatsView,
} from 'src/modules/calls/calls.dto';
import { HistoryService } from 'src/modules/calls/history.service';
import { IceServers } from 'src/modules/calls/ice-servers';

/** Paths that are no call's: this comes before the controller whose `:call_id` would take them for one. */
@ApiTags('Calls')
@Controller('video-calls')
export class HistoryController {
  constructor(
    private readonly history: HistoryService,
    private readonly ice: IceServers,
  ) {}

  @Get('history')
  @Returns(200, HistoryListView, 'The caller’s calls, newest first.')
  async list(
    @CurrentUser() user: Principal,
    @Query({ schema: HistoryQuery }) query: HistoryQuery,
  ): Promise<HistoryListView> {
    return toListView('calls', await this.history.list(user, query));
  }

  @Get('stats')
  @Returns(200, StatsView, 'The caller’s calls in figures.')
  stats(@CurrentUser() user: Principal, @Query({ schema: StatsQuery }) query: StatsQuery): Promise<StatsView> {
    return this.history.stats(user, query);
  }

  @Get('active')
  @Returns(200, ActiveCallsView, 'Calls that ring or go on with the caller, or that he may come into again.')
  async active(@CurrentUser() user: Principal): Promise<ActiveCallsView> {
    return { calls: await this.history.active(user) };
  }

  @Get('ice-servers')
  @Returns(200, IceServersView, 'STUN and TURN servers, with credentials that expire.')
  iceServers(@CurrentUser() { userId }: Principal): IceServersView {
    return this.ice.for(userId);
  }

  @Post(':call_id/rating')
  @Returns(200, HistoryView, 'The call with the caller’s rating.')
  rate(
    @CurrentUser() user: Principal,
    @Param('call_id', { schema: idParam() }) id: number,
    @Body({ schema: RateCall }) { rating }: RateCall,
  ): Promise<HistoryView> {
    return this.history.rate(user, id, rating);
  }
}
