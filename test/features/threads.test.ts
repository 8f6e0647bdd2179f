import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
let chat: number, other: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  chat = await buildGroup(app, ana, [ben]);
  other = await buildGroup(app, ana, [ben]);
});
afterAll(() => app.close());

const post = (user: TestUser, body: object, to = chat) => api(app, user).post(`/chats/${to}/messages`, body);
const send = async (user: TestUser, content: string, threadId?: number) =>
  (await post(user, { content, thread_id: threadId })).body;
const threadOf = async (user: TestUser, id: number, query = '') =>
  (await api(app, user).get(`/messages/${id}/thread${query}`)).body;

test('a thread has the message with which it began, and all in it, oldest first, in pages', async () => {
  const root = await send(ana, 'root');
  await send(ben, 'aside');
  const first = await send(ben, '1', root.id);
  expect(first).toMatchObject({ thread_id: root.id, reply_count: 0 });
  expect(await send(ana, '2', first.id)).toMatchObject({ thread_id: root.id });
  await send(ben, '3', root.id);
  const page = await threadOf(ben, first.id, '?limit=2');
  expect(page).toMatchObject({
    root: { id: root.id, content: 'root', reply_count: 3, thread_id: null },
    messages: [{ content: '1' }, { content: '2' }],
  });
  expect(await threadOf(ben, root.id, `?limit=2&cursor=${page.next_cursor}`)).toMatchObject({
    messages: [{ content: '3' }],
    next_cursor: null,
  });
});

test('what is deleted still counts, and is there as a tombstone', async () => {
  const root = await send(ana, 'root');
  const { id } = await send(ben, 'oops', root.id);
  await api(app, ben).delete(`/messages/${id}`);
  await api(app, ana).delete(`/messages/${root.id}`);
  expect(await threadOf(ana, id)).toMatchObject({
    root: { is_deleted: true, reply_count: 1 },
    messages: [{ id, is_deleted: true, content: '' }],
  });
});

test('many at once are all counted', async () => {
  const root = await send(ana, 'root');
  await Promise.all(Array.from({ length: 20 }, (_, index) => send(index % 2 ? ana : ben, `${index}`, root.id)));
  expect((await threadOf(ben, root.id)).root.reply_count).toBe(20);
});

test('threads stay within their chat, and strangers out of them', async () => {
  const root = await send(ana, 'root');
  expect((await post(ana, { content: 'x', thread_id: root.id }, other)).body).toMatchObject({
    code: 'message.reply_not_in_chat',
  });
  expect((await post(ana, { content: 'x', thread_id: 999_999 })).body).toMatchObject({
    code: 'message.reply_not_in_chat',
  });
  for (const id of [root.id, 999_999])
    expect((await api(app, eve).get(`/messages/${id}/thread`)).body.code).toBe('message.not_found');
  expect((await api(app, ana).get(`/messages/${root.id}/thread?cursor=forged`)).status).toBe(422);
});

test('the page around a message has it in the middle, newest first, and goes on backwards', async () => {
  const group = await buildGroup(app, ana, [ben]);
  const ids: number[] = [];
  for (let index = 1; index <= 9; index++) ids.push((await post(ana, { content: `${index}` }, group)).body.id);
  const page = async (query: string) => (await api(app, ben).get(`/chats/${group}/messages?${query}`)).body;
  const said = (body: any) => body.messages.map(({ content }: { content: string }) => Number(content));
  const middle = await page(`around=${ids[4]}&limit=4`);
  expect(said(middle)).toEqual([7, 6, 5, 4]);
  expect(said(await page(`limit=4&cursor=${middle.next_cursor}`))).toEqual([3, 2, 1]);
  expect(said(await page(`around=${ids[8]}&limit=4`))).toEqual([9, 8, 7, 6]);
  expect(said(await page(`around=${ids[0]}&limit=4`))).toEqual([3, 2, 1]);
  expect((await page(`around=${ids[0]}&before_seq=3`)).code).toBe('validation.failed');
  expect((await api(app, ben).get(`/chats/${chat}/messages?around=${ids[0]}`)).body.code).toBe('message.not_found');
});
