import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { GroupsService } from 'src/modules/chats/groups.service';
import type { ChangePreferences, ClearedView, PreferencesView } from 'src/modules/chats/preferences.dto';
import { PreferencesRepository } from 'src/modules/chats/preferences.repository';

/** What a participant makes of a chat for himself: nobody else learns of it, all of his devices do. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly db: Database,
    private readonly streams: Streams,
    private readonly log: ChatLog,
    private readonly chats: ChatsService,
    private readonly groups: GroupsService,
    private readonly preferences: PreferencesRepository,
  ) {}

  /** Changes what is given. */
  async change({ userId }: Principal, chatId: number, change: ChangePreferences): Promise<PreferencesView> {
    const { is_muted, muted_until, is_pinned: isPinned, is_archived: isArchived } = change;
    const mutedUntil = muted_until ?? (is_muted === undefined ? undefined : is_muted ? 'infinity' : null);
    return this.db.tx(async () => {
      await this.chats.access(userId, chatId);
      await this.preferences.set(chatId, userId, { mutedUntil, isPinned, isArchived });
      const { is_muted, muted_until, is_pinned, is_archived } = await this.chats.access(userId, chatId);
      const view = {
        chat_id: chatId,
        is_muted,
        muted_until: muted_until?.toISOString() ?? null,
        is_pinned,
        is_archived,
      };
      await this.streams.append(userId, 'chat_preferences_updated', view);
      return view;
    });
  }

  /** Takes away, for the caller alone, all that was said so far. */
  async clear({ userId }: Principal, chatId: number): Promise<ClearedView> {
    return this.db.tx(async () => {
      await this.log.lock([chatId]); // what is said in this moment is either before or after
      await this.chats.access(userId, chatId);
      const view = { chat_id: chatId, up_to_seq: await this.preferences.clear(chatId, userId) };
      await this.streams.append(userId, 'chat_cleared', view);
      return view;
    });
  }

  /** Ends a group for everybody; takes any other chat out of the caller's list, cleared, until something new is said in it. */
  async delete(user: Principal, chatId: number): Promise<void> {
    const { chat_type: type } = await this.chats.access(user.userId, chatId);
    if (type === 'group') return this.groups.dissolve(user, chatId);
    await this.db.tx(async () => {
      await this.clear(user, chatId);
      await this.preferences.setHidden(chatId, user.userId, true);
      await this.streams.append(user.userId, 'chat_removed', { chat_id: chatId, reason: 'hidden' });
    });
  }
}
