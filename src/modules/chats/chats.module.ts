import { Module } from '@nestjs/common';
import { ChangesRepository } from 'src/modules/chats/changes.repository';
import { ChangesService } from 'src/modules/chats/changes.service';
import { ChatAvatarsController } from 'src/modules/chats/chat-avatars.controller';
import { ChatAvatarsRepository } from 'src/modules/chats/chat-avatars.repository';
import { ChatAvatarsService } from 'src/modules/chats/chat-avatars.service';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatsController } from 'src/modules/chats/chats.controller';
import { ChatsRealtime } from 'src/modules/chats/chats.realtime';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { ChatsWorkers } from 'src/modules/chats/chats.workers';
import { ContentsController } from 'src/modules/chats/contents.controller';
import { ContentsRepository } from 'src/modules/chats/contents.repository';
import { DeletionsService } from 'src/modules/chats/deletions.service';
import { EditsService } from 'src/modules/chats/edits.service';
import { HidingsService } from 'src/modules/chats/hidings.service';
import { RewritingService } from 'src/modules/chats/rewriting.service';
import { FoundMessagesController } from 'src/modules/chats/found-messages.controller';
import { FoundMessagesRepository } from 'src/modules/chats/found-messages.repository';
import { FreshMessages } from 'src/modules/chats/fresh-messages';
import { FoundMessagesService } from 'src/modules/chats/found-messages.service';
import { MentionsRepository } from 'src/modules/chats/mentions.repository';
import { MentionsService } from 'src/modules/chats/mentions.service';
import { ForwardsService } from 'src/modules/chats/forwards.service';
import { MessageFilesRepository } from 'src/modules/chats/message-files.repository';
import { MessageFilesService } from 'src/modules/chats/message-files.service';
import { MessageFilesWorkers } from 'src/modules/chats/message-files.workers';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import { MessageSharesService } from 'src/modules/chats/message-shares.service';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessageRates } from 'src/modules/chats/message-rates.service';
import { MessagePushes } from 'src/modules/chats/message-pushes.workers';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { MessagesService } from 'src/modules/chats/messages.service';
import { NoticesService } from 'src/modules/chats/notices.service';
import { PinsService } from 'src/modules/chats/pins.service';
import { ReactionsRepository } from 'src/modules/chats/reactions.repository';
import { ReactionsService } from 'src/modules/chats/reactions.service';
import { FilesModule } from 'src/modules/files/files.module';
import { AdmissionService } from 'src/modules/chats/admission.service';
import { ChatViews } from 'src/modules/chats/chat-views.service';
import { GroupsService } from 'src/modules/chats/groups.service';
import { InvitesController } from 'src/modules/chats/invites.controller';
import { InvitesRepository } from 'src/modules/chats/invites.repository';
import { InvitesService } from 'src/modules/chats/invites.service';
import { MembershipService } from 'src/modules/chats/membership.service';
import { NewChatsService } from 'src/modules/chats/new-chats.service';
import { ParticipantViews } from 'src/modules/chats/participant-views.service';
import { ParticipantsController } from 'src/modules/chats/participants.controller';
import { ParticipantsRepository } from 'src/modules/chats/participants.repository';
import { ParticipantsService } from 'src/modules/chats/participants.service';
import { PreferencesRepository } from 'src/modules/chats/preferences.repository';
import { ClearingsService } from 'src/modules/chats/clearings.service';
import { PreferencesService } from 'src/modules/chats/preferences.service';
import { ReceiptsController } from 'src/modules/chats/receipts.controller';
import { ReceiptsRealtime } from 'src/modules/chats/receipts.realtime';
import { ReceiptsRepository } from 'src/modules/chats/receipts.repository';
import { ReceiptsService } from 'src/modules/chats/receipts.service';
import { ReunionsWorkers } from 'src/modules/chats/reunions.workers';
import { SeatsRealtime } from 'src/modules/chats/seats.realtime';
import { SendingGround } from 'src/modules/chats/sending.ground';
import { SendingService } from 'src/modules/chats/sending.service';
import { SendingStore } from 'src/modules/chats/sending.store';
import { TypingRealtime } from 'src/modules/chats/typing.realtime';
import { SyncController } from 'src/modules/chats/sync.controller';
import { ChatRooms } from 'src/modules/chats/chat-rooms';
import { SyncRepository } from 'src/modules/chats/sync.repository';
import { SyncService } from 'src/modules/chats/sync.service';
import { MediaModule } from 'src/modules/media/media.module';
import { UnreadRepository } from 'src/modules/chats/unread.repository';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';
import { ChatsPersonalData } from 'src/modules/chats/chats.personal-data';

@Module({
  imports: [UsersModule, FilesModule, MediaModule, PushModule],
  controllers: [
    FoundMessagesController,
    ChatsController,
    ContentsController,
    ParticipantsController,
    ChatAvatarsController,
    InvitesController,
    SyncController,
    ReceiptsController,
  ],
  providers: [
    ChatsPersonalData,
    ChatLog,
    ChangesService,
    ChatsService,
    ChatViews,
    NewChatsService,
    AdmissionService,
    GroupsService,
    ChatAvatarsService,
    ChatAvatarsRepository,
    MembershipService,
    NoticesService,
    ParticipantsService,
    InvitesService,
    ParticipantViews,
    PreferencesService,
    ClearingsService,
    MessagesService,
    SendingService,
    SendingGround,
    SendingStore,
    MessageRates,
    MentionsService,
    MessageAccess,
    MessageFilesService,
    MessageFilesRepository,
    MessageFilesWorkers,
    ForwardsService,
    MessageMediaService,
    MessageSharesService,
    EditsService,
    DeletionsService,
    HidingsService,
    RewritingService,
    ReactionsService,
    PinsService,
    FoundMessagesService,
    FoundMessagesRepository,
    FreshMessages,
    ReceiptsService,
    ReceiptsRealtime,
    ReceiptsRepository,
    UnreadRepository,
    SyncService,
    ChatRooms,
    ChangesRepository,
    SyncRepository,
    ChatsRepository,
    ParticipantsRepository,
    InvitesRepository,
    PreferencesRepository,
    MessagesRepository,
    ContentsRepository,
    MentionsRepository,
    ReactionsRepository,
    ChatsRealtime,
    SeatsRealtime,
    TypingRealtime,
    ChatsWorkers,
    ReunionsWorkers,
    MessagePushes,
  ],
  exports: [
    ChatsService,
    MessagesService,
    SendingService,
    NoticesService,
    ChatLog,
    NewChatsService,
    MessageAccess,
    DeletionsService,
  ],
})
export class ChatsModule {}
