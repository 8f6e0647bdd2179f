import { Injectable } from '@nestjs/common';
import { ShowsChange, type ChangeRow } from 'src/modules/chats/changes.service';
import { toMemberView, type MemberView, type ParticipantView } from 'src/modules/chats/participants.dto';
import { ParticipantsRepository, type ParticipantRow } from 'src/modules/chats/participants.repository';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { UsersService } from 'src/modules/users/users.service';

/** Participants, as one viewer or as the whole chat sees them. */
@Injectable()
export class ParticipantViews {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly users: UsersService,
    private readonly participants: ParticipantsRepository,
  ) {}

  /** As the viewer, who shares a chat with each of them, may see them: with whether they are there. As many queries for any number. */
  async of(viewerId: string, rows: ParticipantRow[]): Promise<ParticipantView[]> {
    const presences = await this.profiles.presencesFor(viewerId, [...new Set(rows.map(({ user_id }) => user_id))]);
    const { readReceipts } = await this.users.get(viewerId);
    return rows.map((row) => {
      const member = toMemberView(row);
      const { last_read_seq, last_delivered_seq } = row.user_id === viewerId ? row : member;
      const read = row.user_id === viewerId || readReceipts ? last_read_seq : null;
      return { ...member, last_read_seq: read, last_delivered_seq, ...presences.get(row.user_id)! };
    });
  }

  /** Who came: those of them who are still in, as all in the chat see them. */
  @ShowsChange('participant_added')
  async added(changes: ChangeRow[]) {
    const members = await this.present(changes, ({ data }) => data!.user_ids as string[]);
    return changes.map((change) => ({
      chat_id: change.chat_id,
      participants: (change.data!.user_ids as string[]).flatMap((id) => members.get(`${change.chat_id}:${id}`) ?? []),
      added_by: change.actor_id,
    }));
  }

  @ShowsChange('participant_updated')
  async updated(changes: ChangeRow[]) {
    const members = await this.present(changes, ({ user_id }) => [user_id!]);
    return changes.map(({ chat_id, user_id, actor_id }) => {
      const participant = members.get(`${chat_id}:${user_id}`);
      return participant && { chat_id, participant, changed_by: actor_id };
    });
  }

  @ShowsChange('participant_removed')
  removed(changes: ChangeRow[]) {
    return changes.map(({ chat_id, user_id, actor_id }) => ({ chat_id, user_id, removed_by: actor_id }));
  }

  private async present(
    changes: ChangeRow[],
    idsOf: (change: ChangeRow) => string[],
  ): Promise<Map<string, MemberView>> {
    const places = changes.flatMap((change) => idsOf(change).map((userId) => ({ chatId: change.chat_id, userId })));
    const rows = await this.participants.at(places);
    return new Map(rows.map((row) => [`${row.chat_id}:${row.user_id}`, toMemberView(row)]));
  }
}
