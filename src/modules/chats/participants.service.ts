import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { AdmissionService } from 'src/modules/chats/admission.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import type { ParticipantRole } from 'src/modules/chats/chats.entities';
import { ParticipantNotFound } from 'src/modules/chats/chats.errors';
import { mayAdd, mayRemove } from 'src/modules/chats/chats.policy';
import { MembershipService } from 'src/modules/chats/membership.service';
import { ParticipantViews } from 'src/modules/chats/participant-views.service';
import type { ParticipantView } from 'src/modules/chats/participants.dto';
import { ParticipantsRepository, type ParticipantRow } from 'src/modules/chats/participants.repository';

/** Who takes part in groups, and with which role. */
@Injectable()
export class ParticipantsService {
  constructor(
    private readonly db: Database,
    private readonly chats: ChatsService,
    private readonly admission: AdmissionService,
    private readonly membership: MembershipService,
    private readonly participants: ParticipantsRepository,
    private readonly views: ParticipantViews,
  ) {}

  /** In the order in which they first came. */
  async list({ userId }: Principal, chatId: number, { limit, cursor }: PageQuery): Promise<Page<ParticipantView>> {
    await this.chats.access(userId, chatId);
    const rows = await this.participants.page(chatId, limit + 1, placeOf(rowId(), cursor));
    const page = toPage(rows, limit, (last) => last.participant_id);
    return { ...page, items: await this.views.of(userId, page.items) };
  }

  /**
   * Those of the people who are in now, whether they were before or not; all of them or none. Throws `chat.not_permitted` with
   * those who do not let the caller add them, `chat.unknown_participants`, `chat.full`, `auth.forbidden`.
   */
  async add(user: Principal, chatId: number, userIds: string[]): Promise<ParticipantView[]> {
    await this.db.tx(async () => {
      const standing = await this.membership.standing(user.userId, chatId);
      if (!mayAdd(standing, standing.role)) throw Forbidden();
      const inside = new Set((await this.participants.byIds(chatId, userIds)).map(({ user_id }) => user_id));
      const outside = [...new Set(userIds)].filter((id) => !inside.has(id));
      await this.admission.requirePermitted(user, 'add_to_group', outside);
      await this.membership.admit(chatId, standing.participantCount, outside, user.userId);
    });
    return this.views.of(user.userId, await this.participants.byIds(chatId, userIds));
  }

  /** Puts somebody out, or lets the caller himself go. Throws `participant.not_found`, `auth.forbidden`. */
  async remove({ userId: actorId }: Principal, chatId: number, userId: string): Promise<void> {
    await this.db.tx(async () => {
      const { role } = await this.membership.standing(actorId, chatId);
      if (actorId === userId) return this.membership.dismiss(chatId, { userId, role }, actorId);
      const target = await this.found(chatId, userId);
      if (!mayRemove(role, target.role)) throw Forbidden();
      await this.membership.dismiss(chatId, { userId, role: target.role }, actorId);
    });
  }

  /** Lets the caller go. If he owns the group, its first admin does then, else its first member. */
  leave = (user: Principal, chatId: number): Promise<void> => this.remove(user, chatId, user.userId);

  /** The owner says who is an admin, or who owns the group from now on. Throws `participant.not_found`, `auth.forbidden`. */
  async setRole(actor: Principal, chatId: number, userId: string, role: ParticipantRole): Promise<ParticipantView> {
    await this.db.tx(async () => {
      const standing = await this.membership.standing(actor.userId, chatId);
      const target = await this.found(chatId, userId);
      if (standing.role !== 'owner' || userId === actor.userId) throw Forbidden();
      if (target.role === role) return;
      if (role === 'owner') await this.membership.handOver(chatId, actor.userId, userId);
      else await this.membership.setRole(chatId, userId, role, actor.userId);
    });
    return (await this.views.of(actor.userId, [await this.found(chatId, userId)]))[0]!;
  }

  private async found(chatId: number, userId: string): Promise<ParticipantRow> {
    const [row] = await this.participants.byIds(chatId, [userId]);
    if (!row) throw ParticipantNotFound({ user_id: userId });
    return row;
  }
}
