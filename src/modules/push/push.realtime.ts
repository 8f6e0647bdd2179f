import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { groupBy } from 'src/core/collections/collections';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';

@Injectable()
export class PushRealtime {
  constructor(private readonly realtime: Realtime) {}

  /** What comes at once is told once. */
  @OnCommit('push.inbox_changed')
  inboxChanged(facts: Fact<'push.inbox_changed'>[]) {
    for (const [change, some] of groupBy(facts, (fact) => fact.change)) {
      const userIds = [...new Set(some.flatMap(({ user_ids }) => user_ids))];
      this.realtime.toUsers(userIds, 'notifications_changed', { change });
    }
  }
}
