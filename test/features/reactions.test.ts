import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, eve: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'eve');
  chat = await buildGroup(app, ana, [ben, cid]);
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const send = async (to = chat, user = ana) =>
  (await api(app, user).post(`/chats/${to}/messages`, { content: 'x' })).body;
const react = (user: TestUser, id: number, ...emojis: unknown[]) =>
  api(app, user).put(`/messages/${id}/reactions`, { emojis });
const fetched = async (id: number) =>
  (await api(app, cid).get(`/chats/${chat}/messages?around=${id}&limit=1`)).body.messages[0];
const lastSeq = async () => (await api(app, ana).get(`/chats/${chat}`)).body.last_seq;

test('one set for each person, told absolutely, each change under a number', async () => {
  const cids = await connect(node, cid);
  const { id, seq } = await send();
  expect((await react(ben, id, '👍', '❤')).body).toMatchObject({ user_id: ben.id, emojis: ['❤️', '👍'] });
  await react(cid, id, '👍');
  const { body } = await react(ben, id, '❤️', '😀');
  expect(body).toEqual({
    chat_id: chat,
    message_id: id,
    user_id: ben.id,
    emojis: ['❤️', '😀'],
    reactions: [
      { emoji: '❤️', count: 1, user_ids: [ben.id] },
      { emoji: '👍', count: 1, user_ids: [cid.id] },
      { emoji: '😀', count: 1, user_ids: [ben.id] },
    ],
  });
  expect(await cids.next('reaction_updated', ({ change_seq }) => change_seq === seq + 3)).toEqual({
    ...body,
    change_seq: seq + 3,
  });
  expect((await fetched(id)).reactions).toEqual(body.reactions);
  expect((await react(ben, id)).body).toMatchObject({ emojis: [], reactions: [{ emoji: '👍' }] });
  cids.close();
});

test('what changes nothing takes no number', async () => {
  const { id } = await send();
  await react(ben, id, '👍', '🎉');
  const before = await lastSeq();
  await react(ben, id, '🎉', '👍', '👍');
  await react(cid, id);
  expect(await lastSeq()).toBe(before);
});

test('only emoji, few of one person, and few kinds of all', async () => {
  const { id } = await send();
  for (const bad of ['', 'ok', '👍👍', '1', 7, null, '\ud83d'])
    expect(await react(ben, id, bad)).toMatchObject({ status: 422, body: { code: 'validation.failed' } });
  expect((await react(ben, id, '😀', '😁', '😂', '🤣')).status).toBe(422);
  expect((await react(ben, id, '👨‍👩‍👧', '🏳️‍🌈', '👍🏽')).status).toBe(200);
  const kinds = [...'🍎🍐🍊🍋🍌🍉🍇🍓🍈🍒🍑🥭🍍🥥🥝🍅🥑🍆🥔🥕'];
  await app.db.query('INSERT INTO message_reactions (message_id, user_id, emoji) SELECT $1, $2, unnest($3::text[])', [
    id,
    cid.id,
    kinds.slice(0, 17),
  ]);
  expect(await react(ana, id, kinds[18])).toMatchObject({
    status: 422,
    body: { code: 'message.too_many_reactions', params: { limit: 20 } },
  });
  expect((await react(ana, id, kinds[3]!)).status).toBe(200);
});

test('many in the same moment, from two nodes: nobody’s is lost, and the last event tells all of them', async () => {
  const bens = await connect(node, ben);
  const { id } = await send();
  const before = await lastSeq();
  const replies = await Promise.all(
    [ana, ben, cid].flatMap((user) =>
      ['👍', '🎉'].map((emoji, index) =>
        api(index ? app : node, user).put(`/messages/${id}/reactions`, { emojis: ['👀', emoji] }),
      ),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  const { reactions } = await fetched(id);
  expect(reactions).toContainEqual(expect.objectContaining({ emoji: '👀', count: 3 })); // all may have chosen the same other
  expect(reactions.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(6);
  const last = await bens.next('reaction_updated', ({ change_seq }) => change_seq === before + 6);
  expect(last.reactions).toEqual(reactions);
  bens.close();
});

test('strangers don’t find it; where one can’t send, one can’t react', async () => {
  const { id } = await send();
  for (const reply of [await react(eve, id, '👍'), await react(ana, 999_999, '👍')])
    expect(reply).toMatchObject({ status: 404, body: { code: 'message.not_found' } });
  const pair = await buildPrivateChat(app, ben, cid);
  const message = await send(pair, ben);
  await api(app, ben).post('/settings/privacy/block', { user_id: cid.id });
  for (const user of [ben, cid]) expect((await react(user, message.id, '👍')).body.code).toBe('chat.closed');
});
