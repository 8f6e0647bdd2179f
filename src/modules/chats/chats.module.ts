import { Module } from '@nestjs/common';
import { ChangesRepository } from 'src/modules/chats/changes.repository';
import { ChangesService } from 'src/modules/chats/changes.service';
import { ChatLog } from 'src/modules/chats/chat-log.service';
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
    ChatLog,
    ChangesService,
    ChatsService,
    MessagesService,
    ChangesRepository,
    ChatsRepository,
    MessagesRepository,
    ChatsRealtime,
    ChatsWorkers,
  ],
  exports: [ChatsService, MessagesService, ChatLog],
})
export class ChatsModule {}
