import { Controller, Delete, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, MayReturn, Returns } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import {
  DeletedView,
  DeletionQuery,
  GeoJsonHistory,
  GpxHistory,
  HistoryQuery,
  HistoryView,
  StatsQuery,
  StatsView,
  toSpan,
} from 'src/modules/location/history.dto';
import { HistoryService } from 'src/modules/location/history.service';
import { toLocationView } from 'src/modules/location/location.dto';
import { CONTENT_TYPES, toFile } from 'src/modules/location/tracks';
import { z } from 'zod';

const FILES = { [CONTENT_TYPES.geojson]: GeoJsonHistory, [CONTENT_TYPES.gpx]: GpxHistory };

@ApiTags('Location history')
@Controller('location')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  @Get('history')
  @Returns(200, HistoryView, 'The caller’s points, oldest first; GeoJSON or GPX if asked for.')
  @MayReturn(FILES)
  own(
    @CurrentUser() user: Principal,
    @Query({ schema: HistoryQuery }) query: HistoryQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answer(user, user.userId, query, reply);
  }

  @Get('history/:user_id')
  @Returns(
    200,
    HistoryView,
    'The points of somebody whose share shows them, since that began and as precisely as it does.',
  )
  @MayReturn(FILES)
  of(
    @CurrentUser() user: Principal,
    @Param('user_id', { schema: z.uuid() }) ownerId: string,
    @Query({ schema: HistoryQuery }) query: HistoryQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.answer(user, ownerId, query, reply);
  }

  @Delete('history')
  @Returns(200, DeletedView, 'The caller’s points of the span are gone.')
  async delete(
    @CurrentUser() user: Principal,
    @Query({ schema: DeletionQuery }) query: DeletionQuery,
  ): Promise<DeletedView> {
    return { deleted: await this.history.delete(user, query.all ? { from: null, to: null } : toSpan(query)) };
  }

  @Get('stats')
  @Returns(200, StatsView, 'Distance, time in motion and places, by the days of the caller’s time zone.')
  stats(@CurrentUser() user: Principal, @Query({ schema: StatsQuery }) query: StatsQuery): Promise<StatsView> {
    return this.history.stats(user, toSpan(query));
  }

  private async answer(user: Principal, ownerId: string, query: HistoryQuery, reply: FastifyReply) {
    if (query.format === 'json') {
      const page: HistoryView = toListView('locations', await this.history.page(user, ownerId, query), toLocationView);
      return void reply.send(page);
    }
    await this.history.require(user, ownerId);
    void reply.headers({
      'Content-Type': CONTENT_TYPES[query.format],
      'Content-Disposition': `attachment; filename="history.${query.format}"`,
    });
    return void reply.send(toFile(this.history.stream(user, ownerId, query), query.format));
  }
}
