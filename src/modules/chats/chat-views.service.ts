import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { currentContext } from 'src/core/context/context';
import { I18n } from 'src/core/i18n/i18n';
import { ShowsChange, type ChangeRow } from 'src/modules/chats/changes.service';
import type { ChatDetailView, ChatSummaryView, ChatView } from 'src/modules/chats/chats.dto';
import { ChatsRepository, type ChatRow } from 'src/modules/chats/chats.repository';
import { toMessageView } from 'src/modules/chats/messages.dto';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { ParticipantViews } from 'src/modules/chats/participant-views.service';
import { ParticipantsRepository } from 'src/modules/chats/participants.repository';
import { toAvatarView } from 'src/modules/files/avatars.dto';
import { shownName } from 'src/modules/users/users.dto';

/** Participants shown of each chat in a list. */
const SHOWN_IN_LIST = 5;

/** Chats as their participants see them, with as many queries for many as for one. */
@Injectable()
export class ChatViews {
  constructor(
    private readonly i18n: I18n,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
    private readonly participants: ParticipantsRepository,
    private readonly participantViews: ParticipantViews,
  ) {}

  async of(rows: ChatRow[]): Promise<ChatView[]> {
    const places = rows.flatMap((row) => (row.last_message_seq ? { chatId: row.id, seq: row.last_message_seq } : []));
    const newest = new Map((await this.messages.bySeqs(places)).map((message) => [message.chat_id, message]));
    return rows.map((row) => this.toView(row, newest.get(row.id)));
  }

  /** With the first few of the others in each of them. */
  async summaries(viewerId: string, rows: ChatRow[]): Promise<ChatSummaryView[]> {
    const ids = rows.map(({ id }) => id);
    const others = await this.participants.firstOthers(ids, viewerId, SHOWN_IN_LIST);
    const shown = await this.participantViews.of(viewerId, others);
    const places = groupBy(shown.keys(), (place) => others[place]!.chat_id);
    const views = await this.of(rows);
    return views.map((view) => ({ ...view, participants: (places.get(view.id) ?? []).map((place) => shown[place]!) }));
  }

  /** With all who take part in it. */
  async detail(viewerId: string, row: ChatRow): Promise<ChatDetailView> {
    const [view] = await this.of([row]);
    const all = await this.participants.page(row.id, row.participant_count);
    return { ...view!, participants: await this.participantViews.of(viewerId, all) };
  }

  @ShowsChange('chat_updated')
  async updated(changes: ChangeRow[]) {
    const chats = new Map(
      (await this.chats.byIds(changes.map(({ chat_id }) => chat_id))).map((chat) => [chat.id, chat]),
    );
    return changes.map(({ chat_id, actor_id }) => {
      const chat = chats.get(chat_id);
      return (
        chat && {
          chat_id,
          name: chat.name ?? '',
          description: chat.description,
          avatar_url: chat.avatarFileId === null ? null : toAvatarView(chat.avatarFileId).avatar_url,
          settings: {
            who_may_post: chat.whoMayPost,
            who_may_add: chat.whoMayAdd,
            who_may_edit: chat.whoMayEdit,
            slow_mode_seconds: chat.slowModeSeconds,
          },
          updated_by: actor_id,
        }
      );
    });
  }

  private toView(row: ChatRow, newest: Parameters<typeof toMessageView>[0] | undefined): ChatView {
    const { last_message_seq: _, hidden_up_to_seq: __, avatar_file_id: avatarId, ...shown } = row;
    return {
      ...shown,
      avatar_url: avatarId === null ? row.avatar_url : toAvatarView(avatarId).avatar_url,
      name:
        row.chat_type === 'saved'
          ? this.i18n.text(currentContext().language, 'common:chat.saved')
          : shownName(row.name),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      muted_until: row.muted_until?.toISOString() ?? null,
      last_message: newest ? toMessageView(newest) : null,
    };
  }
}
