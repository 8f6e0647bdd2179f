import { Injectable } from '@nestjs/common';
import { currentContext, runInContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { I18n } from 'src/core/i18n/i18n';
import { Jobs } from 'src/core/jobs/jobs';
import type { Broadcast, BroadcastPart, BroadcastStatus } from 'src/modules/push/broadcasts.entities';
import { BroadcastsRepository } from 'src/modules/push/broadcasts.repository';
import { PushService, type Note } from 'src/modules/push/push.service';

const PEOPLE_AT_ONCE = 500;
const STALLED_MINUTES = 5;

/**
 * Tells the people of a broadcast, some hundred in a transaction: their notifications, how far it has come and the call for the next
 * ones are all there or none of them, wherever a worker is killed. Needs as much memory for a million people as for those.
 */
@Injectable()
export class BroadcastRun {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly i18n: I18n,
    private readonly broadcasts: BroadcastsRepository,
    private readonly push: PushService,
  ) {}

  /** Goes on with a part that stands at `after`; a call that comes again, or late, finds it elsewhere and does nothing. */
  async step(partId: number, after: string | null): Promise<void> {
    const found = await this.broadcasts.part(partId);
    if (!found) return;
    await this.db.tx(async () => {
      const broadcast = await this.broadcasts.lock(found.broadcastId);
      const part = await this.broadcasts.part(partId);
      if (broadcast?.status !== 'running' || !part || part.finishedAt || part.cursor !== after) return;
      if (!broadcast.startedAt) await this.broadcasts.change(broadcast.id, { started: true });
      await this.tellSome(broadcast, part);
      await this.bus.publish('broadcast.progressed', { broadcast_id: broadcast.id });
    });
  }

  /** Calls again for parts whose calls were given up, because the database was away for too long. */
  async resumeStalled(): Promise<void> {
    for (const { id, cursor, tenant_id: tenantId } of await this.broadcasts.stalled(STALLED_MINUTES))
      await runInContext({ ...currentContext(), tenantId }, () =>
        this.jobs.enqueue('push.broadcast', { part_id: id, after: cursor }),
      );
  }

  /** How it stands with each, of any tenant; nothing of what is none. */
  async statusesOf(ids: number[]): Promise<Map<number, BroadcastStatus>> {
    return new Map((await this.broadcasts.statusesOf(ids)).map(({ id, status }) => [id, status]));
  }

  private async tellSome(broadcast: Broadcast, part: BroadcastPart) {
    const key = `broadcast:${broadcast.id}`;
    // who moves comes into another part
    const leaveOutTold = broadcast.localTime !== null;
    const people = await this.broadcasts.nextPeople(broadcast, part, { key, leaveOutTold, limit: PEOPLE_AT_ONCE });
    await this.push.notify(people.map(({ id, language }) => this.toNote(broadcast, key, id, language)));
    const cursor = people.at(-1)?.id ?? null;
    const isFinished = people.length < PEOPLE_AT_ONCE;
    await this.broadcasts.move(part.id, cursor, people.length, isFinished);
    if (!isFinished) await this.jobs.enqueue('push.broadcast', { part_id: part.id, after: cursor });
    else if (!(await this.broadcasts.openParts(broadcast.id)).length)
      await this.broadcasts.change(broadcast.id, { status: 'done', finished: true });
  }

  private toNote(broadcast: Broadcast, key: string, userId: string, language: string | null): Note {
    const { title, body } = broadcast.translations[this.i18n.known(language) ?? this.i18n.fallback] ?? broadcast.text;
    return {
      userId,
      key,
      kind: broadcast.notificationType,
      category: 'broadcast',
      title: { key: 'custom.title', params: { title } },
      body: { key: 'custom.body', params: { body } },
      data: { ...broadcast.data, broadcast_id: String(broadcast.id) },
      deviceTypes: broadcast.segment.platforms,
    };
  }
}
