import { Module } from '@nestjs/common';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { ChronicleService } from 'src/modules/geofences/chronicle.service';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { CursorsRepository } from 'src/modules/geofences/cursors.repository';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import { EventsRepository } from 'src/modules/geofences/events.repository';
import { EventsService } from 'src/modules/geofences/events.service';
import { ForgettingService } from 'src/modules/geofences/forgetting.service';
import { ForgettingWorkers } from 'src/modules/geofences/forgetting.workers';
import { GeofencesController } from 'src/modules/geofences/geofences.controller';
import { GeofencesRealtime } from 'src/modules/geofences/geofences.realtime';
import { GeofencesRepository } from 'src/modules/geofences/geofences.repository';
import { GeofencesService } from 'src/modules/geofences/geofences.service';
import { GeofencesWorkers } from 'src/modules/geofences/geofences.workers';
import { LocationModule } from 'src/modules/location/location.module';
import { TrialsController } from 'src/modules/geofences/trials.controller';
import { TrialsService } from 'src/modules/geofences/trials.service';
import { WatchesController } from 'src/modules/geofences/watches.controller';
import { WatchesRepository } from 'src/modules/geofences/watches.repository';
import { WatchesService } from 'src/modules/geofences/watches.service';
import { UsersModule } from 'src/modules/users/users.module';
import { PushModule } from 'src/modules/push/push.module';
import { GeofencesPersonalData } from 'src/modules/geofences/geofences.personal-data';

@Module({
  imports: [UsersModule, ChatsModule, LocationModule, PushModule],
  controllers: [GeofencesController, TrialsController, WatchesController],
  providers: [
    GeofencesPersonalData,
    GeofencesService,
    EventsService,
    TrialsService,
    WatchesService,
    WatchesRepository,
    CrossingsService,
    DwellsService,
    ForgettingService,
    ChronicleService,
    GeofencesRepository,
    EventsRepository,
    CursorsRepository,
    GeofencesRealtime,
    GeofencesWorkers,
    ForgettingWorkers,
  ],
  exports: [GeofencesService],
})
export class GeofencesModule {}
