import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { I18n } from 'src/core/i18n/i18n';
import { Jobs } from 'src/core/jobs/jobs';
import { AuditService } from 'src/modules/audit/audit.service';
import type { CountRecipients, CreateBroadcast } from 'src/modules/push/broadcasts.dto';
import type { Broadcast, BroadcastStatus, Segment } from 'src/modules/push/broadcasts.entities';
import { BroadcastNotFound, BroadcastOver } from 'src/modules/push/broadcasts.errors';
import { BroadcastsRepository, type Progress } from 'src/modules/push/broadcasts.repository';
import { nextAt } from 'src/modules/push/broadcasts.schedule';

const OVER = new Set<BroadcastStatus>(['cancelled', 'done']);

/** What admins tell many people, now or later. `BroadcastRun` does it. */
@Injectable()
export class BroadcastsService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly bus: Bus,
    private readonly i18n: I18n,
    private readonly audit: AuditService,
    private readonly broadcasts: BroadcastsRepository,
  ) {}

  /** How many people it would be. */
  count({ segment }: CountRecipients): Promise<number> {
    return this.broadcasts.countRecipients(toSegment(segment));
  }

  create(actor: Principal, body: CreateBroadcast): Promise<Progress> {
    const { title, body: words, translations, scheduled_at: scheduledAt = new Date(), local_time: localTime } = body;
    const segment = toSegment(body.segment);
    return this.db.tx(async () => {
      const id = await this.broadcasts.insert({
        createdBy: actor.userId,
        text: { title, body: words },
        translations: this.byKnownLanguage(translations),
        notificationType: body.notification_type,
        data: body.data,
        segment,
        scheduledAt,
        localTime: localTime ?? null,
      });
      await this.broadcasts.insertParts(id, await this.partsOf(segment, scheduledAt, localTime));
      await this.call(id);
      await this.audit.note(actor, 'broadcast.created', null, { broadcast_id: String(id) });
      return this.get(id);
    });
  }

  /** Throws `push.broadcast_not_found`. */
  async get(id: number): Promise<Progress> {
    const broadcast = await this.broadcasts.get(id);
    if (!broadcast) throw BroadcastNotFound({ id });
    return broadcast;
  }

  getAll(ids: number[]): Promise<Progress[]> {
    return this.broadcasts.getAll(ids);
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<Progress>> {
    const rows = await this.broadcasts.list(placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  /** Nobody more is told from when this returns until it is resumed. Throws `push.broadcast_over`, as the others do. */
  pause = (actor: Principal, id: number): Promise<Progress> => this.change(actor, id, 'paused', 'broadcast.paused');

  /** It goes on where it stood; what has become due meanwhile at once. */
  resume = (actor: Principal, id: number): Promise<Progress> => this.change(actor, id, 'running', 'broadcast.resumed');

  /** Nobody more is told ever. */
  cancel = (actor: Principal, id: number): Promise<Progress> =>
    this.change(actor, id, 'cancelled', 'broadcast.cancelled');

  private change(actor: Principal, id: number, status: Broadcast['status'], action: string): Promise<Progress> {
    return this.db.tx(async () => {
      const broadcast = await this.broadcasts.lock(id);
      if (!broadcast) throw BroadcastNotFound({ id });
      if (OVER.has(broadcast.status)) throw BroadcastOver({ status: broadcast.status });
      if (broadcast.status !== status) {
        await this.broadcasts.change(id, { status, ...(status === 'cancelled' && { finished: true }) });
        if (status === 'running') await this.call(id);
        await this.audit.note(actor, action, null, { broadcast_id: String(id) });
        await this.bus.publish('broadcast.progressed', { broadcast_id: id });
      }
      return this.get(id);
    });
  }

  private async call(id: number) {
    for (const part of await this.broadcasts.openParts(id))
      await this.jobs.enqueue('push.broadcast', { part_id: part.id, after: part.cursor }, { delayMs: part.wait_ms });
  }

  private async partsOf(segment: Segment, earliest: Date, localTime: string | undefined) {
    if (localTime === undefined) return [{ timeZone: null, dueAt: earliest }];
    const zones = await this.broadcasts.timeZones(segment);
    const parts = zones.map((timeZone) => ({ timeZone, dueAt: nextAt(localTime, timeZone, earliest) }));
    const last = new Date(Math.max(earliest.getTime(), ...parts.map(({ dueAt }) => dueAt.getTime())));
    return [...parts, { timeZone: null, dueAt: last }];
  }

  private byKnownLanguage(translations: CreateBroadcast['translations']) {
    return Object.fromEntries(
      Object.entries(translations).map(([name, words]) => [this.i18n.known(name) ?? name.toLowerCase(), words]),
    );
  }
}

const toSegment = ({ seen_after, not_seen_after, ...segment }: CreateBroadcast['segment']): Segment => ({
  ...segment,
  ...(seen_after && { seen_after: seen_after.toISOString() }),
  ...(not_seen_after && { not_seen_after: not_seen_after.toISOString() }),
});
