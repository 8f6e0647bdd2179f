import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { toBroadcastView } from 'src/modules/push/broadcasts.dto';
import { BroadcastsService } from 'src/modules/push/broadcasts.service';
import { AccountsService } from 'src/modules/users/accounts.service';

const MOST_ADMINS = 100;

@Injectable()
export class BroadcastsRealtime {
  constructor(
    private readonly broadcasts: BroadcastsService,
    private readonly accounts: AccountsService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('broadcast.progressed')
  async tellAdmins(facts: Fact<'broadcast.progressed'>[]) {
    const progress = await this.broadcasts.getAll([...new Set(facts.map(({ broadcast_id: id }) => id))]);
    const admins = await this.accounts.list({ role: 'admin', standing: 'active' }, undefined, MOST_ADMINS);
    const ids = admins.map(({ id }) => id);
    for (const broadcast of progress) this.realtime.toUsers(ids, 'broadcast_progress', toBroadcastView(broadcast));
  }
}
