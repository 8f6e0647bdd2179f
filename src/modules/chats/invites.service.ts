import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import type { ChatDetailView } from 'src/modules/chats/chats.dto';
import { InviteNotFound, TooManyInvites } from 'src/modules/chats/chats.errors';
import { isAdmin, mayAdd } from 'src/modules/chats/chats.policy';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import {
  toInviteView,
  type CreateInvite,
  type InvitePreviewView,
  type NewInviteView,
} from 'src/modules/chats/invites.dto';
import { InvitesRepository, type InviteRow } from 'src/modules/chats/invites.repository';
import { MembershipService } from 'src/modules/chats/membership.service';
import { toMemberView } from 'src/modules/chats/participants.dto';
import { ParticipantsRepository } from 'src/modules/chats/participants.repository';
import { BlocksService } from 'src/modules/users/blocks.service';

const MOST_OPEN = 50;
const TOKEN_BYTES = 16;

/**
 * Links by which people join groups. Whoever holds one may come, so the database keeps no more than a hash: who reads a backup can
 * join nothing. Of what has 128 random bits, one SHA-256 is enough.
 */
@Injectable()
export class InvitesService {
  constructor(
    private readonly db: Database,
    private readonly access: ChatsService,
    private readonly membership: MembershipService,
    private readonly blocks: BlocksService,
    private readonly chats: ChatsRepository,
    private readonly participants: ParticipantsRepository,
    private readonly invites: InvitesRepository,
  ) {}

  /** For those who may add people. Throws `chat.not_found`, `chat.not_a_group`, `auth.forbidden`, `invite.too_many`. */
  async create({ userId }: Principal, chatId: number, draft: CreateInvite): Promise<NewInviteView> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    return this.db.tx(async () => {
      const standing = await this.membership.standing(userId, chatId);
      if (!mayAdd(standing, standing.role)) throw Forbidden();
      if ((await this.invites.countOpen(chatId)) >= MOST_OPEN) throw TooManyInvites({ limit: MOST_OPEN });
      const row = await this.invites.insert({
        chatId,
        createdBy: userId,
        tokenHash: hashOf(token),
        seconds: draft.expires_in_seconds ?? null,
        maxUses: draft.max_uses ?? null,
      });
      return { ...toInviteView(row), token };
    });
  }

  /** The open ones, newest first: admins see all of them, others their own. */
  async list({ userId }: Principal, chatId: number): Promise<InviteRow[]> {
    const { role } = await this.access.access(userId, chatId);
    return this.invites.list(chatId, isAdmin(role) ? null : userId);
  }

  /** Admins end all of them, others their own. Throws `invite.not_found`. */
  async revoke({ userId }: Principal, chatId: number, inviteId: number): Promise<void> {
    await this.db.tx(async () => {
      const { role } = await this.membership.standing(userId, chatId);
      if (!(await this.invites.revoke(chatId, inviteId, isAdmin(role) ? null : userId))) throw InviteNotFound();
    });
  }

  /** What the link leads to. Throws `invite.not_found`. */
  async preview({ userId }: Principal, token: string): Promise<InvitePreviewView> {
    const invite = await this.usable(userId, token);
    const [[chat], [inviter], [inside]] = await Promise.all([
      this.chats.byIds([invite.chat_id]),
      this.participants.byIds(invite.chat_id, [invite.created_by]),
      this.participants.byIds(invite.chat_id, [userId]),
    ]);
    if (!chat || !inviter) throw InviteNotFound();
    const { id, username, display_name, avatar_url } = toMemberView(inviter);
    return {
      name: chat.name ?? '',
      description: chat.description,
      participant_count: chat.participantCount,
      is_participant: inside !== undefined,
      invited_by: { id, username, display_name, avatar_url },
      expires_at: invite.expires_at?.toISOString() ?? null,
    };
  }

  /** Takes the caller in; safe to repeat as long as he is in. Throws `invite.not_found`, `chat.full`. */
  async join(user: Principal, token: string): Promise<ChatDetailView> {
    const chatId = await this.invites.chatOf(hashOf(token));
    if (chatId === undefined) throw InviteNotFound();
    await this.db.tx(async () => {
      // Only now that nobody can use it up: perhaps it was the caller who has done so, at this moment even, and did not hear of it.
      const count = await this.membership.lockedCount(chatId);
      if ((await this.participants.byIds(chatId, [user.userId])).length) return;
      const invite = await this.usable(user.userId, token);
      if ((await this.membership.admit(chatId, count, [user.userId], user.userId)).length)
        await this.invites.use(invite.id);
    });
    return this.access.get(user, chatId);
  }

  /** Not by who was removed from the group, nor where the one who invites and the one who comes want to have nothing to do with each other. */
  private async usable(userId: string, token: string): Promise<InviteRow> {
    const invite = await this.invites.open(hashOf(token));
    if (!invite) throw InviteNotFound();
    const unwelcome =
      (await this.participants.wasRemoved(invite.chat_id, userId)) ||
      (await this.blocks.blockedBetween(userId, [invite.created_by])).size > 0;
    if (unwelcome) throw InviteNotFound();
    return invite;
  }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
