import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

export interface PreferencesChange {
  /** Null: not muted; 'infinity': until further notice. */
  mutedUntil?: Date | 'infinity' | null;
  isPinned?: boolean;
  isArchived?: boolean;
}

/** What participants make of their chats for themselves. */
@Injectable()
export class PreferencesRepository {
  constructor(private readonly db: Database) {}

  /** Changes what is given; a chat that he had deleted for himself is in his list again. */
  async set(chatId: number, userId: string, { mutedUntil, isPinned, isArchived }: PreferencesChange): Promise<void> {
    await this.db.query(
      `UPDATE chat_participants SET muted_until = CASE WHEN $3 THEN $4::timestamptz ELSE muted_until END,
         pinned_at = CASE $5::boolean WHEN true THEN coalesce(pinned_at, now()) WHEN false THEN NULL ELSE pinned_at END,
         archived_at = CASE $6::boolean WHEN true THEN coalesce(archived_at, now()) WHEN false THEN NULL ELSE archived_at END, is_hidden = false
       WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL`,
      [chatId, userId, mutedUntil !== undefined, mutedUntil ?? null, isPinned ?? null, isArchived ?? null],
    );
  }

  /**
   * Takes away all that was said so far, for one participant; the number up to which. A chat that came back into his list, by something
   * new, stays there.
   */
  async clear(chatId: number, userId: string): Promise<number> {
    const [row] = await this.db.query<{ seq: number }>(
      `UPDATE chat_participants p SET hidden_up_to_seq = c.last_seq, is_hidden = p.is_hidden AND c.last_message_seq <= p.hidden_up_to_seq
       FROM chats c WHERE c.id = p.chat_id AND p.chat_id = $1 AND p.user_id = $2 RETURNING c.last_seq AS seq`,
      [chatId, userId],
    );
    return row!.seq;
  }

  /** Whether the chat is left out of the participant's list while nothing new is said; false if that was so already. */
  async setHidden(chatId: number, userId: string, isHidden: boolean): Promise<boolean> {
    const rows = await this.db.query(
      'UPDATE chat_participants SET is_hidden = $3 WHERE chat_id = $1 AND user_id = $2 AND is_hidden <> $3 RETURNING id',
      [chatId, userId, isHidden],
    );
    return rows.length > 0;
  }
}
