import { Injectable } from '@nestjs/common';
import { groupBy, ofEach } from 'src/core/collections/collections';
import { arrayOf, columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { gathered } from 'src/core/database/group-commit';
import { forgetOld } from 'src/core/streams/trimming';
import type { ChangeRow } from 'src/modules/chats/changes.service';
import { IS_PUT_AWAY, PARTED, SHOWS_READ } from 'src/modules/chats/chats.repository';
import type { MarksPlace } from 'src/modules/chats/sync.cursor';
import type { Head } from 'src/modules/chats/sync.plan';
import { SEES, sees, UNREAD_MENTIONS } from 'src/modules/chats/unread.repository';

export interface MarkRow {
  participant_id: number;
  is_own: boolean;
  chat_id: number;
  user_id: string;
  last_read_seq: number | null;
  last_delivered_seq: number;
  read_count: number | null;
  unread_mentions: number | null;
}

interface MarksQuery {
  userId: string;
  since: Date;
  limit: number;
  from?: MarksPlace;
}

/** Those changes that go into one answer; if others were left out, all up to the last of these is here. */
export interface ChangesFound {
  rows: ChangeRow[];
  /** About how many bytes they have when they are shown. */
  bytes: number;
  isCut: boolean;
}

/** The changes of a chat above `after`, up to `upTo`. */
interface Range {
  chatId: number;
  after: number;
  upTo: number;
}

/**
 * How many bytes a change (e) of a message (t) has at least when it is shown, beside what has bounds: of those who came into a group all
 * are named. PostgreSQL need not read what is long to know it.
 */
const LEAST_BYTES = `(1000 + coalesce(octet_length(t.content), 0) + 400 * coalesce(jsonb_array_length(e.data -> 'user_ids'), 0))`;

/** How many more it has: JSON spells out some letters, and of each kind of reaction up to 100 people are named. */
const MORE_BYTES = `(coalesce(octet_length(to_json(e.content)::text) - octet_length(e.content) + coalesce(octet_length(e.metadata::text), 0)
    + 40 * (SELECT count(*) FROM (SELECT FROM message_reactions x WHERE x.message_id = e.shown_id LIMIT 2000) x), 0))`;

const LOG = { table: 'chat_changes', of: 'chat_id', heads: 'chats', key: 'id', type: 'bigint' } as const;

/** What many who come back at once ask is asked together. */
@Injectable()
export class SyncRepository {
  constructor(private readonly db: Database) {}

  /** The user's chats as they stand, without those he has put away; and the time of the database, by which marks are dated. */
  readonly heads = gathered<string, { heads: Head[]; at?: Date }>(async (userIds) => {
    const rows = await this.db.prepared<{
      user_id: string;
      id: number;
      last_seq: number;
      trimmed_seq: number;
      at: Date;
    }>(
      'sync heads',
      `SELECT me.user_id, c.id, c.last_seq, c.trimmed_seq, now() AS at
       FROM chat_participants me JOIN chats c ON c.id = me.chat_id
       WHERE me.user_id = ANY($1::uuid[]) AND me.left_at IS NULL AND NOT ${IS_PUT_AWAY} ORDER BY c.id`,
      [arrayOf(userIds)],
    );
    const ofUser = groupBy(rows, ({ user_id }) => user_id);
    return userIds.map((userId) => {
      const own = ofUser.get(userId) ?? [];
      const heads = own.map(({ id, last_seq, trimmed_seq }) => ({
        chatId: id,
        lastSeq: last_seq,
        trimmedSeq: trimmed_seq,
      }));
      return { heads, at: own[0]?.at };
    });
  });

  /**
   * The changes of the chats above `after`, up to `upTo`: new messages from their own rows, others from the log. In order, and no more
   * than `most` bytes of them (but one at least), so that none are read that are not told. What became of messages that the user sees
   * no more is left out, but where it shows in others: in what quotes them, and in how many replies a thread has.
   */
  readonly changes = gathered<{ userId: string; ranges: Range[]; most: number }, ChangesFound>(async (asked) => {
    const ranges = asked.flatMap(({ userId, ranges, most }, who) =>
      ranges.map((range) => ({ ...range, userId, who, most })),
    );
    const rows = await this.db.prepared<ChangeRow & { who: number; bytes: number; goes_on: boolean }>(
      'sync changes',
      `SELECT who, chat_id, seq, type, message_id, user_id, actor_id, data, so_far AS bytes, goes_on
       FROM (
         SELECT e.*, s.bytes, sum(s.bytes) OVER (PARTITION BY e.who ORDER BY e.chat_id, e.seq ROWS UNBOUNDED PRECEDING) AS so_far
         FROM (
           SELECT r.who, r.chat_id, r.most, e.*, t.id AS shown_id, t.content, t.metadata, ${LEAST_BYTES} AS least,
             sum(${LEAST_BYTES}) OVER in_order AS least_so_far, lead(e.seq) OVER in_order IS NOT NULL AS goes_on
           FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[])
               AS r (who, user_id, chat_id, after, up_to, most)
             JOIN chat_participants me ON me.chat_id = r.chat_id AND me.user_id = r.user_id,
           LATERAL (
             SELECT seq, CASE WHEN ${SEES} THEN 'new_message' ELSE 'message_updated' END AS type,
               CASE WHEN ${SEES} THEN m.id ELSE m.thread_id END AS message_id, NULL::uuid AS user_id, sender_id AS actor_id, NULL::jsonb AS data
             FROM messages m WHERE m.chat_id = r.chat_id AND m.seq > r.after AND m.seq <= r.up_to AND (${SEES}
               OR EXISTS (SELECT FROM messages root WHERE root.id = m.thread_id AND ${sees('root')}))
             UNION ALL
             SELECT l.seq, l.type, l.message_id, l.user_id, l.actor_id, l.data
             FROM chat_changes l LEFT JOIN messages m ON m.id = l.message_id
             WHERE l.chat_id = r.chat_id AND l.seq > r.after AND l.seq <= r.up_to AND (m.id IS NULL OR ${SEES}
               OR l.type <> 'reaction_updated' AND EXISTS (
                 SELECT FROM messages q WHERE q.reply_to_id = m.id AND q.seq > me.hidden_up_to_seq))) e
           LEFT JOIN messages t ON t.id = e.message_id
           WINDOW in_order AS (PARTITION BY r.who ORDER BY r.chat_id, e.seq ROWS UNBOUNDED PRECEDING)) e,
         LATERAL (SELECT (least + ${MORE_BYTES})::int AS bytes) s
         WHERE least_so_far - least < most) told
       WHERE so_far - bytes < most ORDER BY who, chat_id, seq`,
      [
        columnOf(ranges, ({ who }) => who),
        columnOf(ranges, ({ userId }) => userId),
        columnOf(ranges, ({ chatId }) => chatId),
        columnOf(ranges, ({ after }) => after),
        columnOf(ranges, ({ upTo }) => upTo),
        columnOf(ranges, ({ most }) => most),
      ],
    );
    return ofEach(asked.length, rows).map((own) => {
      const last = own.at(-1);
      return { rows: own, bytes: last?.bytes ?? 0, isCut: last?.goes_on ?? false };
    });
  });

  /**
   * Up to `limit` marks in the user's chats that moved since an instant, his own before those of others, from beyond a place, as far as
   * he may see them.
   */
  readonly marks = gathered<MarksQuery, MarkRow[]>(async (asked) => {
    const rows = await this.db.prepared<MarkRow & { who: number }>(
      'sync marks',
      `SELECT r.who, marks.*
       FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::int[], $5::bool[], $6::bigint[])
         AS r (who, user_id, since, most, others, beyond),
       LATERAL (
         SELECT p.id AS participant_id, p.user_id = me.user_id AS is_own, p.chat_id, p.user_id, CASE WHEN ${SHOWS_READ} THEN p.last_read_seq END AS last_read_seq, p.last_delivered_seq,
           CASE WHEN p.user_id = me.user_id THEN p.read_count END AS read_count,
           CASE WHEN p.user_id = me.user_id THEN ${UNREAD_MENTIONS} END AS unread_mentions
         FROM chat_participants me JOIN chat_participants p ON p.chat_id = me.chat_id
           JOIN users u ON u.id = p.user_id JOIN users viewer ON viewer.id = me.user_id JOIN chats c ON c.id = me.chat_id
         WHERE me.user_id = r.user_id AND me.left_at IS NULL AND p.left_at IS NULL AND p.marked_at > r.since AND NOT ${PARTED}
           AND (r.others IS NULL OR (p.user_id <> me.user_id, p.id) > (r.others, r.beyond))
         ORDER BY p.user_id <> me.user_id, p.id LIMIT r.most) marks
       ORDER BY r.who, marks.is_own DESC, marks.participant_id`,
      [
        arrayOf([...asked.keys()]),
        columnOf(asked, ({ userId }) => userId),
        asked.map(({ since }) => since),
        columnOf(asked, ({ limit }) => limit),
        asked.map(({ from }) => (from ? !from.isOwn : null)),
        asked.map(({ from }) => from?.participantId ?? null),
      ],
    );
    return ofEach(asked.length, rows);
  });

  /** Forgets up to `limit` changes that are older than so many days, the oldest first; how many those were. */
  trim = (days: number, limit: number): Promise<number> => forgetOld(this.db, LOG, days, limit);
}
