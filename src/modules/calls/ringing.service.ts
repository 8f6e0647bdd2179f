import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Presence } from 'src/core/realtime/presence';
import { toCallView } from 'src/modules/calls/calls.dto';
import { CallLedger } from 'src/modules/calls/calls.ledger';
import { isWaiting } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { PushService, type Note } from 'src/modules/push/push.service';

/** Wakes the phones of those who are called and have no open connection, and quietens them again. */
@Injectable()
export class RingingService {
  constructor(
    private readonly db: Database,
    private readonly ledger: CallLedger,
    private readonly calls: CallsRepository,
    private readonly presence: Presence,
    private readonly push: PushService,
  ) {}

  /** Under the call's lock: what quietens them finds the push that rang, or keeps it from being made. */
  async wake(callId: number, userIds: string[]): Promise<void> {
    const present = await this.presence.online(userIds);
    await this.db.tx(async () => {
      const { row, parts } = await this.ledger.hold(callId);
      const call = toCallView(row, parts);
      const data = {
        event: 'call_initiated',
        call_id: String(callId),
        chat_id: String(call.chat_id ?? ''),
        caller_id: call.caller_id,
        caller_name: call.caller_name ?? '',
        call_type: call.call_type,
        channel_name: call.channel_name,
      };
      const asleep = parts.filter(
        ({ user_id, status }) => userIds.includes(user_id) && isWaiting(status) && !present.has(user_id),
      );
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
    });
  }

  /** Takes the pushes that rang back; who has missed the call and is still away reads of it. */
  async quieten(callId: number, userIds: string[]): Promise<void> {
    const row = await this.calls.byId(callId);
    if (!row) return;
    const parts = await this.calls.parts([callId]);
    const quiet = parts.filter(({ user_id, status }) => userIds.includes(user_id) && !isWaiting(status));
    await this.push.withdraw(quiet.map((part) => ({ userId: part.user_id, key: keyOf(part) })));
    const present = await this.presence.online(userIds);
    const caller = toCallView(row, parts).caller_name ?? '';
    await this.push.notify(
      quiet
        .filter(({ status, user_id }) => status === 'missed' && !present.has(user_id))
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
}

/** One for each time that somebody is called into a call. */
const keyOf = ({ call_id, invited_at }: PartRow) => `call:${call_id}:${invited_at.getTime()}`;
