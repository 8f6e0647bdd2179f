import { Module } from '@nestjs/common';
import { ChatsController } from 'src/modules/chats/chats.controller';
import { ChatsRealtime } from 'src/modules/chats/chats.realtime';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { ChatsWorkers } from 'src/modules/chats/chats.workers';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { MessagesService } from 'src/modules/chats/messages.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';
import { ChatsPersonalData } from 'src/modules/chats/chats.personal-data';

@Module({
  imports: [UsersModule, PushModule],
  controllers: [ChatsController],
  providers: [
    ChatsPersonalData,
    ChatsService,
    MessagesService,
    ChatsRepository,
    MessagesRepository,
    ChatsRealtime,
    ChatsWorkers,
  ],
  exports: [ChatsService, MessagesService],
})
export class ChatsModule {}
