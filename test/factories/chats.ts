import { NewChatsService } from 'src/modules/chats/new-chats.service';
import { principalOf, type TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';

/** A group of the owner and others; its id. */
export async function buildGroup(app: TestApp, owner: TestUser, others: TestUser[], name = 'Hikers'): Promise<number> {
  const draft = { chat_type: 'group' as const, name, participant_ids: others.map(({ id }) => id) };
  return (await app.get(NewChatsService).create(principalOf(owner), draft)).chat.id;
}

/** The private chat of two; its id. */
export async function buildPrivateChat(app: TestApp, one: TestUser, other: TestUser): Promise<number> {
  const draft = { chat_type: 'private' as const, participant_ids: [other.id] };
  return (await app.get(NewChatsService).create(principalOf(one), draft)).chat.id;
}
