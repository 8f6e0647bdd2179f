import { Realtime } from 'src/core/realtime/realtime';
import { SeatsRealtime } from 'src/modules/chats/seats.realtime';
import { BlocksService } from 'src/modules/users/blocks.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { connect } from 'test/support/socket';
import { meanwhile } from 'test/support/meanwhile';
import { until } from 'test/support/until';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const block = (one: TestUser, other: { id: string }) => api(app, one).post(`/users/${other.id}/block`);
const unblock = (one: TestUser, other: TestUser) => api(app, one).post(`/users/${other.id}/unblock`);

test('blocking and unblocking are safe to repeat, on both paths; the list is the blocker’s own, in pages', async () => {
  const [fay, gus, hal] = await buildUsers(app, 'fay', 'gus', 'hal');
  expect((await block(fay, gus)).status).toBe(204);
  expect((await block(fay, gus)).status).toBe(204);
  expect((await api(app, fay).post('/settings/privacy/block', { user_id: hal.id })).status).toBe(204);
  const first = await api(app, fay).get('/users/blocked?limit=1');
  expect(first.body.users).toMatchObject([{ id: hal.id, username: hal.username, blocked_at: expect.any(String) }]);
  const rest = await api(app, fay).get(`/users/blocked?limit=1&cursor=${first.body.next_cursor}`);
  expect(rest.body).toMatchObject({ items: [{ id: gus.id }], next_cursor: null });
  expect((await api(app, gus).get('/users/blocked')).body.items).toEqual([]);
  expect((await api(app, fay).post('/settings/privacy/unblock', { user_id: hal.id })).status).toBe(204);
  expect((await unblock(fay, gus)).status).toBe(204);
  expect((await unblock(fay, gus)).status).toBe(204);
  expect((await api(app, fay).get('/users/blocked')).body.items).toEqual([]);
});

test('nobody blocks himself, or who does not exist', async () => {
  expect((await block(ana, ana)).body).toMatchObject({ status: 422, code: 'user.cannot_block_self' });
  expect((await block(ana, { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' })).body.code).toBe('user.not_found');
  expect((await api(app, ana).post('/settings/privacy/block', { user_id: 'x' })).status).toBe(422);
  expect((await api(app).post(`/users/${ana.id}/block`)).status).toBe(401);
});

test('who is blocked among many is one query', async () => {
  const mia = await buildUser(app, 'mia');
  await block(mia, ana);
  await block(ben, mia);
  let blocked: Set<string> | undefined;
  const count = await countQueries(node, async () => {
    blocked = await node.get(BlocksService).blockedBetween(mia.id, [ana.id, ben.id, cid.id]);
  });
  expect([count, blocked]).toEqual([1, new Set([ana.id, ben.id])]);
});

test('it holds both ways for profiles, new chats and groups, and ends with the unblocking', async () => {
  const [ivo, jan] = await buildUsers(app, 'ivo', 'jan');
  await buildGroup(app, cid, [ivo, jan]);
  const group = (other: TestUser) => ({ chat_type: 'group', name: 'New', participant_ids: [cid.id, other.id] });
  const tries = (one: TestUser, other: TestUser) =>
    Promise.all([
      api(app, one).get(`/users/${other.id}`),
      api(app, one).post('/chats', { participant_ids: [other.id] }),
      api(app, one).post('/chats', group(other)),
    ]);
  await block(ivo, jan);
  for (const [one, other] of [
    [ivo, jan],
    [jan, ivo],
  ] as const)
    // oxfmt-ignore
    expect((await tries(one, other)).map(({ body }) => body.code)).toEqual([
      'user.not_found',
      'chat.not_permitted',
      'chat.not_permitted',
    ]);
  await unblock(jan, ivo);
  expect((await tries(jan, ivo))[0].status).toBe(404);
  await unblock(ivo, jan);
  expect((await tries(jan, ivo)).map(({ status }) => status)).toEqual([200, 201, 201]);
});

test('the private chat of the pair is closed, over REST and sockets, in the same words as when the other is gone', async () => {
  const gone = await buildUser(app, 'gone');
  const [chat, gonesChat] = [await buildPrivateChat(app, ana, ben), await buildPrivateChat(app, ana, gone)];
  const send = (user: TestUser, id: number, client_id?: string) =>
    api(app, user).post(`/chats/${id}/messages`, { content: 'hello', client_id });
  const socket = await connect(node, ben);
  const sent = await send(ben, chat, 'before');
  await block(ana, ben);
  await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [gone.id]);
  const refusals = await Promise.all([send(ben, chat), send(ana, chat), send(ana, gonesChat)]);
  const said = refusals.map(({ status, body }) => [status, body.code, body.detail]);
  expect(said[0]).toEqual([403, 'chat.closed', expect.any(String)]);
  expect(new Set(said.map(String)).size).toBe(1);
  expect(await socket.ask('send_message', { chat_id: chat, content: 'hello' })).toMatchObject({
    ok: false,
    error: { code: 'chat.closed' },
  });
  expect((await send(ben, chat, 'before')).body.id).toBe(sent.body.id);
  expect((await api(app, ben).get(`/chats/${chat}/messages`)).body).toMatchObject({ last_seq: 1 });
  await unblock(ana, ben);
  expect((await send(ben, chat)).status).toBe(201);
  socket.close();
});

test('neither hears the other type or read in their private chat, on connections old and new, until it ends', async () => {
  const [ned, ola] = await buildUsers(app, 'ned', 'ola');
  const chat = await buildPrivateChat(app, ned, ola);
  const { body: message } = await api(app, ned).post(`/chats/${chat}/messages`, { content: 'hello' });
  const old = await connect(node, ola);
  await block(ned, ola);
  await app.settle();
  const [fresh, neds] = [await connect(app, ola), await connect(app, ned)];
  const typing = { chat_id: chat, is_typing: true };
  for (const socket of [old, fresh, neds])
    expect(await socket.ask('typing_indicator', typing)).toMatchObject({ error: { code: 'chat.not_found' } });
  await api(app, ola).put(`/messages/${message.id}/read`);
  await app.settle();
  await neds.ask('ping');
  expect([old, fresh, neds].flatMap((socket) => socket.all('typing_indicator'))).toEqual([]);
  expect(neds.all('message_read')).toEqual([]);
  await unblock(ned, ola);
  await app.settle();
  expect(await old.ask('typing_indicator', typing)).toMatchObject({ ok: true });
  await neds.next('typing_indicator');
  [old, fresh, neds].forEach((socket) => socket.close());
});

test('whoever blocks and unblocks at once, on two nodes, is in the room afterwards, and the other way round he is not', async () => {
  const [pia, quin] = await buildUsers(app, 'pia', 'quin');
  const chat = await buildPrivateChat(app, pia, quin);
  const pias = await connect(node, pia);
  const isInside = () =>
    node
      .get(Realtime)
      .connections.some(({ user, socket }) => user.userId === pia.id && socket.rooms.has(`default:chat:${chat}`));
  /** On the other node, at the moment when it has been asked here whether they are parted. */
  const then = (work: () => Promise<unknown>) =>
    meanwhile(app.get(SeatsRealtime), 'blocks', 'blockedBetween', () => work().then(() => node.settle()));
  then(() => api(node, pia).post(`/users/${quin.id}/unblock`));
  await block(pia, quin);
  await app.settle();
  await until('they are together', isInside);
  await block(pia, quin);
  await until('they are parted', () => !isInside());
  then(() => api(node, pia).post(`/users/${quin.id}/block`));
  await unblock(pia, quin);
  await app.settle();
  await until('they are parted', () => !isInside());
  pias.close();
});

test('in a group both go on writing, but no push goes from one to the other', async () => {
  const group = await buildGroup(app, cid, [ana, ben]);
  await block(ana, ben);
  expect((await api(app, ben).post(`/chats/${group}/messages`, { content: 'to all' })).status).toBe(201);
  await app.settle();
  const told = await app.db.query(
    `SELECT user_id FROM push_notifications WHERE data->>'chat_id' = $1 AND user_id = ANY($2)`,
    [String(group), [ana.id, cid.id]],
  );
  expect(told).toEqual([{ user_id: cid.id }]);
  await unblock(ana, ben);
});

test('each sees the other go when the block comes, and nothing afterwards; and come again when it ends', async () => {
  const [kim, leo] = await buildUsers(app, 'kim', 'leo');
  await buildGroup(app, kim, [leo, cid]);
  const [kims, leos, cids] = [await connect(app, kim), await connect(node, leo), await connect(node, cid)];
  await block(kim, leo);
  expect(await kims.next('user_status', ({ user_id, is_online }) => user_id === leo.id && !is_online)).toMatchObject({ last_seen: null }); // oxfmt-ignore
  await leos.next('user_status', ({ user_id, is_online }) => user_id === kim.id && !is_online);
  await api(app, kim).put('/profile/status', { status: 'away' });
  await cids.next('user_status', ({ user_id, status }) => user_id === kim.id && status === 'away');
  await leos.ask('ping');
  expect(leos.all('user_status').filter(({ user_id, status }) => user_id === kim.id && status === 'away')).toEqual([]);
  await unblock(kim, leo);
  await leos.next('user_status', ({ user_id, status }) => user_id === kim.id && status === 'away');
  for (const socket of [kims, leos, cids]) socket.close();
});
