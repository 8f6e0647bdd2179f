import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { Streams } from 'src/core/streams/streams';
import { toCallOutcome, toCallView } from 'src/modules/calls/calls.dto';
import { CallNotFound } from 'src/modules/calls/calls.errors';
import {
  begin,
  follow,
  isOver,
  isWaiting,
  type Act,
  type CallState,
  type LeaveReason,
  type Outcome,
} from 'src/modules/calls/calls.machine';
import { CallsRepository, type CallRow, type PartRow } from 'src/modules/calls/calls.repository';

/** A call under its lock, as it was when the lock was taken. */
export interface Held {
  row: CallRow;
  parts: PartRow[];
}

/** Who does something, and with which device. */
export interface Actor {
  userId: string;
  sessionId: string;
}

/** Holds calls, and writes what becomes of them: rows, facts and the time-out, in the open transaction. */
@Injectable()
export class CallLedger {
  constructor(
    private readonly calls: CallsRepository,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly streams: Streams,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Throws `call.not_found`. */
  async hold(callId: number): Promise<Held> {
    const row = await this.calls.lock(callId);
    if (!row) throw CallNotFound({ call_id: callId });
    return { row, parts: await this.calls.parts([callId]) };
  }

  /** Begins a call; its id. */
  async open(
    call: Pick<CallRow, 'channel_name' | 'call_type' | 'is_group' | 'chat_id'>,
    caller: Actor,
    others: ReadonlyMap<string, 'invited' | 'busy'>,
  ): Promise<number> {
    const id = await this.calls.insert({ ...call, initiated_by: caller.userId });
    const outcome = begin(caller.userId, call.is_group, others);
    await this.write({ id, status: null, parts: new Map() }, outcome, caller);
    return id;
  }

  /** Does something to a call; false if that cannot happen to it as it is. */
  async apply({ row, parts }: Held, act: Act, by: Actor | null): Promise<boolean> {
    const before: CallState = {
      status: row.status,
      isGroup: row.is_group,
      callerId: row.initiated_by,
      parts: new Map(parts.map(({ user_id, status }) => [user_id, status])),
    };
    const outcome = follow(before, act);
    if (!outcome) return false;
    const why = 'reason' in act ? (act.reason ?? null) : null;
    await this.write({ id: row.id, status: row.status, parts: before.parts }, outcome, by, why);
    return true;
  }

  /** Tells that a participant goes on with this device. */
  async handOver(callId: number, { userId: user_id, sessionId: session_id }: Actor): Promise<void> {
    const revision = await this.calls.advance(callId);
    await this.bus.publish('call.handed_over', { call_id: callId, revision, user_id, session_id });
  }

  /** Tells that a participant's microphone or camera has changed; the number of that. */
  async update(callId: number, userId: string): Promise<number> {
    const revision = await this.calls.advance(callId);
    await this.bus.publish('call.part_updated', { call_id: callId, revision, user_id: userId });
    return revision;
  }

  /** Looks again at a call’s ringing after some time: `ms`, by default as long as it rings. */
  async awaitTimeOut(callId: number, ms = this.env.CALL_RING_TIMEOUT_SECONDS * 1000): Promise<void> {
    await this.jobs.enqueue('calls.time_out', { call_id: callId }, { delayMs: ms });
  }

  private async write(
    before: Before,
    { status, parts, reason }: Outcome,
    by: Actor | null,
    why: LeaveReason | null = null,
  ) {
    const { id: call_id } = before;
    const changed = [...parts].map(([user_id, to]) => ({ user_id, from: before.parts.get(user_id) ?? null, to }));
    const who = (fits: (change: (typeof changed)[number]) => boolean) =>
      changed.filter(fits).map(({ user_id }) => user_id);

    await this.calls.saveParts(
      call_id,
      changed.map(({ user_id, to }) => ({ userId: user_id, status: to })),
      this.env.CALL_RING_TIMEOUT_SECONDS,
    );
    const revision = await this.calls.save(call_id, status, reason && { reason, by: by?.userId ?? null });
    await this.bus.publish('call.changed', {
      call_id,
      revision,
      from: before.status,
      to: status,
      parts: changed,
      user_id: by?.userId ?? null,
      session_id: by?.sessionId ?? null,
      why,
    });
    const invited = who(({ to }) => to === 'invited');
    if (invited.length) {
      await this.bus.publish('call.invited', { call_id, user_ids: invited });
      await this.awaitTimeOut(call_id);
    }
    const quieted = who(({ from, to }) => from !== null && isWaiting(from) && !isWaiting(to));
    const unheard = who(({ from, to }) => from === 'invited' && !isWaiting(to));
    if (quieted.length) await this.bus.publish('call.quieted', { call_id, user_ids: quieted, unheard });
    if (isOver(status)) await this.finish(call_id);
  }

  /** What has become of it goes into everybody's own stream, last, for that locks them. */
  private async finish(call_id: number) {
    const [row, parts] = [(await this.calls.byId(call_id))!, await this.calls.parts([call_id])];
    await this.bus.publish('call.finished', { call_id, chat_id: row.chat_id, status: row.status });
    const outcome = toCallOutcome(toCallView(row, parts));
    await this.streams.append(
      parts.map(({ user_id }) => user_id),
      'call_logged',
      outcome,
    );
  }
}

interface Before {
  id: number;
  status: CallState['status'] | null;
  parts: CallState['parts'];
}
