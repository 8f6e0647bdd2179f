import { Injectable } from '@nestjs/common';
import { arrayOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { IS_PARTED } from 'src/modules/chats/chats.repository';
import type { ParticipantRole } from 'src/modules/chats/chats.entities';
import type { Heir, Rules } from 'src/modules/chats/chats.policy';

export interface ParticipantRow {
  participant_id: number;
  chat_id: number;
  user_id: string;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  role: ParticipantRole;
  joined_at: Date;
  last_read_seq: number;
  /** Does he let others see what he has read? */
  shows_read: boolean;
  last_delivered_seq: number;
  /** He is one of the two of a private chat, of whom one has blocked the other. */
  is_parted: boolean;
}

/** How somebody stands in a chat, and what holds there. */
export interface Standing extends Rules {
  chatId: number;
  role: ParticipantRole;
  participantCount: number;
}

const ROW = `
  SELECT p.id AS participant_id, p.chat_id, p.user_id, u.username, u.display_name, u.avatar_url, p.role, p.joined_at,
    p.last_read_seq, u.read_receipts AS shows_read, p.last_delivered_seq,
    ${IS_PARTED} AS is_parted
  FROM chat_participants p JOIN users u ON u.id = p.user_id JOIN chats c ON c.id = p.chat_id`;

/** Who takes part in which chats. Counts are kept right only under the chat's lock. */
@Injectable()
export class ParticipantsRepository {
  constructor(private readonly db: Database) {}

  /** Undefined for who takes no part. */
  async standing(userId: string, chatId: number): Promise<Standing | undefined> {
    const [row] = await this.db.query<Standing>(
      `SELECT c.id AS "chatId", c.chat_type AS "chatType", c.who_may_post AS "whoMayPost", c.who_may_add AS "whoMayAdd",
         c.who_may_edit AS "whoMayEdit", c.slow_mode_seconds AS "slowModeSeconds", c.participant_count AS "participantCount",
         p.role
       FROM chat_participants p JOIN chats c ON c.id = p.chat_id
       WHERE p.user_id = $1 AND p.chat_id = $2 AND p.left_at IS NULL`,
      [userId, chatId],
    );
    return row;
  }

  async count(chatId: number): Promise<number> {
    const sql = 'SELECT participant_count AS count FROM chats WHERE id = $1';
    return (await this.db.query<{ count: number }>(sql, [chatId]))[0]?.count ?? 0;
  }

  /** Those of the users who take part, in the order in which they came. */
  byIds(chatId: number, userIds: string[]): Promise<ParticipantRow[]> {
    return this.db.query(
      `${ROW} WHERE p.chat_id = $1 AND p.user_id = ANY($2::uuid[]) AND p.left_at IS NULL ORDER BY p.id`,
      [chatId, userIds],
    );
  }

  /** Those of the users who take part in the chats named beside them. */
  at(places: { chatId: number; userId: string }[]): Promise<ParticipantRow[]> {
    return this.db.query(
      `${ROW} WHERE (p.chat_id, p.user_id) IN (SELECT * FROM unnest($1::bigint[], $2::uuid[])) AND p.left_at IS NULL`,
      [places.map(({ chatId }) => chatId), places.map(({ userId }) => userId)],
    );
  }

  /** Up to `limit`, in the order in which they first came, from beyond a place. */
  page(chatId: number, limit: number, beyond = 0): Promise<ParticipantRow[]> {
    return this.db.query(`${ROW} WHERE p.chat_id = $1 AND p.id > $2 AND p.left_at IS NULL ORDER BY p.id LIMIT $3`, [
      chatId,
      beyond,
      limit,
    ]);
  }

  /** Of each of the chats up to `limit` who came first, the viewer left out. */
  firstOthers(chatIds: number[], viewerId: string, limit: number): Promise<ParticipantRow[]> {
    return this.db.prepared(
      'participants first others',
      `SELECT p.* FROM unnest($1::bigint[]) AS asked (id), LATERAL (
         ${ROW} WHERE p.chat_id = asked.id AND p.left_at IS NULL AND p.user_id <> $2 ORDER BY p.id LIMIT $3) p`,
      [arrayOf(chatIds), viewerId, limit],
    );
  }

  /** All who take part but one, those who came first before the others. */
  others(chatId: number, without?: string): Promise<Heir[]> {
    return this.db.query(
      `SELECT p.user_id AS "userId", p.role, u.is_active AS "isActive" FROM chat_participants p JOIN users u ON u.id = p.user_id
       WHERE p.chat_id = $1 AND p.user_id IS DISTINCT FROM $2 AND p.left_at IS NULL ORDER BY p.joined_at, p.id`,
      [chatId, without ?? null],
    );
  }

  /** Was he put out, and not taken in again? */
  async wasRemoved(chatId: number, userId: string): Promise<boolean> {
    const sql = 'SELECT id FROM chat_participants WHERE chat_id = $1 AND user_id = $2 AND was_removed';
    return (await this.db.query(sql, [chatId, userId])).length > 0;
  }

  /**
   * Takes people in, again those who had left; nothing that was said before is unread to them. The ids of those who did not take
   * part before.
   */
  async add(chatId: number, people: { userId: string; role: ParticipantRole }[]): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `WITH added AS (
         INSERT INTO chat_participants AS p (chat_id, user_id, role, last_read_seq, last_delivered_seq, read_count)
         SELECT c.id, n.user_id, n.role, c.last_seq, c.last_seq, c.message_count
         FROM chats c, unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS n (user_id, role, place) WHERE c.id = $1 ORDER BY place
         ON CONFLICT (chat_id, user_id) DO UPDATE SET role = excluded.role, left_at = NULL, was_removed = false,
           joined_at = now(), last_read_seq = excluded.last_read_seq, last_delivered_seq = excluded.last_delivered_seq,
           read_count = excluded.read_count, muted_until = NULL, pinned_at = NULL, archived_at = NULL, is_hidden = false
         WHERE p.left_at IS NOT NULL RETURNING user_id),
       counted AS (
         UPDATE chats SET participant_count = participant_count + (SELECT count(*) FROM added) WHERE id = $1)
       SELECT user_id FROM added`,
      [chatId, people.map(({ userId }) => userId), people.map(({ role }) => role)],
    );
    return rows.map((row) => row.user_id);
  }

  /** Their links end with that: none of them works again when they come back. */
  async remove(chatId: number, userIds: string[], { wasRemoved }: { wasRemoved: boolean }): Promise<void> {
    await this.db.query(
      `WITH gone AS (
         UPDATE chat_participants SET left_at = now(), was_removed = $3, role = 'member'
         WHERE chat_id = $1 AND user_id = ANY($2::uuid[]) AND left_at IS NULL RETURNING id),
       ended AS (
         UPDATE chat_invites SET revoked_at = now()
         WHERE chat_id = $1 AND created_by = ANY($2::uuid[]) AND revoked_at IS NULL)
       UPDATE chats SET participant_count = participant_count - (SELECT count(*) FROM gone) WHERE id = $1`,
      [chatId, userIds, wasRemoved],
    );
  }

  /** Leaves no trace of somebody's part in the chat. */
  async erase(chatId: number, userId: string): Promise<void> {
    await this.db.query('DELETE FROM chat_participants WHERE chat_id = $1 AND user_id = $2', [chatId, userId]);
  }

  async setRole(chatId: number, userId: string, role: ParticipantRole): Promise<void> {
    await this.db.query('UPDATE chat_participants SET role = $3 WHERE chat_id = $1 AND user_id = $2', [
      chatId,
      userId,
      role,
    ]);
  }
}
