import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { AdmissionService } from 'src/modules/chats/admission.service';
import type { ChatDetailView, CreateChat } from 'src/modules/chats/chats.dto';
import { ChatFull, GroupNeedsName, PrivateChatNeedsOne, SavedNeedsNobody } from 'src/modules/chats/chats.errors';
import { ChatsRepository, pairOf } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { ParticipantsRepository } from 'src/modules/chats/participants.repository';
import { PreferencesService } from 'src/modules/chats/preferences.service';

/** Makes chats. */
@Injectable()
export class NewChatsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly admission: AdmissionService,
    private readonly access: ChatsService,
    private readonly chats: ChatsRepository,
    private readonly participants: ParticipantsRepository,
    private readonly preferences: PreferencesService,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** A new group, or the one private chat of the pair, or the caller's one chat with himself: `created` tells whether it is new. */
  async create(user: Principal, draft: CreateChat): Promise<{ chat: ChatDetailView; created: boolean }> {
    const others = [...new Set(draft.participant_ids)].filter((id) => id !== user.userId);
    const { id, created } = await this.db.tx(() => {
      if (draft.chat_type === 'group') return this.createGroup(user, others, draft);
      return draft.chat_type === 'private' ? this.createPrivate(user, others) : this.createSaved(user, others);
    });
    return { chat: await this.access.get(user, id), created };
  }

  private async createPrivate(user: Principal, others: string[]) {
    const [other] = others;
    if (other === undefined || others.length > 1) throw PrivateChatNeedsOne();
    return this.createOfPair('private', user, other);
  }

  private async createSaved(user: Principal, others: string[]) {
    if (others.length) throw SavedNeedsNobody();
    return this.createOfPair('saved', user, user.userId);
  }

  private async createOfPair(chatType: 'private' | 'saved', user: Principal, otherId: string) {
    await this.admission.requireKnown([otherId]);
    const pair = pairOf(user.userId, otherId);
    const id = await this.chats.insertOfPair(chatType, user.userId, pair);
    if (id === undefined) {
      const existing = (await this.chats.privateChat(pair))!;
      await this.preferences.show(user.userId, existing);
      return { id: existing, created: false };
    }
    if (chatType === 'private') await this.admission.requirePermitted(user, 'message', [otherId]);
    await this.fill(
      id,
      [...new Set([user.userId, otherId])].map((userId) => ({ userId, role: 'member' })),
    );
    return { id, created: true };
  }

  private async createGroup(user: Principal, others: string[], { name, description }: CreateChat) {
    if (!name) throw GroupNeedsName();
    const limit = this.env.CHAT_MAX_PARTICIPANTS;
    if (others.length >= limit) throw ChatFull({ limit });
    await this.admission.requirePermitted(user, 'add_to_group', others);
    const id = await this.chats.insertGroup(user.userId, name, description ?? null);
    await this.fill(id, [
      { userId: user.userId, role: 'owner' },
      ...others.map((userId) => ({ userId, role: 'member' as const })),
    ]);
    return { id, created: true };
  }

  private async fill(chatId: number, people: Parameters<ParticipantsRepository['add']>[1]) {
    await this.participants.add(chatId, people);
    await this.bus.publish('chat.joined', { chat_id: chatId, user_ids: people.map(({ userId }) => userId) });
  }
}
