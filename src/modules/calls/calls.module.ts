import { Module } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { AuthModule } from 'src/modules/auth/auth.module';
import { AgoraTransport } from 'src/modules/calls/agora.transport';
import { CallsPersonalData } from 'src/modules/calls/calls.personal-data';
import { CallsPutController } from 'src/modules/calls/calls-put.controller';
import { CallsController } from 'src/modules/calls/calls.controller';
import { CallLedger } from 'src/modules/calls/calls.ledger';
import { CallsNews } from 'src/modules/calls/calls.news';
import { CallsRealtime } from 'src/modules/calls/calls.realtime';
import { CallsRepository } from 'src/modules/calls/calls.repository';
import { CallsService } from 'src/modules/calls/calls.service';
import { CallTransport } from 'src/modules/calls/calls.transport';
import { CallsWorkers } from 'src/modules/calls/calls.workers';
import { CallNotices } from 'src/modules/calls/call-notices.service';
import { DeparturesService } from 'src/modules/calls/departures.service';
import { DiallingService } from 'src/modules/calls/dialling.service';
import { HistoryController } from 'src/modules/calls/history.controller';
import { HistoryRepository } from 'src/modules/calls/history.repository';
import { HistoryService } from 'src/modules/calls/history.service';
import { IceServers } from 'src/modules/calls/ice-servers';
import { RingingService } from 'src/modules/calls/ringing.service';
import { RollCallBeat } from 'src/modules/calls/roll-call.beat';
import { RollCallRepository } from 'src/modules/calls/roll-call.repository';
import { RollCallService } from 'src/modules/calls/roll-call.service';
import { SignalsService } from 'src/modules/calls/signals.service';
import { WebRtcTransport } from 'src/modules/calls/webrtc.transport';
import { TargetsService } from 'src/modules/calls/targets.service';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

const transport = ({ AGORA_APP_ID: appId, AGORA_APP_CERTIFICATE: certificate, ...env }: Env, ice: IceServers) =>
  appId && certificate
    ? new AgoraTransport(appId, certificate, env.AGORA_TOKEN_EXPIRY_HOURS)
    : new WebRtcTransport(ice);

@Module({
  imports: [UsersModule, AuthModule, ChatsModule, PushModule],
  controllers: [HistoryController, CallsController, CallsPutController],
  providers: [
    CallsService,
    DeparturesService,
    CallNotices,
    DiallingService,
    TargetsService,
    HistoryService,
    SignalsService,
    RingingService,
    RollCallService,
    RollCallBeat,
    CallLedger,
    CallsRepository,
    HistoryRepository,
    RollCallRepository,
    CallsRealtime,
    CallsNews,
    CallsWorkers,
    CallsPersonalData,
    IceServers,
    { provide: CallTransport, inject: [ENV, IceServers], useFactory: transport },
  ],
})
export class CallsModule {}
