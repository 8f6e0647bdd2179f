import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { arrayOf, columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import type { ChatSettings } from 'src/modules/chats/chats.dto';
import { Chat, type ChatType, type ParticipantRole } from 'src/modules/chats/chats.entities';
import type { Poster, PostingRules } from 'src/modules/chats/chats.policy';
import { NEW_ID } from 'src/modules/chats/messages.repository';
import { LAST_SEEN, UNREAD_MENTIONS } from 'src/modules/chats/unread.repository';
import { In } from 'typeorm';

export interface ChatRow extends Seat {
  name: string;
  description: string | null;
  /** Of a private chat: the other person’s. */
  avatar_url: string | null;
  avatar_file_id: number | null;
  created_by: string;
  created_at: Date;
  updated_at: Date;
  /** Of the newest message that the viewer sees; 0: he sees none. */
  last_message_seq: number;
  message_count: number;
  read_count: number;
  unread_count: number;
  unread_mentions: number;
  participant_count: number;
}

/** How a user stands in a chat. */
export interface Seat {
  id: number;
  chat_type: ChatType;
  last_seq: number;
  last_read_seq: number;
  /** Messages up to this number are gone for him. */
  hidden_up_to_seq: number;
  role: ParticipantRole;
  settings: ChatSettings;
  is_muted: boolean;
  muted_until: Date | null;
  is_pinned: boolean;
  is_archived: boolean;
}

/** A place in a user's list of chats. */
export interface ListPlace {
  pinned: boolean;
  at: string;
  id: number;
}

export type ChatChanges = Partial<
  Pick<Chat, 'name' | 'description' | 'whoMayPost' | 'whoMayAdd' | 'whoMayEdit' | 'slowModeSeconds'>
>;

type ViewerRow = ChatRow & { viewer_id: string };

/** How `chats.private_pair` names two people. */
export const pairOf = (one: string, other: string) => [one, other].sort().join(':');

export interface LockedChat {
  id: number;
  /** The number of its newest change. */
  lastSeq: number;
  /** How many messages it has had that count as unread. */
  messageCount: number;
  /** Both users of a private chat. */
  pair?: [string, string];
}

/** As messages name him. */
export interface Sender {
  name: string;
  username: string;
  avatarUrl: string | null;
  /** Has he written nothing yet in a private chat that the other has begun? */
  answers?: boolean;
  /** Of the private chat in which he writes: see `chats.private_pair`. */
  pair: string | null;
}

/** Somebody who wants to write in a chat that he takes part in. */
export interface PosterRow extends PostingRules, Poster, Sender {
  chatId: number;
  userId: string;
  now: Date;
  /** Of the message, if it is sent in this transaction. */
  messageId: number;
  createdAt: Date;
}
/** Does the participant `u` show `viewer` what he has read? */
export const SHOWS_READ = '(u.id = viewer.id OR (u.read_receipts AND viewer.read_receipts))';

/** Are the participant `u` and `viewer` the two of a private chat (c), and has one blocked the other? Then neither sees the other's marks. */
export const PARTED = `(c.chat_type = 'private' AND EXISTS (
    SELECT FROM user_blocks b WHERE (b.blocker_id, b.blocked_id) IN ((u.id, viewer.id), (viewer.id, u.id))))`;

/** Is the participant (p) one of the two of a private chat (c), of whom one has blocked the other? */
export const IS_PARTED = `(c.chat_type = 'private' AND EXISTS (
    SELECT FROM chat_participants o JOIN user_blocks b
      ON (b.blocker_id, b.blocked_id) IN ((p.user_id, o.user_id), (o.user_id, p.user_id))
    WHERE o.chat_id = c.id))`;

/** Has a participant (me) deleted the chat (c) for himself, and nothing been said in it since? */
export const IS_PUT_AWAY = '(me.is_hidden AND c.last_message_seq <= me.hidden_up_to_seq)';

/** A message's place in its chat. */
export interface Head {
  chatId: number;
  seq: number;
  /** See `Message.ordinal`. */
  ordinal: number;
}

/** What is kept of a chat (c) and of how a participant (me) stands in it: nothing is looked for. */
const SEAT = `c.id, c.chat_type, c.last_seq, me.last_read_seq, me.hidden_up_to_seq, me.role,
    json_build_object('who_may_post', c.who_may_post, 'who_may_add', c.who_may_add, 'who_may_edit', c.who_may_edit,
      'slow_mode_seconds', c.slow_mode_seconds) AS settings,
    coalesce(me.muted_until > now(), false) AS is_muted,
    CASE WHEN isfinite(me.muted_until) AND me.muted_until > now() THEN me.muted_until END AS muted_until,
    me.pinned_at IS NOT NULL AS is_pinned, me.archived_at IS NOT NULL AS is_archived`;

/** The chats of participants ($1: their ids), as each of them sees them. */
const OF_USERS = `
  SELECT me.user_id AS viewer_id, ${SEAT}, coalesce(c.name, other.display_name, other.username, '') AS name, c.description, other.avatar_url,
    c.avatar_file_id, c.created_by, c.created_at, c.updated_at, coalesce(${LAST_SEEN}, 0) AS last_message_seq,
    c.message_count, me.read_count, c.message_count - me.read_count AS unread_count,
    ${UNREAD_MENTIONS} AS unread_mentions, c.participant_count
  FROM chat_participants me JOIN chats c ON c.id = me.chat_id
    LEFT JOIN LATERAL (
      SELECT u.display_name, u.username, u.avatar_url FROM chat_participants p JOIN users u ON u.id = p.user_id
      WHERE p.chat_id = c.id AND c.chat_type = 'private' AND p.user_id <> me.user_id) other ON true
  WHERE me.user_id = ANY($1::uuid[]) AND me.left_at IS NULL`;

/** Chats, and as their participants see them. */
@Injectable()
export class ChatsRepository {
  constructor(private readonly db: Database) {}

  /** The id of the new chat of a pair (of one, twice, for saved messages), or undefined if the pair has one. */
  async insertOfPair(chatType: 'private' | 'saved', createdBy: string, pair: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO chats (tenant_id, chat_type, created_by, private_pair) VALUES ($1, $2, $3, $4)
       ON CONFLICT (private_pair) DO NOTHING RETURNING id`,
      [currentContext().tenantId, chatType, createdBy, pair],
    );
    return row?.id;
  }

  async privateChat(pair: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>('SELECT id FROM chats WHERE private_pair = $1', [pair]);
    return row?.id;
  }

  async insertGroup(createdBy: string, name: string, description: string | null): Promise<number> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO chats (tenant_id, chat_type, created_by, name, description) VALUES ($1, 'group', $2, $3, $4) RETURNING id`,
      [currentContext().tenantId, createdBy, name, description],
    );
    return row!.id;
  }

  /** Changes what is given, but not its last activity; false if that is nothing. */
  async update(chatId: number, change: ChatChanges): Promise<boolean> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    if (!Object.keys(given).length) return false;
    await this.db.repo(Chat).update(chatId, { ...given, updatedAt: () => 'updated_at' });
    return true;
  }

  byIds(ids: number[]): Promise<Chat[]> {
    return this.db.repo(Chat).findBy({ id: In(ids) });
  }

  /** Deletes a chat, its messages some at a time first. */
  async purge(chatId: number): Promise<void> {
    await inChunks(this.db, 'messages', 'DELETE FROM messages', 'chat_id = $1', [chatId]);
    await this.db.query('DELETE FROM chats WHERE id = $1', [chatId]);
  }

  /** How the user stands in the chat, or undefined if he has no part in it. */
  async seat(userId: string, chatId: number): Promise<Seat | undefined> {
    const [seat] = await this.db.prepared<Seat>(
      'chat seat',
      `SELECT ${SEAT} FROM chat_participants me JOIN chats c ON c.id = me.chat_id
       WHERE me.user_id = $1 AND me.chat_id = $2 AND me.left_at IS NULL`,
      [userId, chatId],
    );
    return seat;
  }

  /** The user's chat, or undefined if he has no part in it. */
  async ofUser(userId: string, chatId: number): Promise<ChatRow | undefined> {
    return (await this.ofUsers([userId], chatId))[0]?.chat;
  }

  /** Those of the chats that the user takes part in. */
  async ofUserIn(userId: string, chatIds: number[]): Promise<ChatRow[]> {
    const rows = await this.db.prepared<ViewerRow>('chats of user', `${OF_USERS} AND c.id = ANY($2)`, [
      [userId],
      chatIds,
    ]);
    return rows.map(({ viewer_id: _, ...chat }) => chat);
  }

  /** The chat as each of the users who take part in it sees it. */
  async ofUsers(userIds: string[], chatId: number): Promise<{ userId: string; chat: ChatRow }[]> {
    const rows = await this.db.prepared<ViewerRow>('chat of users', `${OF_USERS} AND c.id = $2`, [
      arrayOf(userIds),
      chatId,
    ]);
    return rows.map(({ viewer_id: userId, ...chat }) => ({ userId, chat }));
  }

  async groupName(chatId: number): Promise<string | null> {
    const [row] = await this.db.query<{ name: string | null }>('SELECT name FROM chats WHERE id = $1', [chatId]);
    return row?.name ?? null;
  }

  /** Up to `limit` of the user's chats, pinned ones first and then last active first, from below a place in that order. */
  async listOfUser(userId: string, limit: number, isArchived: boolean | null, below?: ListPlace): Promise<ChatRow[]> {
    const rows = await this.db.prepared<ViewerRow>(
      'chats listed',
      `${OF_USERS} AND NOT ${IS_PUT_AWAY}
         AND ($2::boolean IS NULL OR (me.archived_at IS NOT NULL) = $2)
         AND ($3::boolean IS NULL OR (me.pinned_at IS NOT NULL, c.updated_at, c.id) < ($3, $4::timestamptz, $5::bigint))
       ORDER BY me.pinned_at IS NOT NULL DESC, c.updated_at DESC, c.id DESC LIMIT $6`,
      [[userId], isArchived, below?.pinned ?? null, below?.at ?? null, below?.id ?? null, limit],
    );
    return rows.map(({ viewer_id: _, ...chat }) => chat);
  }

  /** The chats whose events each of the users hears: all of his, but private ones with whom one has blocked the other. */
  async heardBy(userIds: string[]): Promise<Map<string, number[]>> {
    const rows = await this.db.prepared<{ user_id: string; ids: number[] }>(
      'chats heard by',
      `SELECT p.user_id, array_agg(p.chat_id) AS ids FROM chat_participants p JOIN chats c ON c.id = p.chat_id
       WHERE p.user_id = ANY($1::uuid[]) AND p.left_at IS NULL AND NOT ${IS_PARTED}
       GROUP BY p.user_id`,
      [arrayOf(userIds)],
    );
    return new Map(rows.map((row) => [row.user_id, row.ids]));
  }

  /** The chats of each of the users. */
  async chatIdsOfUsers(userIds: string[]): Promise<Map<string, number[]>> {
    const rows = await this.db.query<{ user_id: string; ids: number[] }>(
      `SELECT user_id, array_agg(chat_id) AS ids FROM chat_participants
       WHERE user_id = ANY($1::uuid[]) AND left_at IS NULL GROUP BY user_id`,
      [userIds],
    );
    return new Map(rows.map((row) => [row.user_id, row.ids]));
  }

  /** All who share a chat with any of the users, the users included. */
  async peopleAround(userIds: string[]): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT DISTINCT user_id FROM chat_participants WHERE left_at IS NULL AND chat_id IN (
         SELECT chat_id FROM chat_participants WHERE user_id = ANY($1::uuid[]) AND left_at IS NULL)`,
      [userIds],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Those who want to be told on their devices of a message: all who have not muted the chat, and whom it names. */
  async tellableIds(chatId: number, seq: number, named: string[] | 'all'): Promise<string[]> {
    const sql = `SELECT user_id FROM chat_participants WHERE chat_id = $1 AND left_at IS NULL AND last_read_seq < $2
      AND ($3 OR NOT coalesce(muted_until > now(), false) OR user_id = ANY($4::uuid[]))`;
    const parameters = [chatId, seq, named === 'all', named === 'all' ? [] : named];
    return (await this.db.query<{ user_id: string }>(sql, parameters)).map((row) => row.user_id);
  }

  /** Of each of the users, how many messages he has not read, over all his chats. */
  async unreadOf(userIds: string[]): Promise<Map<string, number>> {
    const rows = await this.db.query<{ user_id: string; count: number }>(
      `SELECT p.user_id, sum(c.message_count - p.read_count)::int AS count
       FROM chat_participants p JOIN chats c ON c.id = p.chat_id
       WHERE p.user_id = ANY($1) AND p.left_at IS NULL GROUP BY p.user_id`,
      [userIds],
    );
    return new Map(rows.map(({ user_id, count }) => [user_id, count]));
  }

  async hasLeft(userId: string, chatId: number): Promise<boolean> {
    const sql = 'SELECT id FROM chat_participants WHERE user_id = $1 AND chat_id = $2 AND left_at IS NOT NULL';
    return (await this.db.query(sql, [userId, chatId])).length > 0;
  }

  async participantIds(chatId: number, of: string[] | null = null): Promise<string[]> {
    const sql = `SELECT user_id FROM chat_participants
      WHERE chat_id = $1 AND left_at IS NULL AND ($2::uuid[] IS NULL OR user_id = ANY($2))`;
    return (await this.db.query<{ user_id: string }>(sql, [chatId, of])).map((row) => row.user_id);
  }

  /** All who take part in the chat or ever did. */
  async everIds(chatId: number): Promise<string[]> {
    const sql = 'SELECT user_id FROM chat_participants WHERE chat_id = $1';
    return (await this.db.query<{ user_id: string }>(sql, [chatId])).map((row) => row.user_id);
  }

  /** Locks the chats, in one order for everybody. */
  async lock(chatIds: number[]): Promise<LockedChat[]> {
    const rows = await this.db.prepared<{
      id: number;
      last_seq: number;
      message_count: number;
      private_pair: string | null;
    }>(
      'chats lock',
      'SELECT id, last_seq, message_count, private_pair FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE',
      [arrayOf(chatIds)],
    );
    return rows.map(({ id, last_seq: lastSeq, message_count: messageCount, private_pair: pair }) => ({
      id,
      lastSeq,
      messageCount,
      pair: pair === null ? undefined : (pair.split(':') as [string, string]),
    }));
  }

  /** For each of the pairs in which the user takes part in the chat, how he stands in it, and who he is. */
  takingPart(pairs: { chatId: number; userId: string }[]): Promise<PosterRow[]> {
    return this.db.prepared(
      'chats taking part',
      `SELECT p.chat_id AS "chatId", p.user_id AS "userId", p.role, p.last_sent_at AS "lastSentAt", clock_timestamp() AS now,
         c.chat_type AS "chatType", c.who_may_post AS "whoMayPost", c.slow_mode_seconds AS "slowModeSeconds",
         c.chat_type = 'private' AND c.created_by IS DISTINCT FROM p.user_id AND p.last_sent_at IS NULL AS answers,
         coalesce(u.display_name, u.username) AS name, u.username, u.avatar_url AS "avatarUrl", c.private_pair AS pair,
         ${NEW_ID} AS "messageId", now() AS "createdAt"
       FROM chat_participants p JOIN chats c ON c.id = p.chat_id JOIN users u ON u.id = p.user_id
         JOIN unnest($1::bigint[], $2::uuid[]) AS a (chat_id, user_id) ON p.chat_id = a.chat_id AND p.user_id = a.user_id
       WHERE p.left_at IS NULL`,
      [columnOf(pairs, ({ chatId }) => chatId), columnOf(pairs, ({ userId }) => userId)],
    );
  }

  /** Moves chats on to their newest messages, and their senders' marks with them: who writes has read. Done when committed. */
  advance(heads: Head[], senders: (Head & { userId: string })[]) {
    this.db.write(
      'chats advance',
      `WITH sent AS (
         UPDATE chat_participants p SET last_read_seq = s.seq, last_delivered_seq = s.seq, read_count = s.ordinal,
           last_sent_at = clock_timestamp(), marked_at = now()
         FROM unnest($4::bigint[], $5::uuid[], $6::bigint[], $7::bigint[]) AS s (chat_id, user_id, seq, ordinal)
         WHERE p.chat_id = s.chat_id AND p.user_id = s.user_id)
       UPDATE chats c SET last_seq = h.seq, last_message_seq = h.seq, message_count = h.ordinal,
         updated_at = date_trunc('milliseconds', now()) -- as the message's own time is shown
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS h (id, seq, ordinal) WHERE c.id = h.id`,
      [
        columnOf(heads, ({ chatId }) => chatId),
        columnOf(heads, ({ seq }) => seq),
        columnOf(heads, ({ ordinal }) => ordinal),
        columnOf(senders, ({ chatId }) => chatId),
        columnOf(senders, ({ userId }) => userId),
        columnOf(senders, ({ seq }) => seq),
        columnOf(senders, ({ ordinal }) => ordinal),
      ],
    );
  }
}
