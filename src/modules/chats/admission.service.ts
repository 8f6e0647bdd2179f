import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ChatNotPermitted, UnknownParticipants } from 'src/modules/chats/chats.errors';
import { PrivacyService } from 'src/modules/users/privacy.service';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';

/** Whom somebody may write to, or put into a group. */
@Injectable()
export class AdmissionService {
  constructor(
    private readonly users: UsersService,
    private readonly privacy: PrivacyService,
  ) {}

  /** Throws `chat.unknown_participants`, with the ids of those who are not active users. */
  async requireKnown(userIds: string[]): Promise<User[]> {
    const known = await this.users.activeByIds(userIds);
    const unknown = userIds.filter((id) => !known.has(id));
    if (unknown.length) throw UnknownParticipants({ user_ids: unknown.join(', ') });
    return [...known.values()];
  }

  /** Throws `chat.unknown_participants`, or `chat.not_permitted` with the ids of those who do not let the user. */
  async requirePermitted({ userId }: Principal, what: 'message' | 'add_to_group', userIds: string[]): Promise<void> {
    const refusing = await this.privacy.refusing(userId, what, await this.requireKnown(userIds));
    if (refusing.length) throw ChatNotPermitted({ user_ids: refusing.join(', ') });
  }
}
