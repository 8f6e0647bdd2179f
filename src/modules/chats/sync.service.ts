import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { groupBy, portions } from 'src/core/collections/collections';
import { Gate } from 'src/core/collections/gate';
import { Database } from 'src/core/database/database';
import { gathered } from 'src/core/database/group-commit';
import { OnJob } from 'src/core/jobs/jobs';
import { Streams } from 'src/core/streams/streams';
import { ChangesService, type ChangeEvent } from 'src/modules/chats/changes.service';
import type { ChatView } from 'src/modules/chats/chats.dto';
import { ChatsService } from 'src/modules/chats/chats.service';
import { hidingReads } from 'src/modules/chats/participants.dto';
import { packCursor, unpackCursor, type Held } from 'src/modules/chats/sync.cursor';
import type { ChatSyncView, Sync, SyncView } from 'src/modules/chats/sync.dto';
import { planSync, type SyncPlan } from 'src/modules/chats/sync.plan';
import { SyncRepository } from 'src/modules/chats/sync.repository';
import { UnreadRepository } from 'src/modules/chats/unread.repository';

/** As many as a node may have connections: when they come back all at once, the last has to wait for all others. */
const LINE = { atOnce: 32, waiting: 100_000, patienceMs: 30_000 };
const TRIMMED_AT_ONCE = 2_000;
const MOST_MARKS = 2_000;
/** Of one answer, but for its marks: well below what may wait for a connection before it is let go, for then it would ask the same for ever. */
const MOST_BYTES = 1024 * 1024;
/** As many are read at once, and at least one is told. */
const SNAPSHOTS_AT_ONCE = 100;
/** Longer than a transaction takes: what it marks is dated by its beginning. */
const MARKS_OVERLAP_MS = 60_000;

/**
 * Tells a client what it missed: of the chats its user is in now, and of his own stream. A client connects (all rooms are joined
 * when `connection_established` comes), then syncs until `more` is false; events it heard meanwhile it applies after that, by
 * number. So there is no moment between the two in which something can be lost.
 */
@Injectable()
export class SyncService {
  private readonly gate = new Gate(LINE);
  private readonly counts = gathered((asked: { userId: string; chatIds: number[] }[]) => this.unread.ofEach(asked));

  constructor(
    private readonly db: Database,
    private readonly chats: ChatsService,
    private readonly changes: ChangesService,
    private readonly streams: Streams,
    private readonly rows: SyncRepository,
    private readonly unread: UnreadRepository,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** As many statements for many chats as for few, and hardly more for many who come back at once; of these each waits his turn here. */
  sync({ userId }: Principal, asked: Sync): Promise<SyncView> {
    return this.gate.pass(() => this.missed(userId, asked));
  }

  private async missed(userId: string, asked: Sync): Promise<SyncView> {
    const held = heldBy(asked);
    const user = await this.streams.since(userId, held.userSeq, asked.limit, MOST_BYTES);
    const userSeq = user.events.at(-1)?.data.user_seq ?? user.lastSeq;
    const own = { last_seq: userSeq, gap: user.gap, events: user.events };
    // It says which chats were cleared or taken away: all of it comes before what was said in them meanwhile.
    if (user.more)
      return { chats: [], left: [], user: own, marks: [], cursor: packCursor({ ...held, userSeq }), more: true };
    // The heads are read first, and nothing above them is told: what comes later is heard, or told by the next answer.
    const { heads, at } = await this.rows.heads(userId);
    const plan = planSync(heads, held.chats, asked.limit);
    const { told, isCut } = await this.told(userId, plan, MOST_BYTES - user.bytes);
    const chats = new Map(held.chats);
    plan.left.forEach((chatId) => chats.delete(chatId));
    told.forEach(({ chat_id, last_seq }) => chats.set(chat_id, last_seq));
    const { marks, ...marked } = await this.marks(userId, held, at?.getTime());
    const cursor = packCursor({ chats, userSeq, ...marked });
    const more = plan.more || isCut || marked.marksFrom !== undefined;
    return { chats: told, left: plan.left, user: own, marks, cursor, more };
  }

  /** Of the plan as much as has so many bytes, but something: the last chat that has events may be told in part. */
  private async told(userId: string, plan: SyncPlan, most: number): Promise<{ told: ChatSyncView[]; isCut: boolean }> {
    const { events, bytes, isCut } = await this.parted(userId, plan.events, most);
    const rows = events.flatMap((range) => range.rows);
    const shown = new Map(events.map(({ chatId }) => [chatId, [] as ChangeEvent[]]));
    for (const event of await this.changes.events(rows)) shown.get(event.chat_id)!.push(event);
    const unread = events.length ? await this.counts({ userId, chatIds: [...shown.keys()] }) : [];
    const counts = new Map(unread.map((row) => [row.chat_id, row]));
    // read after the changes: some of them were perhaps forgotten since it was planned
    const isTrimmed = ({ chatId, after }: (typeof events)[number]) => (counts.get(chatId)?.trimmed_seq ?? 0) > after;
    const told: ChatSyncView[] = [];
    for (const event of events) {
      const { chatId, upTo } = event;
      const found = counts.get(chatId);
      if (!found || isTrimmed(event)) continue; // or he has left it in this moment
      const { trimmed_seq: _, sees_reads: seesReads, ...row } = found;
      const missed = shown
        .get(chatId)!
        .map(({ type, data }) => ({ type, data: (!seesReads && hidingReads(data)) || data }));
      const updated_at = row.updated_at.toISOString();
      told.push({ ...row, updated_at, last_seq: upTo, gap: false, chat: null, events: missed });
    }
    const gaps = [...plan.snapshots, ...events.filter(isTrimmed).map(({ chatId }) => ({ chatId, gap: true }))];
    const { views, isCut: isShort } = await this.snapshots(userId, gaps, most - bytes, !told.length);
    return { told: [...told, ...views], isCut: isCut || isShort };
  }

  /** The changes of each chat, as far as they go into one answer. */
  private async parted(userId: string, ranges: SyncPlan['events'], most: number) {
    if (!ranges.length) return { events: [], bytes: 0, isCut: false };
    const { rows, bytes, isCut } = await this.rows.changes({ userId, ranges, most: Math.max(1, most) });
    const ofChat = groupBy(rows, ({ chat_id }) => chat_id);
    const events = ranges.map((range) => ({ ...range, rows: ofChat.get(range.chatId) ?? [] }));
    if (!isCut) return { events, bytes, isCut };
    const { chat_id: lastId, seq } = rows.at(-1)!;
    const last = events.findIndex(({ chatId }) => chatId === lastId);
    events[last]!.upTo = seq;
    return { events: events.slice(0, last + 1), bytes, isCut };
  }

  /** Chats as they are, until they have so many bytes; one at least, if it must be. */
  private async snapshots(userId: string, asked: SyncPlan['snapshots'], most: number, oneAtLeast: boolean) {
    const told: ChatSyncView[] = [];
    let rest = most;
    for (const some of portions(asked, SNAPSHOTS_AT_ONCE)) {
      const views = await this.chats.viewsOf(userId, some.map(({ chatId }) => chatId)); // oxfmt-ignore
      for (const { chatId, gap } of some) {
        const chat = views.get(chatId);
        if (!chat) continue;
        if (rest <= 0 && (told.length || !oneAtLeast)) return { views: told, isCut: true };
        rest -= Buffer.byteLength(JSON.stringify(chat));
        told.push({ ...toCounts(chat), last_seq: chat.last_seq, gap, chat, events: [] });
      }
    }
    return { views: told, isCut: false };
  }

  /** Those that moved, or as many as go into one answer, and from where on the next shall tell them. */
  private async marks(userId: string, { marksSince, marksFrom: from }: Held, now: number | undefined) {
    if (marksSince === undefined) return { marks: [], marksSince: now };
    const since = new Date(marksSince - MARKS_OVERLAP_MS);
    const rows = await this.rows.marks({ userId, since, limit: MOST_MARKS + 1, from });
    const marks = rows.slice(0, MOST_MARKS).map(({ participant_id: _, is_own: __, ...mark }) => mark);
    const begunAt = from?.begunAt ?? now ?? marksSince;
    if (rows.length === marks.length) return { marks, marksSince: begunAt };
    const last = rows[MOST_MARKS - 1]!;
    return { marks, marksSince, marksFrom: { isOwn: last.is_own, participantId: last.participant_id, begunAt } };
  }

  /** Forgets changes that are older than `EVENT_RETENTION_DAYS`; who comes later is told of a gap. */
  @OnJob('chats.trim_changes')
  async trim() {
    const days = this.env.EVENT_RETENTION_DAYS;
    while (await this.db.tx(() => this.rows.trim(days, TRIMMED_AT_ONCE)));
  }
}

function heldBy({ cursor, chats, user_seq, marks_since }: Sync): Held {
  if (cursor !== undefined) return unpackCursor(cursor);
  const held = Object.entries(chats ?? {}).map(([id, seq]): [number, number] => [Number(id), seq]);
  return { chats: new Map(held), userSeq: user_seq, marksSince: marks_since?.getTime() };
}

const toCounts = ({
  id,
  last_read_seq,
  message_count,
  read_count,
  unread_count,
  unread_mentions,
  updated_at,
}: ChatView) => ({
  ...{ chat_id: id, last_read_seq, message_count, read_count, unread_count, unread_mentions, updated_at },
});
