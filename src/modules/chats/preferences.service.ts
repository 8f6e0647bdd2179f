import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { ChatsService } from 'src/modules/chats/chats.service';
import { ClearingsService } from 'src/modules/chats/clearings.service';
import { GroupsService } from 'src/modules/chats/groups.service';
import type { ChangePreferences, PreferencesView } from 'src/modules/chats/preferences.dto';
import { PreferencesRepository } from 'src/modules/chats/preferences.repository';

/** What a participant makes of a chat for himself: nobody else learns of it, all of his devices do. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly db: Database,
    private readonly streams: Streams,
    private readonly chats: ChatsService,
    private readonly groups: GroupsService,
    private readonly clearings: ClearingsService,
    private readonly preferences: PreferencesRepository,
  ) {}

  /** Changes what is given, and puts the chat back into the list of somebody who had deleted it for himself. */
  async change({ userId }: Principal, chatId: number, change: ChangePreferences): Promise<PreferencesView> {
    const { is_muted, muted_until, is_pinned: isPinned, is_archived: isArchived } = change;
    const mutedUntil = muted_until ?? (is_muted === undefined ? undefined : is_muted ? 'infinity' : null);
    return this.db.tx(async () => {
      await this.chats.access(userId, chatId);
      await this.preferences.set(chatId, userId, { mutedUntil, isPinned, isArchived });
      return this.tell(userId, chatId);
    });
  }

  /** Puts a chat back into the list of somebody who had deleted it for himself. */
  async show(userId: string, chatId: number): Promise<void> {
    await this.db.tx(async () => {
      if (await this.preferences.setHidden(chatId, userId, false)) await this.tell(userId, chatId);
    });
  }

  /** Ends a group for everybody; takes any other chat out of the caller's list, cleared, until something new is said in it. */
  async delete(user: Principal, chatId: number): Promise<void> {
    const { chat_type: type } = await this.chats.access(user.userId, chatId);
    if (type === 'group') return this.groups.dissolve(user, chatId);
    await this.db.tx(async () => {
      await this.clearings.clear(user, chatId);
      await this.preferences.setHidden(chatId, user.userId, true);
      await this.streams.append(user.userId, 'chat_removed', { chat_id: chatId, reason: 'hidden' });
    });
  }

  private async tell(userId: string, chatId: number): Promise<PreferencesView> {
    const { is_muted, muted_until, is_pinned, is_archived } = await this.chats.access(userId, chatId);
    const until = muted_until?.toISOString() ?? null;
    const view = { chat_id: chatId, is_muted, muted_until: until, is_pinned, is_archived };
    await this.streams.append(userId, 'chat_preferences_updated', view);
    return view;
  }
}
