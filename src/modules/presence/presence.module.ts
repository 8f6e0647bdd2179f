import { Module } from '@nestjs/common';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { PresenceRealtime } from 'src/modules/presence/presence.realtime';
import { PresenceService } from 'src/modules/presence/presence.service';
import { PresenceWorkers } from 'src/modules/presence/presence.workers';
import { UsersModule } from 'src/modules/users/users.module';

@Module({ imports: [UsersModule, ChatsModule], providers: [PresenceService, PresenceRealtime, PresenceWorkers] })
export class PresenceModule {}
