import { Module } from '@nestjs/common';
import { LocationModule } from 'src/modules/location/location.module';
import { NearbyController } from 'src/modules/nearby/nearby.controller';
import { NearbyIndex } from 'src/modules/nearby/nearby.index';
import { NearbyPersonalData } from 'src/modules/nearby/nearby.personal-data';
import { NearbyRepository } from 'src/modules/nearby/nearby.repository';
import { NearbyService } from 'src/modules/nearby/nearby.service';
import { NearbyWorkers } from 'src/modules/nearby/nearby.workers';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, LocationModule],
  controllers: [NearbyController],
  providers: [NearbyService, NearbyIndex, NearbyRepository, NearbyWorkers, NearbyPersonalData],
})
export class NearbyModule {}
