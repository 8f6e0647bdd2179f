import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { toListView } from 'src/core/http/paging';
import {
  CreateGeofence,
  EventListView,
  EventsQuery,
  GeofenceListView,
  GeofencesQuery,
  GeofenceView,
  UpdateGeofence,
} from 'src/modules/geofences/geofences.dto';
import { EventsService } from 'src/modules/geofences/events.service';
import { GeofencesService } from 'src/modules/geofences/geofences.service';

const fenceId = { schema: idParam() };

@ApiTags('Geofences')
@Controller('location/geofences')
export class GeofencesController {
  constructor(
    private readonly geofences: GeofencesService,
    private readonly crossings: EventsService,
  ) {}

  @Get()
  @Returns(200, GeofenceListView, 'The fences that the caller has drawn, or those of a chat, newest first.')
  async list(
    @CurrentUser() user: Principal,
    @Query({ schema: GeofencesQuery }) query: GeofencesQuery,
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
  @Returns(200, EventListView, 'When the caller crossed fences, and when others did whom he may see, newest first.')
  async events(
    @CurrentUser() user: Principal,
    @Query({ schema: EventsQuery }) query: EventsQuery,
  ): Promise<EventListView> {
    return toListView('events', await this.crossings.list(user, query));
  }

  @Get(':geofence_id')
  @Returns(200, GeofenceView, 'A fence that the caller has drawn, or one of a chat of his.')
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
