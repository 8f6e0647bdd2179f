import { Module } from '@nestjs/common';
import { DeliveryService } from 'src/modules/push/delivery.service';
import { DevicesRepository } from 'src/modules/push/devices.repository';
import { DevicesService } from 'src/modules/push/devices.service';
import { LogTransport } from 'src/modules/push/log.transport';
import { NotificationsRepository } from 'src/modules/push/notifications.repository';
import { PushController } from 'src/modules/push/push.controller';
import { PushService } from 'src/modules/push/push.service';
import { PushTransport } from 'src/modules/push/push.transport';
import { PushWorkers } from 'src/modules/push/push.workers';
import { UsersModule } from 'src/modules/users/users.module';
import { PushPersonalData } from 'src/modules/push/push.personal-data';

@Module({
  imports: [UsersModule],
  controllers: [PushController],
  providers: [
    PushPersonalData,
    PushService,
    DevicesService,
    DeliveryService,
    DevicesRepository,
    NotificationsRepository,
    PushWorkers,
    { provide: PushTransport, useClass: LogTransport },
  ],
  exports: [PushService],
})
export class PushModule {}
