import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';

export interface InviteRow {
  id: number;
  chat_id: number;
  created_by: string;
  expires_at: Date | null;
  max_uses: number | null;
  uses: number;
  created_at: Date;
}

/** Those that still let somebody in: their maker may make some (see `mayAdd`), and none of their ends has come. */
const OPEN = `i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > now())
  AND (i.max_uses IS NULL OR i.uses < i.max_uses) AND EXISTS (
    SELECT FROM chat_participants p JOIN chats c ON c.id = p.chat_id
    WHERE p.chat_id = i.chat_id AND p.user_id = i.created_by AND p.left_at IS NULL
      AND (c.who_may_add = 'members' OR p.role <> 'member'))`;
const ROW = 'i.id, i.chat_id, i.created_by, i.expires_at, i.max_uses, i.uses, i.created_at';

/** Links by which people join groups. */
@Injectable()
export class InvitesRepository {
  constructor(private readonly db: Database) {}

  async insert(invite: {
    chatId: number;
    createdBy: string;
    tokenHash: Buffer;
    seconds: number | null;
    maxUses: number | null;
  }): Promise<InviteRow> {
    const { chatId, createdBy, tokenHash, seconds, maxUses } = invite;
    const [row] = await this.db.query<InviteRow>(
      `INSERT INTO chat_invites AS i (chat_id, created_by, token_hash, expires_at, max_uses)
       VALUES ($1, $2, $3, now() + $4 * interval '1 second', $5) RETURNING ${ROW}`,
      [chatId, createdBy, tokenHash, seconds, maxUses],
    );
    return row!;
  }

  async countOpen(chatId: number): Promise<number> {
    const sql = `SELECT count(*)::int AS count FROM chat_invites i WHERE i.chat_id = $1 AND ${OPEN}`;
    return (await this.db.query<{ count: number }>(sql, [chatId]))[0]!.count;
  }

  /** The open ones of a group (or those of them that somebody made), newest first; all of them, for they are few. */
  list(chatId: number, createdBy: string | null): Promise<InviteRow[]> {
    return this.db.query(
      `SELECT ${ROW} FROM chat_invites i
       WHERE i.chat_id = $1 AND ($2::uuid IS NULL OR i.created_by = $2) AND ${OPEN} ORDER BY i.id DESC`,
      [chatId, createdBy],
    );
  }

  /** Only into a group of the caller's tenant. */
  async open(tokenHash: Buffer): Promise<InviteRow | undefined> {
    const sql = `SELECT ${ROW} FROM chat_invites i JOIN chats g ON g.id = i.chat_id
      WHERE i.token_hash = $1 AND g.tenant_id = $2 AND ${OPEN}`;
    return (await this.db.query<InviteRow>(sql, [tokenHash, currentContext().tenantId]))[0];
  }

  /** The group of the caller's tenant that a link leads to, or led to as long as it was open. */
  async chatOf(tokenHash: Buffer): Promise<number | undefined> {
    const sql = `SELECT i.chat_id FROM chat_invites i JOIN chats g ON g.id = i.chat_id
      WHERE i.token_hash = $1 AND g.tenant_id = $2`;
    return (await this.db.query<{ chat_id: number }>(sql, [tokenHash, currentContext().tenantId]))[0]?.chat_id;
  }

  async use(id: number): Promise<void> {
    await this.db.query('UPDATE chat_invites SET uses = uses + 1 WHERE id = $1', [id]);
  }

  /** False if there is no open one of this id in the group (that `createdBy` made, if given). */
  async revoke(chatId: number, id: number, createdBy: string | null): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE chat_invites SET revoked_at = now()
       WHERE id = $2 AND chat_id = $1 AND revoked_at IS NULL AND ($3::uuid IS NULL OR created_by = $3) RETURNING id`,
      [chatId, id, createdBy],
    );
    return rows.length > 0;
  }
}
