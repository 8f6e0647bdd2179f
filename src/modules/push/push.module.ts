import { Module } from '@nestjs/common';
import { AuditModule } from 'src/modules/audit/audit.module';
import { BadgesService } from 'src/modules/push/badges.service';
import { DecisionsService } from 'src/modules/push/decisions.service';
import { DeliveriesRepository } from 'src/modules/push/deliveries.repository';
import { DeliveryService } from 'src/modules/push/delivery.service';
import { DevicesRepository } from 'src/modules/push/devices.repository';
import { DevicesService } from 'src/modules/push/devices.service';
import { DispatchService } from 'src/modules/push/dispatch.service';
import { FcmTransport } from 'src/modules/push/fcm.transport';
import { InboxService } from 'src/modules/push/inbox.service';
import { LogTransport } from 'src/modules/push/log.transport';
import { NotificationsController } from 'src/modules/push/notifications.controller';
import { NotificationsRepository } from 'src/modules/push/notifications.repository';
import { PreferencesController } from 'src/modules/push/preferences.controller';
import { PreferencesRepository } from 'src/modules/push/preferences.repository';
import { PreferencesService } from 'src/modules/push/preferences.service';
import { PushController } from 'src/modules/push/push.controller';
import { PushRealtime } from 'src/modules/push/push.realtime';
import { PushService } from 'src/modules/push/push.service';
import { PushTransport } from 'src/modules/push/push.transport';
import { PushWorkers } from 'src/modules/push/push.workers';
import { SendController } from 'src/modules/push/send.controller';
import { SendService } from 'src/modules/push/send.service';
import { StandingService } from 'src/modules/push/standing.service';
import { TemplatesController } from 'src/modules/push/templates.controller';
import { TemplatesRepository } from 'src/modules/push/templates.repository';
import { TemplatesService } from 'src/modules/push/templates.service';
import { TextsService } from 'src/modules/push/texts.service';
import { TraceRepository } from 'src/modules/push/trace.repository';
import { TraceService } from 'src/modules/push/trace.service';
import { Transports } from 'src/modules/push/transports';
import { WebPushTransport } from 'src/modules/push/web-push.transport';
import { WithdrawalService } from 'src/modules/push/withdrawal.service';
import { WithdrawalsRepository } from 'src/modules/push/withdrawals.repository';
import { UsersModule } from 'src/modules/users/users.module';
import { PushPersonalData } from 'src/modules/push/push.personal-data';

@Module({
  imports: [AuditModule, UsersModule],
  controllers: [SendController, PushController, NotificationsController, PreferencesController, TemplatesController],
  providers: [
    PushPersonalData,
    PushService,
    InboxService,
    PushRealtime,
    DevicesService,
    DeliveryService,
    DispatchService,
    WithdrawalService,
    DecisionsService,
    StandingService,
    TextsService,
    TemplatesService,
    TemplatesRepository,
    BadgesService,
    PreferencesService,
    PreferencesRepository,
    TraceService,
    TraceRepository,
    SendService,
    DeliveriesRepository,
    DevicesRepository,
    NotificationsRepository,
    WithdrawalsRepository,
    PushWorkers,
    FcmTransport,
    WebPushTransport,
    LogTransport,
    Transports,
    { provide: PushTransport, useExisting: Transports },
  ],
  exports: [PushService, Transports],
})
export class PushModule {}
