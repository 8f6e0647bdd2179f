import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { toCallView } from 'src/modules/calls/calls.dto';
import { CallLedger, type Held } from 'src/modules/calls/calls.ledger';
import { isWaiting } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { PushService, type Note, type RegisteredDevice } from 'src/modules/push/push.service';

/** Each device that is there rings by then. The connection of a phone that has just fallen asleep looks open for most of a minute. */
const HEARD_WITHIN_MS = 5_000;

/** Wakes the devices of those who are called that do not ring by a connection, and quietens them again. */
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

  /**
   * Under the call's lock: what quietens them finds the push that rang, or keeps it from being made. Devices whose users are at them
   * ring by their connections.
   */
  async wake(callId: number, userIds: string[]): Promise<void> {
    const [sessions, devices] = await Promise.all([this.presence.sessions(userIds), this.push.devicesOf(userIds)]);
    const isThere = (userId: string) => sessions.get(userId)!.size > 0;
    const isOpen = ({ userId, sessionId }: RegisteredDevice) => sessions.get(userId)!.has(sessionId ?? '');
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const called = held.parts.filter(({ user_id, status }) => userIds.includes(user_id) && isWaiting(status));
      const elsewhere = devices.filter((device) => !isOpen(device));
      await this.ringAt(
        called.flatMap((part) => {
          const key = keyOf(part);
          return isThere(part.user_id) ? ringsOf(part, key, elsewhere) : [{ part, key }];
        }),
        held,
      );
      const unheard = called.flatMap((part) => unheardOf(part, devices.filter(isOpen)));
      if (!unheard.length) return;
      const whom = { user_ids: [...new Set(unheard.map(({ userId }) => userId))], device_ids: idsOf(unheard) };
      await this.jobs.enqueue('calls.wake_unheard', { call_id: callId, ...whom }, { delayMs: HEARD_WITHIN_MS });
    });
  }

  /** Those of the devices that seemed to be there and have not said that they ring, whatever others of their users' do. */
  async wakeUnheard(callId: number, userIds: string[], deviceIds: number[]): Promise<void> {
    const devices = (await this.push.devicesOf(userIds)).filter(({ id }) => deviceIds.includes(id));
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const called = held.parts.filter(({ user_id, status }) => userIds.includes(user_id) && isWaiting(status));
      await this.ringAt(
        called.flatMap((part) => ringsOf(part, keyOfUnheard(part), unheardOf(part, devices))),
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
    const rings = quiet.flatMap((part) =>
      [keyOf(part), keyOfUnheard(part)].map((key) => ({ userId: part.user_id, key })),
    );
    await this.push.withdraw(rings);
    const [sessions, rung] = [await this.presence.sessions(userIds), await this.push.told(rings)];
    const isThere = (userId: string) =>
      sessions.get(userId)!.size > 0 && !(unheard.includes(userId) && rung.has(userId));
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

  private async ringAt(rings: Ring[], { row, parts }: Held): Promise<void> {
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
      rings.map(({ part, key, deviceIds }): Note => ({
        userId: part.user_id,
        key,
        deviceIds,
        kind: 'call',
        aboutUserId: call.caller_id,
        title: { key: 'call.title', params: { caller: call.caller_name ?? '' } },
        body: { key: `call.${call.call_type}.body` },
        data: { ...data, rings_until: part.rings_until!.toISOString() },
        urgent: { until: part.rings_until! },
      })),
    );
  }
}

/** The push of a call to one who is called: at all his devices, or at some. */
interface Ring {
  part: PartRow;
  key: string;
  deviceIds?: number[];
}

/** At those of the devices that are his; none if none is. */
function ringsOf(part: PartRow, key: string, devices: RegisteredDevice[]): Ring[] {
  const deviceIds = idsOf(devices.filter(({ userId }) => userId === part.user_id));
  return deviceIds.length ? [{ part, key, deviceIds }] : [];
}

/** Those of the devices that are his and have not said that they ring. */
const unheardOf = ({ user_id, ringing_session_ids: ringing }: PartRow, devices: RegisteredDevice[]) =>
  devices.filter(({ userId, sessionId }) => userId === user_id && !(sessionId && ringing.includes(sessionId)));

const idsOf = (devices: RegisteredDevice[]): number[] => devices.map(({ id }) => id);

/** One for each time that somebody is called into a call. */
const keyOf = ({ call_id, invited_at }: PartRow) => `call:${call_id}:${invited_at.getTime()}`;

/** Of the devices that do not ring by the connection that they seem to have. */
const keyOfUnheard = (part: PartRow) => `${keyOf(part)}:unheard`;
