import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { ChatType, ParticipantRole } from 'src/modules/chats/chats.entities';

export interface ChatRow {
  id: number;
  chat_type: ChatType;
  name: string;
  description: string | null;
  avatar_url: string | null;
  created_by: string;
  created_at: Date;
  updated_at: Date;
  last_seq: number;
  last_message_seq: number;
  last_read_seq: number;
  unread_count: number;
  unread_mentions: number;
  participant_count: number;
}

type ViewerRow = ChatRow & { viewer_id: string };

export interface ParticipantRow {
  user_id: string;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  role: ParticipantRole;
  joined_at: Date;
  last_read_seq: number;
  last_delivered_seq: number;
}

export interface LockedChat {
  id: number;
  /** The number of its newest change. */
  lastSeq: number;
  /** How many messages it has had that count as unread. */
  messageCount: number;
  /** Both users of a private chat. */
  pair?: [string, string];
}

/** A message's place in its chat. */
export interface Head {
  chatId: number;
  seq: number;
  /** See `Message.ordinal`. */
  ordinal: number;
}

/** How often a participant (me) was named, or everybody addressed, in messages of the chat (c) that he has not read. */
const UNREAD_MENTIONS = `
    (SELECT count(*)::int FROM message_mentions n JOIN messages m ON m.id = n.message_id
     WHERE n.user_id = me.user_id AND n.chat_id = c.id AND n.seq > me.last_read_seq AND NOT m.mentions_all)
    + (SELECT count(*)::int FROM messages m
       WHERE m.chat_id = c.id AND m.mentions_all AND m.seq > me.last_read_seq AND m.sender_id <> me.user_id)`;

/** The chats of participants ($1: their ids), as each of them sees them. */
const OF_USERS = `
  SELECT me.user_id AS viewer_id, c.id, c.chat_type, coalesce(c.name, other.display_name, other.username, '') AS name, c.description, other.avatar_url,
    c.created_by, c.created_at, c.updated_at, c.last_seq, c.last_message_seq, me.last_read_seq,
    c.message_count - me.read_count AS unread_count, ${UNREAD_MENTIONS} AS unread_mentions,
    (SELECT count(*)::int FROM chat_participants p WHERE p.chat_id = c.id AND p.left_at IS NULL) AS participant_count
  FROM chat_participants me JOIN chats c ON c.id = me.chat_id
    LEFT JOIN LATERAL (
      SELECT u.display_name, u.username, u.avatar_url FROM chat_participants p JOIN users u ON u.id = p.user_id
      WHERE p.chat_id = c.id AND c.chat_type = 'private' AND p.user_id <> me.user_id) other ON true
  WHERE me.user_id = ANY($1::uuid[]) AND me.left_at IS NULL`;

/** Chats and their participants. */
@Injectable()
export class ChatsRepository {
  constructor(private readonly db: Database) {}

  /** The id of the new private chat of a pair, or undefined if the pair has one. */
  async insertPrivate(createdBy: string, pair: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO chats (tenant_id, chat_type, created_by, private_pair) VALUES ($1, 'private', $2, $3)
       ON CONFLICT (private_pair) DO NOTHING RETURNING id`,
      [currentContext().tenantId, createdBy, pair],
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

  /** New participants, for whom nothing that was said before is unread. */
  async insertParticipants(chatId: number, participants: { userId: string; role: ParticipantRole }[]): Promise<void> {
    await this.db.query(
      `INSERT INTO chat_participants (chat_id, user_id, role, last_read_seq, last_delivered_seq, read_count)
       SELECT c.id, p.user_id, p.role, c.last_seq, c.last_seq, c.message_count
       FROM chats c, unnest($2::uuid[], $3::text[]) AS p (user_id, role) WHERE c.id = $1`,
      [chatId, participants.map(({ userId }) => userId), participants.map(({ role }) => role)],
    );
  }

  /** The user's chat, or undefined if he has no part in it. */
  async ofUser(userId: string, chatId: number): Promise<ChatRow | undefined> {
    return (await this.ofUsers([userId], chatId))[0]?.chat;
  }

  /** The chat as each of the users who take part in it sees it. */
  async ofUsers(userIds: string[], chatId: number): Promise<{ userId: string; chat: ChatRow }[]> {
    const rows = await this.db.query<ViewerRow>(`${OF_USERS} AND c.id = $2`, [userIds, chatId]);
    return rows.map(({ viewer_id: userId, ...chat }) => ({ userId, chat }));
  }

  async groupName(chatId: number): Promise<string | null> {
    const [row] = await this.db.query<{ name: string | null }>('SELECT name FROM chats WHERE id = $1', [chatId]);
    return row?.name ?? null;
  }

  /** Up to `limit` of the user's chats, last active first, from below a place in that order. */
  async listOfUser(userId: string, limit: number, below?: { at: string; id: number }): Promise<ChatRow[]> {
    const rows = await this.db.query<ViewerRow>(
      `${OF_USERS} AND ($3::timestamptz IS NULL OR (c.updated_at, c.id) < ($3, $4))
       ORDER BY c.updated_at DESC, c.id DESC LIMIT $2`,
      [[userId], limit, below?.at ?? null, below?.id ?? null],
    );
    return rows.map(({ viewer_id: _, ...chat }) => chat);
  }

  /** The chats whose events the user hears: all of his, but private ones with whom one has blocked the other. */
  async heardBy(userId: string): Promise<number[]> {
    const rows = await this.db.query<{ chat_id: number }>(
      `SELECT p.chat_id FROM chat_participants p JOIN chats c ON c.id = p.chat_id
       WHERE p.user_id = $1 AND p.left_at IS NULL AND NOT (c.chat_type = 'private' AND EXISTS (
         SELECT FROM chat_participants o JOIN user_blocks b
           ON (b.blocker_id, b.blocked_id) IN ((p.user_id, o.user_id), (o.user_id, p.user_id))
         WHERE o.chat_id = p.chat_id))`,
      [userId],
    );
    return rows.map((row) => row.chat_id);
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

  participants(chatId: number): Promise<ParticipantRow[]> {
    return this.db.query(
      `SELECT p.user_id, u.username, u.display_name, u.avatar_url, p.role, p.joined_at, p.last_read_seq, p.last_delivered_seq
       FROM chat_participants p JOIN users u ON u.id = p.user_id WHERE p.chat_id = $1 AND p.left_at IS NULL ORDER BY p.id`,
      [chatId],
    );
  }

  async participantIds(chatId: number): Promise<string[]> {
    const sql = 'SELECT user_id FROM chat_participants WHERE chat_id = $1 AND left_at IS NULL';
    return (await this.db.query<{ user_id: string }>(sql, [chatId])).map((row) => row.user_id);
  }

  /** Locks the chats, in one order for everybody. */
  async lock(chatIds: number[]): Promise<LockedChat[]> {
    const rows = await this.db.query<{
      id: number;
      last_seq: number;
      message_count: number;
      private_pair: string | null;
    }>('SELECT id, last_seq, message_count, private_pair FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE', [
      chatIds,
    ]);
    return rows.map(({ id, last_seq: lastSeq, message_count: messageCount, private_pair: pair }) => ({
      id,
      lastSeq,
      messageCount,
      pair: pair === null ? undefined : (pair.split(':') as [string, string]),
    }));
  }

  /** Those of the pairs in which the user takes part in the chat, as `chatId:userId`. */
  async takingPart(pairs: { chatId: number; userId: string }[]): Promise<Set<string>> {
    const rows = await this.db.query<{ chat_id: number; user_id: string }>(
      `SELECT p.chat_id, p.user_id FROM chat_participants p
         JOIN (SELECT DISTINCT * FROM unnest($1::bigint[], $2::uuid[])) AS a (chat_id, user_id)
           ON p.chat_id = a.chat_id AND p.user_id = a.user_id
       WHERE p.left_at IS NULL`,
      [pairs.map(({ chatId }) => chatId), pairs.map(({ userId }) => userId)],
    );
    return new Set(rows.map((row) => `${row.chat_id}:${row.user_id}`));
  }

  /** Moves chats on to their newest messages, and their senders' marks with them: who writes has read. */
  async advance(heads: Head[], senders: (Head & { userId: string })[]): Promise<void> {
    await this.db.query(
      `WITH sent AS (
         UPDATE chat_participants p SET last_read_seq = s.seq, last_delivered_seq = s.seq, read_count = s.ordinal
         FROM unnest($4::bigint[], $5::uuid[], $6::bigint[], $7::bigint[]) AS s (chat_id, user_id, seq, ordinal)
         WHERE p.chat_id = s.chat_id AND p.user_id = s.user_id)
       UPDATE chats c SET last_seq = h.seq, last_message_seq = h.seq, message_count = h.ordinal, updated_at = now()
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS h (id, seq, ordinal) WHERE c.id = h.id`,
      [
        ...[heads.map(({ chatId }) => chatId), heads.map(({ seq }) => seq), heads.map(({ ordinal }) => ordinal)],
        ...[senders.map(({ chatId }) => chatId), senders.map(({ userId }) => userId)],
        ...[senders.map(({ seq }) => seq), senders.map(({ ordinal }) => ordinal)],
      ],
    );
  }

  /** Moves a participant's mark forward; what is read is delivered too. False if it was there already. */
  async mark({ chatId, seq, ordinal }: Head, userId: string, what: 'read' | 'delivered'): Promise<boolean> {
    const set =
      what === 'read'
        ? 'last_read_seq = $3, last_delivered_seq = greatest(last_delivered_seq, $3), read_count = $4'
        : 'last_delivered_seq = $3';
    const rows = await this.db.query(
      `UPDATE chat_participants SET ${set}
       WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL AND last_${what}_seq < $3 RETURNING id`,
      what === 'read' ? [chatId, userId, seq, ordinal] : [chatId, userId, seq],
    );
    return rows.length > 0;
  }
}
