import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { AccountMail } from 'src/modules/account/account-mail';
import { ExportsService } from 'src/modules/account/exports.service';

@Injectable()
export class AccountWorkers {
  constructor(
    private readonly exports: ExportsService,
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

  @OnEvent('export.ready')
  async mailExport({ export_id: id, user_id: userId }: Fact<'export.ready'>) {
    const row = await this.exports.get(id);
    const url = row && this.exports.linkOf(row);
    if (url) await this.mail.exportReady(userId, url, row.expiresAt!);
  }
}
