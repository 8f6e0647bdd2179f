import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { AccountMail } from 'src/modules/account/account-mail';
import { ErasuresService } from 'src/modules/account/erasures.service';
import { ExportsService } from 'src/modules/account/exports.service';

@Injectable()
export class AccountWorkers {
  constructor(
    private readonly exports: ExportsService,
    private readonly erasures: ErasuresService,
    private readonly mail: AccountMail,
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
    await this.mail.deletionScheduled(userId);
  }

  @OnEvent('export.ready')
  async mailExport({ export_id: id, user_id: userId }: Fact<'export.ready'>) {
    const row = await this.exports.get(id);
    const url = row && this.exports.linkOf(row);
    if (url) await this.mail.exportReady(userId, url, row.expiresAt!);
  }
}
