import { Module } from '@nestjs/common';
import { LocationAccess } from 'src/modules/location/location.access';
import { LocationController } from 'src/modules/location/location.controller';
import { LocationRealtime } from 'src/modules/location/location.realtime';
import { LocationService } from 'src/modules/location/location.service';
import { LocationWorkers } from 'src/modules/location/location.workers';
import { PointsIntake } from 'src/modules/location/points.intake';
import { PointsRepository } from 'src/modules/location/points.repository';
import { RetentionController } from 'src/modules/location/retention.controller';
import { RetentionRepository } from 'src/modules/location/retention.repository';
import { RetentionService } from 'src/modules/location/retention.service';
import { SharesController } from 'src/modules/location/shares.controller';
import { SharesRepository } from 'src/modules/location/shares.repository';
import { SharesService } from 'src/modules/location/shares.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';
import { LocationPersonalData } from 'src/modules/location/location.personal-data';

@Module({
  imports: [UsersModule, PushModule],
  controllers: [LocationController, SharesController, RetentionController],
  providers: [
    LocationPersonalData,
    LocationService,
    SharesService,
    LocationAccess,
    PointsIntake,
    PointsRepository,
    RetentionService,
    RetentionRepository,
    SharesRepository,
    LocationRealtime,
    LocationWorkers,
  ],
  exports: [LocationService, SharesService],
})
export class LocationModule {}
