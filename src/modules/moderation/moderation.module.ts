import { Module } from '@nestjs/common';
import { AdminModule } from 'src/modules/admin/admin.module';
import { AuditModule } from 'src/modules/audit/audit.module';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { FilesModule } from 'src/modules/files/files.module';
import { EvidenceController } from 'src/modules/moderation/evidence.controller';
import { EvidenceService } from 'src/modules/moderation/evidence.service';
import { ModerationController } from 'src/modules/moderation/moderation.controller';
import { ModerationPersonalData } from 'src/modules/moderation/moderation.personal-data';
import { ModerationWorkers } from 'src/modules/moderation/moderation.workers';
import { ReportsRepository } from 'src/modules/moderation/reports.repository';
import { ReportsService } from 'src/modules/moderation/reports.service';
import { ResolutionsService } from 'src/modules/moderation/resolutions.service';
import { PushModule } from 'src/modules/push/push.module';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule, PushModule, AuditModule, AdminModule, FilesModule, ChatsModule],
  controllers: [ModerationController, EvidenceController],
  providers: [
    ReportsService,
    ResolutionsService,
    EvidenceService,
    ReportsRepository,
    ModerationPersonalData,
    ModerationWorkers,
  ],
})
export class ModerationModule {}
