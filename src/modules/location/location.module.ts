import { Module } from '@nestjs/common';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { AgesService } from 'src/modules/location/ages.service';
import { AppearancesService } from 'src/modules/location/appearances.service';
import { Fanout } from 'src/modules/location/fanout';
import { HistoryController } from 'src/modules/location/history.controller';
import { HistoryCursors } from 'src/modules/location/history.cursors';
import { HistoryRepository } from 'src/modules/location/history.repository';
import { HistoryService } from 'src/modules/location/history.service';
import { ImportsController } from 'src/modules/location/imports.controller';
import { ImportsRepository } from 'src/modules/location/imports.repository';
import { ImportsService } from 'src/modules/location/imports.service';
import { LinksController } from 'src/modules/location/links.controller';
import { LinksService } from 'src/modules/location/links.service';
import { LocationAccess } from 'src/modules/location/location.access';
import { LocationController } from 'src/modules/location/location.controller';
import { LocationPersonalData } from 'src/modules/location/location.personal-data';
import { LocationRealtime } from 'src/modules/location/location.realtime';
import { LocationService } from 'src/modules/location/location.service';
import { LocationWorkers } from 'src/modules/location/location.workers';
import { PointsIntake } from 'src/modules/location/points.intake';
import { PointsRepository } from 'src/modules/location/points.repository';
import { PrivatePlacesController } from 'src/modules/location/private-places.controller';
import { PrivatePlacesRepository } from 'src/modules/location/private-places.repository';
import { PrivatePlacesService } from 'src/modules/location/private-places.service';
import { ReachRepository } from 'src/modules/location/reach.repository';
import { ReadsRepository } from 'src/modules/location/reads.repository';
import { ReadsService } from 'src/modules/location/reads.service';
import { RetentionController } from 'src/modules/location/retention.controller';
import { RetentionRepository } from 'src/modules/location/retention.repository';
import { RetentionService } from 'src/modules/location/retention.service';
import { ShareMembersService } from 'src/modules/location/share-members.service';
import { ShareMembersWorkers } from 'src/modules/location/share-members.workers';
import { ShareRequestsController } from 'src/modules/location/share-requests.controller';
import { ShareRequestsRepository } from 'src/modules/location/share-requests.repository';
import { ShareRequestsService } from 'src/modules/location/share-requests.service';
import { SharesController } from 'src/modules/location/shares.controller';
import { SharesNews } from 'src/modules/location/shares.news';
import { SharesRepository } from 'src/modules/location/shares.repository';
import { SharesService } from 'src/modules/location/shares.service';
import { ShareTargets } from 'src/modules/location/shares.targets';
import { SightsService } from 'src/modules/location/sights.service';
import { TrailsService } from 'src/modules/location/trails.service';
import { WatchersController } from 'src/modules/location/watchers.controller';
import { WatchersService } from 'src/modules/location/watchers.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, PushModule, ChatsModule],
  controllers: [
    LocationController,
    HistoryController,
    ImportsController,
    RetentionController,
    SharesController,
    ShareRequestsController,
    LinksController,
    WatchersController,
    PrivatePlacesController,
  ],
  providers: [
    LocationService,
    AppearancesService,
    PointsIntake,
    PointsRepository,
    HistoryService,
    HistoryCursors,
    HistoryRepository,
    ImportsService,
    ImportsRepository,
    RetentionService,
    RetentionRepository,
    LocationAccess,
    SightsService,
    TrailsService,
    ReachRepository,
    SharesService,
    SharesRepository,
    ShareTargets,
    SharesNews,
    ShareMembersService,
    ShareMembersWorkers,
    ShareRequestsService,
    ShareRequestsRepository,
    LinksService,
    WatchersService,
    ReadsService,
    ReadsRepository,
    PrivatePlacesService,
    PrivatePlacesRepository,
    AgesService,
    Fanout,
    LocationRealtime,
    LocationWorkers,
    LocationPersonalData,
  ],
  exports: [LocationService, AppearancesService, SharesService, SightsService, TrailsService],
})
export class LocationModule {}
