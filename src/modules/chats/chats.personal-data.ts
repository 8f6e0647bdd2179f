import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import { DeclaresPersonalData, type Erasure, type PersonalData } from 'src/core/personal-data/personal-data';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { MembershipService } from 'src/modules/chats/membership.service';
import { MessageFilesService } from 'src/modules/chats/message-files.service';

/**
 * What somebody wrote to others stays with them, without his name and the places he sent: in private chats the stand-in takes his place, groups he leaves.
 * Chats that nobody else is in go with all that is in them.
 */
@Injectable()
export class ChatsPersonalData {
  constructor(
    private readonly db: Database,
    private readonly chats: ChatsRepository,
    private readonly files: MessageFilesService,
    private readonly membership: MembershipService,
    private readonly realtime: Realtime,
  ) {}

  @DeclaresPersonalData('chats')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'messages',
          column: 'sender_id',
          exports: {
            section: 'messages',
            select: `t.id, t.chat_id, t.seq, t.client_id, t.content, t.message_type, t.metadata, t.file_id, t.reply_to_id, t.thread_id,
              t.forward_of IS NOT NULL AS is_forwarded, t.created_at,
              t.updated_at, t.deleted_at, ARRAY(SELECT e.content FROM message_edits e WHERE e.message_id = t.id ORDER BY e.id) AS earlier`,
          },
          fate: 'by the feature',
        },
        ...['actor_id', 'user_id'].map((column) => ({
          table: 'chat_changes',
          column,
          exports: { not: 'that something has changed lately; what has become of it is in messages and chats' },
          fate: 'by the feature' as const,
        })),
        {
          table: 'message_reactions',
          column: 'user_id',
          exports: {
            section: 'reactions',
            select: 't.message_id, t.emoji, t.created_at',
            order: ['user_id', 'message_id', 'emoji'],
          },
          fate: 'deleted',
        },
        {
          table: 'message_mentions',
          column: 'user_id',
          exports: { not: 'messages of others, which name the user' },
          fate: 'deleted',
        },
        {
          table: 'message_hides',
          column: 'user_id',
          exports: { section: 'hidden_messages', select: 't.message_id', order: ['user_id', 'message_id'] },
          fate: 'deleted',
        },
        {
          table: 'chat_participants',
          column: 'user_id',
          exports: {
            section: 'chats',
            select: `t.chat_id, c.chat_type, c.name, c.description, t.role, t.joined_at, t.left_at, t.last_read_seq,
              t.last_delivered_seq, t.muted_until, t.pinned_at, t.archived_at`,
            join: 'JOIN chats c ON c.id = t.chat_id',
          },
          fate: 'by the feature',
        },
        {
          table: 'chat_invites',
          column: 'created_by',
          exports: {
            section: 'chat_invites',
            select: 't.id, t.chat_id, t.expires_at, t.max_uses, t.uses, t.revoked_at, t.created_at',
          },
          fate: 'deleted',
        },
        {
          table: 'chats',
          column: 'created_by',
          exports: { not: 'the section chats has all that the user takes part in' },
          fate: 'anonymous',
        },
      ],
      erase: async (erasure) => {
        await this.signAsStandIn(erasure);
        await this.files.recall(erasure);
        await this.takeBack(erasure);
        await this.leaveChats(erasure);
      },
    };
  }

  /** What he wrote stays; where he was, and what he had written before he changed it, does not. */
  private async signAsStandIn({ userId, standInId }: Erasure) {
    const edits = 'message_id IN (SELECT id FROM messages WHERE sender_id = $1)';
    await inChunks(this.db, 'message_edits', 'DELETE FROM message_edits', edits, [userId]);
    const places = `sender_id = $1 AND message_type = 'location' AND deleted_at IS NULL`;
    const ofPlaces = `message_id IN (SELECT id FROM messages WHERE ${places})`;
    await inChunks(this.db, 'message_reactions', 'DELETE FROM message_reactions', ofPlaces, [userId]);
    await inChunks(this.db, 'message_mentions', 'DELETE FROM message_mentions', ofPlaces, [userId]);
    const empty = `UPDATE messages SET content = '', metadata = NULL, terms = NULL, links = NULL, mentions_all = false, pinned_at = NULL,
      forward_of = NULL, is_edited = false, deleted_at = now(), updated_at = now()`;
    await inChunks(this.db, 'messages', empty, places, [userId]);
    const change = 'UPDATE messages SET sender_id = $2, client_id = NULL';
    await inChunks(this.db, 'messages', change, 'sender_id = $1', [userId, standInId]);
  }

  /** How he answered to others, and that they named him, before their chats are told that they are others. */
  private async takeBack({ userId }: Erasure) {
    for (const table of ['message_reactions', 'message_mentions'])
      await inChunks(this.db, table, `DELETE FROM ${table}`, 'user_id = $1', [userId]);
  }

  private async leaveChats({ userId, standInId }: Erasure) {
    const chats = await this.db.query<{ id: number; chat_type: string }>(
      `SELECT c.id, c.chat_type FROM chats c JOIN chat_participants p ON p.chat_id = c.id WHERE p.user_id = $1 ORDER BY c.id`,
      [userId],
    );
    for (const { id, chat_type: type } of chats) {
      if (await this.isDeserted(id, userId)) await this.chats.purge(id);
      else {
        await this.db.tx(async () => {
          await (type === 'group'
            ? this.membership.forget(id, userId, standInId)
            : this.replace(id, userId, standInId));
          await this.forgetChanges(id);
          await this.renameInNotices(id, userId, standInId);
          const others = type === 'private' ? await this.chats.participantIds(id) : [];
          // what they hold of the chat is not what it is now, nor is it told them change by change
          this.db.onCommit(() => {
            if (type === 'private') this.realtime.toUsers(others, 'sync_needed', {});
            else this.realtime.toRoom(room('chat', id), 'sync_needed', {});
          });
        });
      }
    }
  }

  /**
   * What has changed in the chat names him, and says who the stand-in was. Whoever asks what he missed is told that it is not kept any
   * more, and reads the chat anew, as it is now.
   */
  private async forgetChanges(chatId: number) {
    await this.db.query('UPDATE chats SET last_seq = last_seq + 1, trimmed_seq = last_seq + 1 WHERE id = $1', [chatId]);
    await this.db.query('DELETE FROM chat_changes WHERE chat_id = $1', [chatId]);
  }

  /** Messages in which Muster itself says what he did. */
  private async renameInNotices(chatId: number, userId: string, standInId: string) {
    await this.db.query(
      `UPDATE messages SET metadata = replace(metadata::text, $2, $3)::jsonb
       WHERE chat_id = $1 AND message_type = 'system' AND strpos(metadata::text, $2) > 0`,
      [chatId, userId, standInId],
    );
  }

  /** Is nobody else in it, but others who have been deleted? */
  private async isDeserted(chatId: number, userId: string): Promise<boolean> {
    const others = await this.db.query(
      `SELECT p.id FROM chat_participants p JOIN users u ON u.id = p.user_id
       WHERE p.chat_id = $1 AND p.user_id <> $2 AND p.left_at IS NULL AND u.deleted_at IS NULL LIMIT 1`,
      [chatId, userId],
    );
    return !others.length;
  }

  private async replace(chatId: number, userId: string, standInId: string) {
    await this.db.query('UPDATE chat_participants SET user_id = $3 WHERE chat_id = $1 AND user_id = $2', [
      chatId,
      userId,
      standInId,
    ]);
    await this.db.query(
      `UPDATE chats SET private_pair = (
         SELECT string_agg(user_id::text, ':' ORDER BY user_id::text) FROM chat_participants WHERE chat_id = $1)
       WHERE id = $1`,
      [chatId],
    );
  }
}
