import { Module } from '@nestjs/common';
import { ChronicleService } from 'src/modules/geofences/chronicle.service';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import { GeofencesController } from 'src/modules/geofences/geofences.controller';
import { GeofencesRealtime } from 'src/modules/geofences/geofences.realtime';
import { GeofencesRepository } from 'src/modules/geofences/geofences.repository';
import { GeofencesService } from 'src/modules/geofences/geofences.service';
import { GeofencesWorkers } from 'src/modules/geofences/geofences.workers';
import { LocationModule } from 'src/modules/location/location.module';
import { PushModule } from 'src/modules/push/push.module';
import { GeofencesPersonalData } from 'src/modules/geofences/geofences.personal-data';

@Module({
  imports: [LocationModule, PushModule],
  controllers: [GeofencesController],
  providers: [
    GeofencesPersonalData,
    GeofencesService,
    CrossingsService,
    DwellsService,
    ChronicleService,
    GeofencesRepository,
    GeofencesRealtime,
    GeofencesWorkers,
  ],
  exports: [GeofencesService],
})
export class GeofencesModule {}
