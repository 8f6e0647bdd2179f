import { Injectable } from '@nestjs/common';
import { arrayOf, columnOf, ofAnyLength } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import type { MessageMetadata, MessageType } from 'src/modules/chats/message-types';
import type { toFileView } from 'src/modules/files/files.dto';
import type { ReactionView } from 'src/modules/chats/messages.dto';

export interface MessageRow {
  id: number;
  chat_id: number;
  seq: number;
  ordinal: number;
  client_id: string | null;
  sender_id: string;
  sender_name: string;
  sender_username: string;
  sender_avatar_url: string | null;
  content: string;
  message_type: MessageType;
  metadata: MessageMetadata | null;
  /** Of those whom a notice is about, by their ids; null of any other message. */
  names: Record<string, string> | null;
  file_id: number | null;
  /** As JSON has it; null also when it is gone. */
  file: (Omit<Parameters<typeof toFileView>[0], 'created_at'> & { created_at: string }) | null;
  reply_to_id: number | null;
  reply_to_content: string | null;
  reply_to_type: MessageType | null;
  reply_to_sender: string | null;
  reply_to_is_deleted: boolean;
  thread_id: number | null;
  reply_count: number;
  mentions: string[];
  mentions_all: boolean;
  reactions: ReactionView[];
  pinned_at: Date | null;
  is_forwarded: boolean;
  /** See `Message.forwardOf`: not to be shown. */
  forward_of: number | null;
  is_edited: boolean;
  is_deleted: boolean;
  created_at: Date;
  updated_at: Date;
}

/** A message as JSON: its view, or `[names, row]` where a view is still to be made of them; see `toMessageJson`. */
export type MessageLine = string;

/** What is needed to store a message, its number already taken. */
export interface NewMessage extends NewId {
  chatId: number;
  seq: number;
  /** See `Message.ordinal`. */
  ordinal: number;
  senderId: string;
  clientId: string | null;
  content: string;
  messageType: MessageType;
  metadata: MessageMetadata | null;
  fileId: number | null;
  replyToId: number | null;
  /** The message with which its thread began. */
  threadId: number | null;
  /** The message that it passes on. */
  forwardOf: number | null;
  links: string[];
  /** A `tsvector`, see `search-terms.ts`; null of what nobody can find. */
  terms: string | null;
}

/** What a message is known by from now on. */
export interface NewId {
  id: number;
  createdAt: Date;
}

/** Where a message stands. */
export interface Place {
  chatId: number;
  threadId: number | null;
}

/** The next one: it is left out if it is not used. */
export const NEW_ID = `nextval('messages_id_seq')`;

const EXCERPT = 200;
/** Of very many people who answered alike no more are named. */
const MOST_NAMED = 100;

/** What a row and a view of a message have under the same names, `time` says how a time is given. */
const columns = (time = (column: string) => `m.${column}`) => `
    m.id, m.chat_id, m.seq, m.client_id, m.sender_id, coalesce(u.display_name, u.username) AS sender_name,
    u.username AS sender_username, u.avatar_url AS sender_avatar_url, m.content, m.message_type, m.metadata, m.file_id,
    (SELECT row_to_json(f) FROM files f WHERE f.id = m.file_id AND f.deleted_at IS NULL) AS file,
    m.reply_to_id, nullif(left(r.content, ${EXCERPT}), '') AS reply_to_content, r.message_type AS reply_to_type,
    coalesce(ru.display_name, ru.username) AS reply_to_sender, r.deleted_at IS NOT NULL AS reply_to_is_deleted,
    m.thread_id, m.reply_count,
    ARRAY(SELECT n.user_id FROM message_mentions n WHERE n.message_id = m.id ORDER BY n.user_id) AS mentions, m.mentions_all,
    CASE WHEN EXISTS (SELECT FROM message_reactions x WHERE x.message_id = m.id) -- hardly any has: to group none takes longer
      THEN (
        SELECT json_agg(json_build_object('emoji', e.emoji, 'count', e.count, 'user_ids', e.user_ids) ORDER BY e.first, e.emoji)
        FROM (
          SELECT x.emoji, count(*) AS count, (array_agg(x.user_id ORDER BY x.created_at, x.user_id))[1:${MOST_NAMED}] AS user_ids,
            min(x.created_at) AS first
          FROM message_reactions x WHERE x.message_id = m.id GROUP BY x.emoji) e)
      ELSE '[]' END AS reactions,
    ${time('pinned_at')} AS pinned_at, m.forward_of IS NOT NULL AS is_forwarded, m.is_edited, m.deleted_at IS NOT NULL AS is_deleted,
    ${time('created_at')} AS created_at, ${time('updated_at')} AS updated_at`;

const NAMES = `
    CASE WHEN m.message_type = 'system' THEN (
      SELECT json_object_agg(n.id, coalesce(n.display_name, n.username)) FROM users n WHERE n.id = ANY(ARRAY(
        SELECT jsonb_array_elements_text(coalesce(m.metadata -> 'user_ids', '[]') || jsonb_build_array(m.metadata -> 'actor_id')))::uuid[])
    ) END AS names`;

const FROM = `
  FROM messages m JOIN users u ON u.id = m.sender_id
    LEFT JOIN messages r ON r.id = m.reply_to_id LEFT JOIN users ru ON ru.id = r.sender_id`;

const ROW = `SELECT ${columns()}, m.ordinal, m.forward_of, ${NAMES} ${FROM}`;

/** As JSON has a time. */
const instant = (column: string) => `to_char(m.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What a view says of its file beside the file itself, if there is none. */
const NO_FILE = 'NULL AS file_url, NULL AS file_name, NULL AS file_size, NULL AS thumbnail_url';

/** May the view of a message (v) be another than its row: by a file's addresses, or by words in the reader's language? */
const IS_UNLIKE = `(v.file_id IS NOT NULL OR v.message_type = 'system' OR v.sender_name LIKE 'deleted-%' OR v.reply_to_sender LIKE 'deleted-%')`;

/** Messages, as `MessageLine` says, of which `where` may also tell order and number. */
const lines = (where: string) => `
  SELECT string_agg(CASE WHEN is_unlike THEN json_build_array(names, view)::text ELSE view::text END, E'\\n') AS lines
  FROM (
    SELECT row_to_json(v) AS view, ${IS_UNLIKE} AS is_unlike, ${NAMES}
    ${FROM}, LATERAL (SELECT ${columns(instant)}, ${NO_FILE}) v ${where}) page`;

/** To the viewer, $1. */
const SHOWN = 'NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = $1 AND h.message_id = m.id)';

@Injectable()
export class MessagesRepository {
  constructor(private readonly db: Database) {}

  /** In the order of chats and numbers. */
  byIds(ids: number[]): Promise<MessageRow[]> {
    const sql = `${ROW} WHERE m.id = ANY(${ofAnyLength('$1', 'bigint')}) ORDER BY m.chat_id, m.seq`;
    return this.db.prepared('messages by ids', sql, [arrayOf(ids)]);
  }

  /** Keeps a message from being deleted for all until the open transaction has ended; false if that has happened. */
  async holdStanding(id: number): Promise<boolean> {
    const sql = 'SELECT id FROM messages WHERE id = $1 AND deleted_at IS NULL FOR SHARE';
    return (await this.db.prepared('message held', sql, [id])).length > 0;
  }

  /** Those of the messages that these users see. */
  seenAmong(asked: { userId: string; messageId: number }[]): Promise<{ user_id: string; message_id: number }[]> {
    return this.db.query(
      `SELECT a.user_id, a.message_id FROM unnest($1::uuid[], $2::bigint[]) AS a (user_id, message_id)
         JOIN messages m ON m.id = a.message_id JOIN chat_participants p ON p.chat_id = m.chat_id AND p.user_id = a.user_id
       WHERE m.deleted_at IS NULL AND p.left_at IS NULL AND m.seq > p.hidden_up_to_seq
         AND NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = a.user_id AND h.message_id = a.message_id)`,
      [asked.map(({ userId }) => userId), asked.map(({ messageId }) => messageId)],
    );
  }

  /** The messages with the given numbers, one of each chat. */
  bySeqs(places: { chatId: number; seq: number }[]): Promise<MessageRow[]> {
    return this.db.prepared(
      'messages by seqs',
      `${ROW} JOIN unnest($1::bigint[], $2::bigint[]) AS p (chat_id, seq) ON m.chat_id = p.chat_id AND m.seq = p.seq`,
      [columnOf(places, ({ chatId }) => chatId), columnOf(places, ({ seq }) => seq)],
    );
  }

  /** Up to `limit` messages with numbers from above `above` to below `seq` that the viewer has not hidden, newest first. */
  before(viewerId: string, chatId: number, seq: number, limit: number, above = 0): Promise<MessageLine[]> {
    return this.lines(
      'messages before',
      `WHERE m.chat_id = $2 AND m.seq < $3 AND m.seq > $4 AND ${SHOWN} ORDER BY m.seq DESC LIMIT $5`,
      [viewerId, chatId, seq, above, limit],
    );
  }

  /** Up to `limit` messages with larger numbers that the viewer has not hidden, oldest first. */
  after(viewerId: string, chatId: number, seq: number, limit: number): Promise<MessageLine[]> {
    return this.lines('messages after', `WHERE m.chat_id = $2 AND m.seq > $3 AND ${SHOWN} ORDER BY m.seq LIMIT $4`, [
      viewerId,
      chatId,
      seq,
      limit,
    ]);
  }

  /** Those already sent under the given names by the given senders. */
  byClientIds(sent: { senderId: string; clientId: string }[]): Promise<MessageRow[]> {
    return this.db.prepared(
      'messages by client ids',
      `${ROW} JOIN unnest($1::uuid[], $2::text[]) AS s (sender_id, client_id)
         ON m.sender_id = s.sender_id AND m.client_id = s.client_id`,
      [sent.map(({ senderId }) => senderId), sent.map(({ clientId }) => clientId)],
    );
  }

  /** Where each message stands that exists. */
  async placesOf(ids: number[]): Promise<Map<number, Place>> {
    const rows = await this.db.query<Place & { id: number }>(
      'SELECT id, chat_id AS "chatId", thread_id AS "threadId" FROM messages WHERE id = ANY($1)',
      [ids],
    );
    return new Map(rows.map(({ id, ...place }) => [id, place]));
  }

  /** Counts messages that were just added to threads. */
  async countReplies(threadIds: number[]): Promise<void> {
    await this.db.query(
      `UPDATE messages m SET reply_count = reply_count + t.count
       FROM (SELECT id, count(*) AS count FROM unnest($1::bigint[]) AS id GROUP BY id) t WHERE m.id = t.id`,
      [threadIds],
    );
  }

  /** For a message of the open transaction. */
  async newId(): Promise<NewId> {
    const [row] = await this.db.query<NewId>(`SELECT ${NEW_ID} AS id, now() AS "createdAt"`);
    return row!;
  }

  /** Stores them in one statement. `toAll` tells which of them address everybody. Done when committed. */
  insert(messages: NewMessage[], toAll: boolean[]) {
    const column = (of: (message: NewMessage) => number | string | null) => columnOf(messages, of);
    this.db.write(
      'messages insert',
      `INSERT INTO messages (id, chat_id, seq, ordinal, sender_id, client_id, content, message_type, reply_to_id, thread_id, mentions_all,
         file_id, metadata, links, terms, forward_of)
       OVERRIDING SYSTEM VALUE
       SELECT id, chat_id, seq, ordinal, sender_id, client_id, content, message_type, reply_to_id, thread_id, mentions_all,
         file_id, metadata::jsonb, string_to_array(links, ' '), terms::tsvector, forward_of
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::bigint[],
         $10::bigint[], $11::boolean[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::bigint[])
         AS m (id, chat_id, seq, ordinal, sender_id, client_id, content, message_type, reply_to_id, thread_id, mentions_all, file_id, metadata,
           links, terms, forward_of)`,
      [
        column(({ id }) => id),
        column(({ chatId }) => chatId),
        column(({ seq }) => seq),
        column(({ ordinal }) => ordinal),
        column(({ senderId }) => senderId),
        column(({ clientId }) => clientId),
        column(({ content }) => content),
        column(({ messageType }) => messageType),
        column(({ replyToId }) => replyToId),
        column(({ threadId }) => threadId),
        arrayOf(toAll),
        column(({ fileId }) => fileId),
        column(({ metadata }) => metadata && JSON.stringify(metadata)),
        column(({ links }) => (links.length ? links.join(' ') : null)),
        column(({ terms }) => terms),
        column(({ forwardOf }) => forwardOf),
      ],
    );
  }

  /** All in one text: to read rows of so many columns takes longer than anything else that is done for a page. */
  private async lines(name: string, where: string, parameters: unknown[]): Promise<MessageLine[]> {
    const [page] = await this.db.prepared<{ lines: string | null }>(name, lines(where), parameters);
    return page?.lines?.split('\n') ?? []; // in JSON there are no others
  }
}
