import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { Jobs, OnJob } from 'src/core/jobs/jobs';
import { AccountMail } from 'src/modules/account/account-mail';
import { ErasuresService } from 'src/modules/account/erasures.service';
import { ExportsService } from 'src/modules/account/exports.service';

@Injectable()
export class AccountWorkers {
  constructor(
    private readonly exports: ExportsService,
    private readonly erasures: ErasuresService,
    private readonly mail: AccountMail,
    private readonly jobs: Jobs,
  ) {}

  @OnJob('account.make_export')
  async makeExport({ export_id: id }: JobData<'account.make_export'>) {
    await this.exports.make(id);
  }

  @OnJob('account.forget_exports')
  async forgetExports() {
    await this.exports.sweep();
  }

  @OnJob('account.begin_erasures')
  async beginErasures() {
    await this.erasures.beginDue();
  }

  @OnJob('account.erase')
  async erase({ user_id: userId }: JobData<'account.erase'>) {
    await this.erasures.erase(userId);
  }

  @OnEvent('account.deletion_scheduled')
  async mailDeletion({ user_id: userId }: Fact<'account.deletion_scheduled'>) {
    await this.jobs.enqueue('account.mail_deletion', { user_id: userId });
  }

  @OnEvent('export.ready')
  async mailExport({ export_id: id }: Fact<'export.ready'>) {
    await this.jobs.enqueue('account.mail_export', { export_id: id });
  }

  @OnJob('account.mail_deletion')
  async sendDeletionMail({ user_id: userId }: JobData<'account.mail_deletion'>) {
    await this.mail.deletionScheduled(userId);
  }

  @OnJob('account.mail_export')
  async sendExportMail({ export_id: id }: JobData<'account.mail_export'>) {
    const row = await this.exports.get(id);
    const url = row && this.exports.linkOf(row);
    if (url) await this.mail.exportReady(row.userId, url, row.expiresAt!);
  }
}
