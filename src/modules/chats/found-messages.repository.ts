import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { MessageType } from 'src/modules/chats/message-types';

/** What messages are looked for: all that is given must hold. */
export interface Wanted {
  /** Of these chats, in all of which the viewer takes part. */
  chatIds: number[];
  /** A `tsquery`; see `search-terms.ts`. */
  query: string;
  senderId?: string;
  types?: MessageType[];
  from?: Date;
  to?: Date;
  /** Only those with smaller ids. */
  below?: number;
}

export interface FoundRow {
  id: number;
  seq: number;
}

/** To the viewer, $1, who has neither deleted it for himself nor cleared the chat since. */
const SHOWN = `NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = $1 AND h.message_id = m.id)
  AND m.seq > (SELECT p.hidden_up_to_seq FROM chat_participants p WHERE p.chat_id = m.chat_id AND p.user_id = $1)`;

/** Finds messages that are neither deleted nor hidden by the viewer. */
@Injectable()
export class FoundMessagesRepository {
  constructor(private readonly db: Database) {}

  /** Newest first. */
  search(viewerId: string, limit: number, wanted: Wanted): Promise<FoundRow[]> {
    return this.db.query(
      // ordered by a sum, lest the planner walk down the whole table in the order of ids in search of a rare word
      `SELECT m.id, m.seq FROM messages m
       WHERE m.terms @@ $3::tsquery AND m.chat_id = ANY($4) AND m.deleted_at IS NULL AND ${SHOWN}
         AND ($5::uuid IS NULL OR m.sender_id = $5) AND ($6::text[] IS NULL OR m.message_type = ANY($6))
         AND ($7::timestamptz IS NULL OR m.created_at >= $7) AND ($8::timestamptz IS NULL OR m.created_at < $8)
         AND ($9::bigint IS NULL OR m.id < $9)
       ORDER BY m.id + 0 DESC LIMIT $2`,
      [
        ...[viewerId, limit, wanted.query, wanted.chatIds, wanted.senderId ?? null, wanted.types ?? null],
        ...[wanted.from ?? null, wanted.to ?? null, wanted.below ?? null],
      ],
    );
  }

  /** Those of one chat that carry media of these types, with numbers below one: newest first. */
  media(viewerId: string, chatId: number, types: MessageType[], below: number, limit: number): Promise<FoundRow[]> {
    return this.db.query(
      `SELECT m.id, m.seq FROM messages m
       WHERE m.chat_id = $2 AND m.message_type <> 'text' AND m.message_type = ANY($3) AND m.deleted_at IS NULL AND m.seq < $4 AND ${SHOWN}
       ORDER BY m.seq DESC LIMIT $5`,
      [viewerId, chatId, types, below, limit],
    );
  }

  /** Those of one chat that hold web addresses, with numbers below one: newest first. */
  withLinks(viewerId: string, chatId: number, below: number, limit: number): Promise<FoundRow[]> {
    return this.db.query(
      `SELECT m.id, m.seq FROM messages m WHERE m.chat_id = $2 AND m.links IS NOT NULL AND m.seq < $3 AND ${SHOWN}
       ORDER BY m.seq DESC LIMIT $4`,
      [viewerId, chatId, below, limit],
    );
  }

  /** Tombstones included, as in every page: those of a thread with numbers above one, oldest first. */
  thread(viewerId: string, rootId: number, above: number, limit: number): Promise<FoundRow[]> {
    return this.db.query(
      `SELECT m.id, m.seq FROM messages m WHERE m.thread_id = $2 AND m.seq > $3 AND ${SHOWN} ORDER BY m.seq LIMIT $4`,
      [viewerId, rootId, above, limit],
    );
  }

  /** Those pinned last first. */
  pinned(viewerId: string, chatId: number): Promise<FoundRow[]> {
    return this.db.query(
      `SELECT m.id, m.seq FROM messages m WHERE m.chat_id = $2 AND m.pinned_at IS NOT NULL AND ${SHOWN}
       ORDER BY m.pinned_at DESC, m.id DESC`,
      [viewerId, chatId],
    );
  }
}
