import { Module } from '@nestjs/common';
import { AuditModule } from 'src/modules/audit/audit.module';
import { BroadcastsController } from 'src/modules/push/broadcasts.controller';
import { BroadcastsPersonalData } from 'src/modules/push/broadcasts.personal-data';
import { BroadcastsRealtime } from 'src/modules/push/broadcasts.realtime';
import { BroadcastsRepository } from 'src/modules/push/broadcasts.repository';
import { BroadcastRun } from 'src/modules/push/broadcasts.run';
import { BroadcastsService } from 'src/modules/push/broadcasts.service';
import { BroadcastsWorkers } from 'src/modules/push/broadcasts.workers';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, AuditModule, PushModule],
  controllers: [BroadcastsController],
  providers: [
    BroadcastsService,
    BroadcastRun,
    BroadcastsRepository,
    BroadcastsRealtime,
    BroadcastsWorkers,
    BroadcastsPersonalData,
  ],
})
export class BroadcastsModule {}
