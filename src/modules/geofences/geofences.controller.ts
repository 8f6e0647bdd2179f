import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { PageQuery, toListView } from 'src/core/http/paging';
import {
  CreateGeofence,
  EventListView,
  EventsQuery,
  GeofenceListView,
  GeofenceView,
  UpdateGeofence,
} from 'src/modules/geofences/geofences.dto';
import { TrialView, TryGeofence } from 'src/modules/geofences/trials.dto';
import { GeofencesService } from 'src/modules/geofences/geofences.service';

const fenceId = { schema: idParam() };

@ApiTags('Geofences')
@Controller('location/geofences')
export class GeofencesController {
  constructor(private readonly geofences: GeofencesService) {}

  @Get()
  @Returns(200, GeofenceListView, 'The caller’s fences, newest first.')
  async list(
    @CurrentUser() user: Principal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<GeofenceListView> {
    return toListView('geofences', await this.geofences.list(user, query));
  }

  @Post()
  @Idempotent()
  @Returns(201, GeofenceView, 'The new fence.')
  create(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateGeofence }) body: CreateGeofence,
  ): Promise<GeofenceView> {
    return this.geofences.create(user, body);
  }

  @Get('events')
  @Returns(200, EventListView, 'When the caller crossed his fences, newest first.')
  async events(
    @CurrentUser() user: Principal,
    @Query({ schema: EventsQuery }) query: EventsQuery,
  ): Promise<EventListView> {
    return toListView('events', await this.geofences.events(user, query));
  }

  @Post('dry-run')
  @Returns(200, TrialView, 'The events that the fence would have had on that way. Nothing is kept.')
  dryRun(@CurrentUser() user: Principal, @Body({ schema: TryGeofence }) body: TryGeofence): Promise<TrialView> {
    return this.geofences.try(user, body);
  }

  @Get(':geofence_id')
  @Returns(200, GeofenceView, 'One of the caller’s fences.')
  get(@CurrentUser() user: Principal, @Param('geofence_id', fenceId) id: number): Promise<GeofenceView> {
    return this.geofences.get(user, id);
  }

  @Put(':geofence_id')
  @Returns(200, GeofenceView, 'The fence as it is now.')
  update(
    @CurrentUser() user: Principal,
    @Param('geofence_id', fenceId) id: number,
    @Body({ schema: UpdateGeofence }) body: UpdateGeofence,
  ): Promise<GeofenceView> {
    return this.geofences.update(user, id, body);
  }

  @Delete(':geofence_id')
  @ReturnsNothing('The fence and its events are gone.')
  remove(@CurrentUser() user: Principal, @Param('geofence_id', fenceId) id: number): Promise<void> {
    return this.geofences.remove(user, id);
  }
}
