import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { toCallView } from 'src/modules/calls/calls.dto';
import { CallLedger, type Held } from 'src/modules/calls/calls.ledger';
import { isWaiting } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { PushService, type Note } from 'src/modules/push/push.service';

/** Whoever is there rings by then. The connection of a phone that has just fallen asleep looks open for most of a minute. */
const HEARD_WITHIN_MS = 5_000;

/** Wakes the phones of those who are called and are at no device that rings, and quietens them again. */
@Injectable()
export class RingingService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly ledger: CallLedger,
    private readonly calls: CallsRepository,
    private readonly presence: Presence,
    private readonly push: PushService,
  ) {}

  /** Under the call's lock: what quietens them finds the push that rang, or keeps it from being made. */
  async wake(callId: number, userIds: string[]): Promise<void> {
    const present = await this.present(userIds);
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const called = held.parts.filter(({ user_id, status }) => userIds.includes(user_id) && isWaiting(status));
      await this.ringAt(
        called.filter(({ user_id }) => !present.has(user_id)),
        held,
      );
      const seem = called.filter(({ user_id, status }) => present.has(user_id) && status === 'invited');
      if (!seem.length) return;
      const job = { call_id: callId, user_ids: seem.map(({ user_id }) => user_id) };
      await this.jobs.enqueue('calls.wake_unheard', job, { delayMs: HEARD_WITHIN_MS });
    });
  }

  /** Those who seemed to be there, and of whom no device has said that it rings. */
  async wakeUnheard(callId: number, userIds: string[]): Promise<void> {
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      await this.ringAt(
        held.parts.filter(({ user_id, status }) => userIds.includes(user_id) && status === 'invited'),
        held,
      );
    });
  }

  /** Takes the pushes that rang back; who has missed the call, and is away or was woken in vain (`unheard`), reads of it. */
  async quieten(callId: number, userIds: string[], unheard: string[]): Promise<void> {
    const row = await this.calls.byId(callId);
    if (!row) return;
    const parts = await this.calls.parts([callId]);
    const quiet = parts.filter(({ user_id, status }) => userIds.includes(user_id) && !isWaiting(status));
    const rings = quiet.map((part) => ({ userId: part.user_id, key: keyOf(part) }));
    await this.push.withdraw(rings);
    const [present, rung] = [await this.present(userIds), await this.push.told(rings)];
    const isThere = (userId: string) => present.has(userId) && !(unheard.includes(userId) && rung.has(userId));
    const caller = toCallView(row, parts).caller_name ?? '';
    await this.push.notify(
      quiet
        .filter(({ status, user_id }) => status === 'missed' && !isThere(user_id))
        .map((part) => ({
          userId: part.user_id,
          key: `call_missed:${part.call_id}:${part.invited_at.getTime()}`,
          kind: 'call',
          aboutUserId: row.initiated_by,
          title: { key: 'call.title', params: { caller } },
          body: { key: `call.missed_${row.call_type}.body` },
          data: { event: 'call_missed', call_id: String(callId), chat_id: String(row.chat_id ?? '') },
        })),
    );
  }

  private async ringAt(asleep: PartRow[], { row, parts }: Held): Promise<void> {
    const call = toCallView(row, parts);
    const data = {
      event: 'call_initiated',
      call_id: String(call.id),
      chat_id: String(call.chat_id ?? ''),
      caller_id: call.caller_id,
      caller_name: call.caller_name ?? '',
      call_type: call.call_type,
      channel_name: call.channel_name,
    };
    await this.push.notify(
      asleep.map((part): Note => ({
        userId: part.user_id,
        key: keyOf(part),
        kind: 'call',
        aboutUserId: call.caller_id,
        title: { key: 'call.title', params: { caller: call.caller_name ?? '' } },
        body: { key: `call.${call.call_type}.body` },
        data: { ...data, rings_until: part.rings_until!.toISOString() },
        urgent: { until: part.rings_until! },
      })),
    );
  }

  /** Those who have a connection, and have not said on all of them that they are away. */
  private async present(userIds: string[]): Promise<Set<string>> {
    const [connected, statuses] = await Promise.all([this.presence.online(userIds), this.presence.statuses(userIds)]);
    return new Set(userIds.filter((userId) => connected.has(userId) && statuses.get(userId) !== 'away'));
  }
}

/** One for each time that somebody is called into a call. */
const keyOf = ({ call_id, invited_at }: PartRow) => `call:${call_id}:${invited_at.getTime()}`;
