import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  chat = await buildGroup(app, ana, [ben]);
});
afterAll(() => app.close());

const send = async (content: string, to = chat) =>
  (await api(app, ana).post(`/chats/${to}/messages`, { content })).body.id as number;
const pin = (user: TestUser, id: number) => api(app, user).put(`/messages/${id}/pin`);
const unpin = (user: TestUser, id: number) => api(app, user).delete(`/messages/${id}/pin`);
const pinned = async (user: TestUser, from = chat) =>
  (await api(app, user).get(`/chats/${from}/pins`)).body.messages.map(({ content }: { content: string }) => content);

test('everybody hears of it and finds it, those pinned last first', async () => {
  const bens = await connect(app, ben);
  const [one, two] = [await send('one'), await send('two')];
  expect((await pin(ana, one)).body).toMatchObject({ id: one, is_edited: false, pinned_at: expect.any(String) });
  await pin(ana, two);
  const heard = await bens.next('message_updated', ({ id }) => id === one);
  expect(heard.pinned_at).not.toBeNull();
  expect(await pinned(ben)).toEqual(['two', 'one']);
  expect((await unpin(ana, two)).body.pinned_at).toBeNull();
  await bens.next('message_updated', ({ id, pinned_at }) => id === two && pinned_at === null);
  expect(await pinned(ben)).toEqual(['one']);
  bens.close();
});

test('doing it again changes nothing; a deleted message is not pinned any more', async () => {
  const id = await send('gone');
  await pin(ana, id);
  const before = (await api(app, ana).get(`/chats/${chat}`)).body.last_seq;
  await pin(ana, id);
  expect((await api(app, ana).get(`/chats/${chat}`)).body.last_seq).toBe(before);
  await api(app, ana).delete(`/messages/${id}`);
  expect(await pinned(ben)).not.toContain('');
});

test('in groups those who govern them may, in private chats both, strangers nowhere', async () => {
  const id = await send('x');
  expect(await pin(ben, id)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  expect((await pin(eve, id)).body.code).toBe('message.not_found');
  expect((await api(app, eve).get(`/chats/${chat}/pins`)).body.code).toBe('chat.not_found');
  const pair = await buildPrivateChat(app, ana, ben);
  expect((await pin(ben, await send('ours', pair))).status).toBe(200);
  expect(await pinned(ana, pair)).toEqual(['ours']);
});

test('fifty at most, even at once', async () => {
  const group = await buildGroup(app, ana, [ben]);
  const ids = [];
  for (let index = 0; index < 52; index++) ids.push(await send(`${index}`, group));
  const replies = await Promise.all(ids.map((id) => pin(ana, id)));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(50);
  expect(replies.find(({ status }) => status !== 200)!.body).toMatchObject({
    code: 'chat.too_many_pins',
    params: { limit: 50 },
  });
  expect(await pinned(ben, group)).toHaveLength(50);
});
