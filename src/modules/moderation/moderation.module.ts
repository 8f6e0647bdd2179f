import { Module } from '@nestjs/common';
import { AdminModule } from 'src/modules/admin/admin.module';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { ModerationController } from 'src/modules/moderation/moderation.controller';
import { ModerationPersonalData } from 'src/modules/moderation/moderation.personal-data';
import { ReportsRepository } from 'src/modules/moderation/reports.repository';
import { ReportsService } from 'src/modules/moderation/reports.service';
import { ResolutionsService } from 'src/modules/moderation/resolutions.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, PushModule, AdminModule, ChatsModule],
  controllers: [ModerationController],
  providers: [ReportsService, ResolutionsService, ReportsRepository, ModerationPersonalData],
})
export class ModerationModule {}
