import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { ExportsService } from 'src/modules/account/exports.service';

@Injectable()
export class AccountRealtime {
  constructor(
    private readonly exports: ExportsService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('export.ready')
  async exportReady(ready: Fact<'export.ready'>[]) {
    for (const { export_id: id, user_id: userId } of ready) {
      const row = await this.exports.get(id);
      if (!row?.expiresAt) continue;
      const news = { size_bytes: row.sizeBytes!, expires_at: row.expiresAt.toISOString() };
      this.realtime.toUser(userId, 'export_ready', news);
    }
  }
}
