import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Streams } from 'src/core/streams/streams';
import { toPrivacyView, type PrivacyView, type UpdatePrivacy } from 'src/modules/users/privacy.dto';
import { mayAddToGroup, mayMessage } from 'src/modules/users/privacy.policy';
import { RelationsRepository } from 'src/modules/users/relations.repository';
import type { User } from 'src/modules/users/users.entities';
import { UsersRepository } from 'src/modules/users/users.repository';
import { UsersService } from 'src/modules/users/users.service';

/** What users let others do. */
@Injectable()
export class PrivacyService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersService,
    private readonly rows: UsersRepository,
    private readonly relations: RelationsRepository,
    private readonly streams: Streams,
  ) {}

  async of(userId: string): Promise<PrivacyView> {
    return toPrivacyView(await this.users.get(userId));
  }

  /** Changes what is given. */
  async update(
    userId: string,
    { find_me, last_seen, messages, groups, read_receipts }: UpdatePrivacy,
  ): Promise<PrivacyView> {
    const audiences = { findableBy: find_me, lastSeenFor: last_seen, messagesFrom: messages, groupsFrom: groups };
    const change = { ...audiences, readReceipts: read_receipts };
    await this.db.tx(async () => {
      if (!(await this.rows.updateGiven(userId, change))) return;
      await this.bus.publish('user.presence_changed', { user_id: userId });
      await this.streams.append(userId, 'account_changed', { part: 'privacy' });
    });
    return this.of(userId);
  }

  /** The contacts of each of the users, be they blocked or not: one query for any number. */
  contactsOf = (userIds: string[]): Promise<Map<string, string[]>> => this.relations.contactsOf(userIds);

  /** Those of the people who do not let a user begin a private chat with them, or put them into a group. */
  async refusing(userId: string, what: 'message' | 'add_to_group', people: User[]): Promise<string[]> {
    const may = what === 'message' ? mayMessage : mayAddToGroup;
    const ids = people.map(({ id }) => id);
    const relations = await this.relations.of(userId, ids);
    return people.filter((person) => !may(person, relations.get(person.id)!)).map(({ id }) => id);
  }
}
