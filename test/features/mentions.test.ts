import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';

let app: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, eve: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, cid, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'eve');
});
beforeEach(async () => (chat = await buildGroup(app, ana, [ben, cid])));
afterAll(() => app.close());

const send = async (user: TestUser, content: string) =>
  (await api(app, user).post(`/chats/${chat}/messages`, { content })).body;
const unread = async (user: TestUser) => (await api(app, user).get(`/chats/${chat}`)).body.unread_mentions;
const sorted = (ids: string[]) => [...ids].sort();

test('participants who are named are mentioned; oneself, strangers and addresses are only text', async () => {
  const { mentions } = await send(
    ana,
    `@${ben.username} 你好@${cid.username.toUpperCase()}, @${ana.username} @${eve.username} x@${cid.username}.org`,
  );
  expect(sorted(mentions)).toEqual(sorted([ben.id, cid.id]));
  expect((await send(ben, `mail@${cid.username}`)).mentions).toEqual([]);
});

test('@all is for those who govern the group', async () => {
  expect(await send(ana, 'hello @all')).toMatchObject({ mentions_all: true });
  expect(await send(ben, 'hello @all')).toMatchObject({ mentions_all: false, mentions: [] });
});

test('unread mentions are counted once for each message, by what is read, edited and deleted', async () => {
  await send(ana, `@${ben.username}`);
  await send(ana, 'nobody');
  const both = await send(ana, `@all and @${ben.username}`);
  expect([await unread(ben), await unread(cid), await unread(ana)]).toEqual([2, 1, 0]);
  const first = await send(ana, `@${cid.username}`);
  await api(app, ana).put(`/messages/${first.id}`, { content: `no, @${ben.username}` });
  expect([await unread(ben), await unread(cid)]).toEqual([3, 1]);
  await api(app, ana).delete(`/messages/${both.id}`);
  expect([await unread(ben), await unread(cid)]).toEqual([2, 0]);
  await api(app, ben).put(`/messages/${both.id}/read`);
  expect(await unread(ben)).toBe(1);
  expect((await api(app, ben).get('/chats')).body.chats.find(({ id }: { id: number }) => id === chat)).toMatchObject({
    unread_mentions: 1,
  });
});

test('an edit mentions whom it names now', async () => {
  const { id } = await send(ana, `@${ben.username} @all`);
  const { body } = await api(app, ana).put(`/messages/${id}`, { content: `@${cid.username}` });
  expect(body).toMatchObject({ mentions: [cid.id], mentions_all: false });
});

test('a send takes as many statements for fifty names as for one', async () => {
  const count = async (content: string) => {
    await app.settle();
    return countQueries(app, () => send(ana, content));
  };
  await count('warm');
  const one = await count(`@${ben.username}`);
  const many = await count(
    `@${ben.username} @${cid.username} ${Array.from({ length: 48 }, (_, index) => `@someone${index}`).join(' ')}`,
  );
  expect(many).toBeLessThanOrEqual(one + 1);
});
