import { Module } from '@nestjs/common';
import { MailModule } from 'src/core/mail/mail.module';
import { AccountMail } from 'src/modules/account/account-mail';
import { AccountPersonalData } from 'src/modules/account/account.personal-data';
import { AccountRealtime } from 'src/modules/account/account.realtime';
import { AccountWorkers } from 'src/modules/account/account.workers';
import { DeletionsController } from 'src/modules/account/deletions.controller';
import { DeletionsService } from 'src/modules/account/deletions.service';
import { ErasuresRepository } from 'src/modules/account/erasures.repository';
import { ErasuresService } from 'src/modules/account/erasures.service';
import { ExportArchive } from 'src/modules/account/export-archive';
import { ExportsController } from 'src/modules/account/exports.controller';
import { ExportsRepository } from 'src/modules/account/exports.repository';
import { ExportsService } from 'src/modules/account/exports.service';
import { UsersModule } from 'src/modules/users/users.module';

/** What people do to their accounts as a whole: taking all their data with them, and leaving. */
@Module({
  imports: [MailModule, UsersModule],
  controllers: [DeletionsController, ExportsController],
  providers: [
    AccountMail,
    AccountPersonalData,
    AccountRealtime,
    AccountWorkers,
    DeletionsService,
    ErasuresRepository,
    ErasuresService,
    ExportArchive,
    ExportsRepository,
    ExportsService,
  ],
})
export class AccountModule {}
