import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { GeofenceView } from 'src/modules/geofences/geofences.dto';
import { GeofencesService } from 'src/modules/geofences/geofences.service';
import { Consent, WatchListView, WatchView } from 'src/modules/geofences/watches.dto';
import { WatchesService } from 'src/modules/geofences/watches.service';

const fenceId = { schema: idParam() };

@ApiTags('Geofences')
@Controller('location/geofences')
export class WatchesController {
  constructor(
    private readonly watches: WatchesService,
    private readonly geofences: GeofencesService,
  ) {}

  @Get('watching')
  @Returns(200, WatchListView, 'The fences of others that watch the caller or ask to, newest first.')
  async list(@CurrentUser() user: Principal, @Query({ schema: PageQuery }) query: PageQuery): Promise<WatchListView> {
    return toListView('watches', await this.watches.list(user, query));
  }

  @Put(':geofence_id/consent')
  @Returns(
    200,
    WatchView,
    'The caller agrees to be watched by the fence, until what he shares now ends; or does not, or no longer.',
  )
  decide(
    @CurrentUser() user: Principal,
    @Param('geofence_id', fenceId) id: number,
    @Body({ schema: Consent }) consent: Consent,
  ): Promise<WatchView> {
    return this.watches.decide(user, id, consent);
  }

  @Post(':geofence_id/ask')
  @Returns(200, GeofenceView, 'The one whom the fence is for is asked again, unless he has agreed.')
  ask(@CurrentUser() user: Principal, @Param('geofence_id', fenceId) id: number): Promise<GeofenceView> {
    return this.geofences.askAgain(user, id);
  }
}
