import { LocationWorkers } from 'src/modules/location/location.workers';
import { ShareMembersService } from 'src/modules/location/share-members.service';
import { SharesService } from 'src/modules/location/shares.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { away, buildShare, HERE } from 'test/factories/locations';
import { buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { connect } from 'test/support/socket';

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const share = async (owner: TestUser, draft: object) =>
  (await app.get(SharesService).start(principalOf(owner), { until_stopped: true, ...draft })).share;
const move = (owner: TestUser) => api(app, owner).post('/location/update', HERE);
const seenBy = async (viewer: TestUser, owner: TestUser) =>
  (await api(node, viewer).get(`/location/current/${owner.id}`)).status;
const sharesOf = async (user: TestUser) =>
  ((await api(app, user).get('/location/shares')).body.items as { id: number }[]).map(({ id }) => id);
const leave = (user: TestUser, chat: number) => api(app, user).delete(`/chats/${chat}/participants/${user.id}`);
const add = (actor: TestUser, chat: number, user: TestUser) =>
  api(app, actor).post(`/chats/${chat}/participants`, { user_ids: [user.id] });

describe('the owner of a share with a chat', () => {
  test('ends it by leaving: all are told, and it is not back when he is', async () => {
    const [ana, ben, cid] = await users('ana', 'ben', 'cid');
    const chat = await buildGroup(app, ben, [ana, cid]);
    await move(ana);
    const given = await share(ana, { chat_id: chat });
    const [anas, bens] = await Promise.all([connect(app, ana), connect(node, ben)]);
    expect(await seenBy(ben, ana)).toBe(200);
    expect((await leave(ana, chat)).status).toBe(204);
    await app.settle();
    for (const socket of [anas, bens])
      expect(await socket.next('location_share_stopped')).toMatchObject({ share_id: given.id, reason: 'stopped' });
    expect((await add(ben, chat, ana)).status).toBeLessThan(300);
    await app.settle();
    expect(await seenBy(ben, ana)).toBe(404);
    expect(await sharesOf(ana)).toEqual([]);
    [anas, bens].forEach((socket) => socket.close());
  });

  test('has ended it though nothing has run since; what he begins when he is back stays', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const chat = await buildGroup(app, ben, [ana]);
    await move(ana);
    const before = await share(ana, { chat_id: chat });
    // as if he had left and were back, and the worker were behind
    await app.db.query('UPDATE chat_participants SET joined_at = now() WHERE user_id = $1', [ana.id]);
    expect(await seenBy(ben, ana)).toBe(404);
    const again = await share(ana, { chat_id: chat });
    expect(again.id).not.toBe(before.id);
    await app.get(ShareMembersService).left(chat, [ana.id]);
    expect(await seenBy(ben, ana)).toBe(200);
    expect(await sharesOf(ana)).toEqual([again.id]);
  });

  test('loses it with the chat, all are told, and the log of who had seen him stays', async () => {
    const [ana, ben, cid] = await users('ana', 'ben', 'cid');
    const chat = await buildGroup(app, ben, [ana, cid]);
    await move(ana);
    const given = await share(ana, { chat_id: chat });
    expect(await seenBy(cid, ana)).toBe(200);
    const [anas, cids] = await Promise.all([connect(app, ana), connect(node, cid)]);
    expect((await api(app, ben).delete(`/chats/${chat}`)).status).toBe(204);
    await app.settle();
    expect(await app.db.query('SELECT 1 FROM chats WHERE id = $1', [chat])).toEqual([]);
    for (const socket of [anas, cids])
      expect(await socket.next('location_share_stopped')).toMatchObject({ share_id: given.id, chat_id: chat });
    expect((await api(app, ana).get('/location/watchers/log')).body.items).toContainEqual(
      expect.objectContaining({ share_id: given.id, user: expect.objectContaining({ id: cid.id }) }),
    );
    expect((await api(app, ana).get(`/location/shares/${given.id}`)).body).toMatchObject({
      is_active: false,
      end_reason: 'stopped',
    });
    [anas, cids].forEach((socket) => socket.close());
  });

  test('loses it also if the chat was gone before that was seen to', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const chat = await buildGroup(app, ben, [ana]);
    const given = await share(ana, { chat_id: chat });
    await app.db.query('DELETE FROM chats WHERE id = $1', [chat]);
    await app.get(ShareMembersService).left(chat, [ana.id, ben.id]);
    const bens = (await api(app, ben).post('/sync', { user_seq: 0 })).body.user.events as {
      type: string;
      data: object;
    }[];
    expect(bens.filter(({ type }) => type === 'location_share_stopped')).toMatchObject([
      { data: { share_id: given.id, chat_id: chat } },
    ]);
    expect(await sharesOf(ana)).toEqual([]);
  });
});

describe('who comes and goes', () => {
  test('is told what is shared with the chat, gets the present position, and is told when it is over for him', async () => {
    const [ana, ben, cid] = await users('ana', 'ben', 'cid');
    const chat = await buildGroup(app, ana, [ben]);
    await move(ana);
    const given = await share(ana, { chat_id: chat });
    const [bens, cids] = await Promise.all([connect(node, ben), connect(node, cid)]);
    expect((await add(ana, chat, cid)).status).toBeLessThan(300);
    expect(await cids.next('location_share_received')).toMatchObject({ share_id: given.id, chat_id: chat, own: null });
    expect(await cids.next('shared_location_update')).toMatchObject({ ...HERE, share_id: given.id });
    await leave(cid, chat);
    expect(await cids.next('location_share_stopped')).toMatchObject({ share_id: given.id, reason: 'stopped' });
    await app.settle();
    expect(bens.all('location_share_received')).toEqual([]);
    expect(bens.all('location_share_stopped')).toEqual([]);
    expect(await seenBy(ben, ana)).toBe(200);
    [bens, cids].forEach((socket) => socket.close());
  });

  test('who becomes a contact is told of what is shared with all contacts', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    await move(ana);
    const given = await share(ana, { audience: 'contacts' });
    const [bens, eves] = await Promise.all([connect(node, ben), connect(node, eve)]);
    await buildPrivateChat(app, eve, ana);
    await buildPrivateChat(app, ana, ben);
    expect(await bens.next('location_share_received')).toMatchObject({ share_id: given.id, audience: 'contacts' });
    expect(await bens.next('shared_location_update')).toMatchObject({ ...HERE, share_id: given.id });
    await app.settle();
    expect(eves.all('location_share_received')).toEqual([]);
    [bens, eves].forEach((socket) => socket.close());
  });
});

test('what is shared with a chat or all contacts is over for who is blocked, as he is told, and there again when that is lifted', async () => {
  const [ana, ben, cid] = await users('ana', 'ben', 'cid');
  const chat = await buildGroup(app, cid, [ana, ben]);
  await buildPrivateChat(app, ana, ben);
  await move(ana);
  const withChat = await share(ana, { chat_id: chat, precision: 'city' });
  const withAll = await share(ana, { audience: 'contacts' });
  for (const [blocker, blocked] of [
    [ana, ben],
    [ben, ana],
  ] as const) {
    const [bens, cids] = await Promise.all([connect(node, ben), connect(node, cid)]);
    await bens.next('shared_location_update');
    await api(app, blocker).post(`/users/${blocked.id}/block`);
    await app.settle();
    for (const { id } of [withChat, withAll])
      await bens.next('location_share_stopped', ({ share_id, reason }) => share_id === id && reason === 'stopped');
    expect(await sharesOf(ben)).toEqual([]);
    const heard = bens.all('shared_location_update').length;
    await api(app, blocker).post(`/users/${blocked.id}/unblock`);
    await app.settle();
    for (const { id } of [withChat, withAll])
      await bens.next('location_share_received', ({ share_id }) => share_id === id);
    await bens.next('shared_location_update', ({ share_id }) => share_id === withAll.id);
    expect(bens.all('shared_location_update')).toHaveLength(heard + 1);
    expect(cids.all('location_share_stopped')).toEqual([]);
    [bens, cids].forEach((socket) => socket.close());
  }
});

test('who becomes a contact by an answer is told of what is shared with all contacts, once', async () => {
  const [ana, ben, eve] = await users('ana', 'ben', 'eve');
  await move(ana);
  const given = await share(ana, { audience: 'contacts' });
  const [bens, eves] = await Promise.all([connect(node, ben), connect(node, eve)]);
  const write = async (from: TestUser, chat: number) =>
    expect((await api(app, from).post(`/chats/${chat}/messages`, { content: 'hello' })).status).toBe(201);
  const chat = await buildPrivateChat(app, ben, ana);
  await buildPrivateChat(app, eve, ana);
  await write(ben, chat);
  await app.settle();
  expect(bens.all('location_share_received')).toEqual([]);
  expect(await seenBy(ben, ana)).toBe(404);
  await write(ana, chat);
  expect(await bens.next('location_share_received')).toMatchObject({ share_id: given.id, own: null });
  expect(await bens.next('shared_location_update')).toMatchObject({ ...HERE, share_id: given.id });
  await write(ana, chat);
  await app.settle();
  expect(bens.all('location_share_received')).toHaveLength(1);
  expect(eves.all('location_share_received')).toEqual([]);
  [bens, eves].forEach((socket) => socket.close());
});

test('what is begun at the very moment of a block is not, and is not there when the block is lifted', async () => {
  const [ana, ben] = await users('ana', 'ben');
  meanwhile(app.get(SharesService), 'targets', 'of', () => api(node, ben).post(`/users/${ana.id}/block`));
  const begun = await api(app, ana).post('/location/shares', { target_user_id: ben.id });
  expect(begun).toMatchObject({ status: 422, body: { code: 'location.share_target_unknown' } });
  await app.settle();
  await api(app, ben).post(`/users/${ana.id}/unblock`);
  expect(await sharesOf(ana)).toEqual([]);
});

test('a block that is seen to late ends what was granted before it, and not what was after it was lifted', async () => {
  const [ana, ben] = await users('ana', 'ben');
  await buildShare(app, ana, ben);
  const back = await buildShare(app, ben, ana);
  // as if the worker had slept through the block and its end
  const [{ since }] = (await app.db.query('SELECT now() AS since')) as [{ since: Date }];
  const again = (await api(app, ana).post('/location/shares', { target_user_id: ben.id })).body;
  const workers = app.get(LocationWorkers);
  const fact = { user_id: ben.id, other_id: ana.id, since: since.toISOString() };
  await workers.endSharesBetween(fact);
  const live = async () => (await api(app, ana).get('/location/shares')).body.items as { id: number }[];
  expect(await live()).toMatchObject([{ id: again.id }]);
  expect((await api(app, ben).get(`/location/shares/${back.id}`)).body).toMatchObject({ end_reason: 'stopped' });
  await api(app, ben).post(`/users/${ana.id}/block`);
  await workers.endSharesBetween(fact);
  expect(await live()).toEqual([]);
});

test('watchers hear of one whom they see by several shares once, by the finest, and by the next when that ends', async () => {
  const [ana, ben, cid] = await users('ana', 'ben', 'cid');
  const groups = [await buildGroup(app, ana, [ben, cid]), await buildGroup(app, ana, [ben])];
  await move(ana);
  const city = await share(ana, { chat_id: groups[0], precision: 'city' });
  const street = await share(ana, { chat_id: groups[1], precision: 'street' });
  const exact = await share(ana, { target_user_id: ben.id });
  const sockets = [await connect(app, ben), await connect(node, cid)] as const;
  const [bens, cids] = sockets;
  await bens.next('shared_location_update', ({ share_id }) => share_id === exact.id);
  await cids.next('shared_location_update', ({ share_id }) => share_id === city.id);
  await api(app, ana).post('/location/update', { ...away(HERE, 60), heading: 33 });
  await bens.next('shared_location_update', ({ heading }) => heading === 33);
  expect(bens.all('shared_location_update').filter(({ share_id }) => share_id !== exact.id)).toEqual([]);
  // she stands still from now on
  await api(app, ana).delete(`/location/shares/${exact.id}`);
  await bens.next('shared_location_update', ({ share_id }) => share_id === street.id);
  await leave(ben, groups[1]!);
  await bens.next('location_share_stopped', ({ share_id }) => share_id === street.id);
  await bens.next('shared_location_update', ({ share_id }) => share_id === city.id);
  expect(new Set(cids.all('shared_location_update').map(({ share_id }) => share_id))).toEqual(new Set([city.id]));
  sockets.forEach((socket) => socket.close());
});
