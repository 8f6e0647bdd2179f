import { Realtime } from 'src/core/realtime/realtime';
import { SeatsRealtime } from 'src/modules/chats/seats.realtime';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { meanwhile } from 'test/support/meanwhile';
import { until } from 'test/support/until';

const LIMIT = 8;

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, dan: TestUser, eve: TestUser;
beforeAll(async () => {
  const env = { CHAT_MAX_PARTICIPANTS: String(LIMIT) };
  app = await boot({ env });
  node = await boot({ beside: app, roles: ['api'], env });
  [ana, ben, cid, dan, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'dan', 'eve');
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const add = (by: TestUser, chat: number, ...people: TestUser[]) =>
  api(app, by).post(`/chats/${chat}/participants`, { user_ids: people.map(({ id }) => id) });
const remove = (by: TestUser, chat: number, { id }: TestUser, on = app) =>
  api(on, by).delete(`/chats/${chat}/participants/${id}`);
const setRole = (by: TestUser, chat: number, { id }: TestUser, role: string) =>
  api(app, by).put(`/chats/${chat}/participants/${id}`, { role });
const send = (by: TestUser, chat: number, content = 'x', on = app) =>
  api(on, by).post(`/chats/${chat}/messages`, { content });
/** The roles of those who take part, by who they are, in the order in which they came. */
const rolesIn = async (chat: number, seenBy = ana): Promise<[string, string][]> =>
  (await api(app, seenBy).get(`/chats/${chat}`)).body.participants.map(
    ({ user_id, role }: { user_id: string; role: string }) => [user_id, role],
  );
/** What Muster has said in the chat, oldest first. */
const noticesIn = async (chat: number, seenBy = ana, language = 'en'): Promise<any[]> =>
  (
    await api(app, seenBy).get(`/chats/${chat}/messages?limit=100`, { headers: { 'x-language': language } })
  ).body.messages
    .filter(({ message_type: type }: { message_type: string }) => type === 'system')
    .reverse();
/** A group that ana owns, ben administers, and cid is a member of. */
async function threeRanks(): Promise<number> {
  const chat = await buildGroup(app, ana, [ben, cid]);
  await setRole(ana, chat, ben, 'admin');
  return chat;
}

test('added people hear of the chat on all their devices, and of what is said at once; the others hear of them', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { body: said } = await send(ana, chat, 'before');
  const [phone, tablet, anas] = await Promise.all([connect(app, cid), connect(node, cid), connect(node, ana)]);
  const added = await add(ana, chat, cid);
  expect(added).toMatchObject({
    status: 201,
    body: { participants: [{ user_id: cid.id, role: 'member', is_online: true }], next_cursor: null },
  });
  for (const device of [phone, tablet]) {
    const created = await device.next('chat_created', ({ id }) => id === chat);
    expect(created).toMatchObject({ unread_count: 0, participant_count: 3, last_message: { message_type: 'system' } });
    expect(created.last_message!.seq).toBeGreaterThan(said.seq);
  }
  expect(await anas.next('participant_added')).toMatchObject({
    chat_id: chat,
    added_by: ana.id,
    participants: [{ user_id: cid.id, username: cid.username }],
  });
  await send(ben, chat, 'welcome');
  for (const device of [phone, tablet, anas]) await device.next('new_message', ({ content }) => content === 'welcome');
  expect((await add(ana, chat, cid, ben)).body.participants).toHaveLength(2); // again: nothing changes
  expect((await api(app, cid).get(`/chats/${chat}`)).body).toMatchObject({ participant_count: 3, unread_count: 1 });
  expect(anas.all('participant_added')).toHaveLength(1);
  [phone, tablet, anas].forEach((socket) => socket.close());
});

test('what happens to a group is said in it: to each in his language, not unread, and nobody is woken for it', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const bens = await connect(node, ben);
  const koreans = await connect(app, ana, { auth: { token: ana.token, language: 'ko' } });
  await add(ana, chat, cid, dan);
  await add(ana, chat, cid); // is in: nothing to say
  await setRole(ana, chat, ben, 'admin');
  await remove(ben, chat, cid);
  for (const name of ['Summit', 'Summit']) await api(app, ana).put(`/chats/${chat}`, { name, description: name });
  const { token } = (await api(app, ana).post(`/chats/${chat}/invites`, {})).body;
  await api(app, eve).post(`/invites/${token}/join`);
  await api(app, dan).post(`/chats/${chat}/leave`);
  await setRole(ana, chat, ben, 'owner');
  await setRole(ben, chat, ana, 'member');
  await bens.next('new_message', ({ content }) => content === 'ben made ana an ordinary member again');
  await api(app, ben).post(`/chats/${chat}/leave`);
  await app.settle();
  const said = await noticesIn(chat);
  const [a, b, c, d] = [ana.id, ben.id, cid.id, dan.id];
  expect(said.map(({ content, metadata }) => [content, metadata])).toEqual([
    ['ana added cid and dan', { event: 'members_added', actor_id: a, user_ids: [c, d] }],
    ['ana made ben an admin', { event: 'role_changed', actor_id: a, user_ids: [b], role: 'admin' }],
    ['ben removed cid', { event: 'member_removed', actor_id: b, user_ids: [c] }],
    ['ana named the group “Summit”', { event: 'name_changed', actor_id: a, name: 'Summit' }],
    ['eve joined by an invite link', { event: 'member_joined', actor_id: eve.id }],
    ['dan left', { event: 'member_left', actor_id: d }],
    ['ben owns the group now', { event: 'owner_changed', actor_id: a, user_ids: [b] }],
    ['ben made ana an ordinary member again', { event: 'role_changed', actor_id: b, user_ids: [a], role: 'member' }],
    ['ben left', { event: 'member_left', actor_id: b }],
    ['ana owns the group now', { event: 'owner_changed', actor_id: b, user_ids: [a] }],
  ]);
  expect(said[0]).toMatchObject({ sender_id: ana.id, client_id: null, reply_to_id: null, file: null });
  const heard = (socket: typeof bens) =>
    socket.all('new_message').flatMap(({ chat_id, content }) => (chat_id === chat ? [content] : []));
  await koreans.next('new_message', ({ content }) => content === 'ana님이 이제 그룹의 소유자입니다');
  expect(heard(koreans)).toEqual((await noticesIn(chat, ana, 'ko')).map(({ content }) => content));
  expect(heard(bens)).toEqual(said.slice(0, -2).map(({ content }) => content)); // nothing from when he had left
  expect((await api(app, eve).get(`/chats/${chat}`)).body).toMatchObject({
    ...{ unread_count: 0, message_count: 0, last_message: { content: 'ana owns the group now' } },
  });
  expect(await app.db.query(`SELECT id FROM push_notifications WHERE data->>'chat_id' = $1`, [String(chat)])).toEqual(
    [],
  );
  [bens, koreans].forEach((socket) => socket.close());
});

test('what Muster has said is nobody’s to change, and whom it speaks of has not read by it', async () => {
  const chat = await buildGroup(app, ana, [ben, cid]);
  await send(cid, chat, 'one');
  await remove(ana, chat, ben);
  const [notice] = await noticesIn(chat);
  expect((await api(app, ana).get(`/chats/${chat}`)).body.unread_count).toBe(1);
  for (const [by, path] of [
    [ana, '?for=all'],
    [cid, '?for=all'],
  ] as const)
    expect((await api(app, by).delete(`/messages/${notice.id}${path}`)).body.code).toBe('message.not_yours');
  expect((await api(app, ana).put(`/messages/${notice.id}`, { content: 'no' })).body.code).toBe('message.not_editable');
  expect((await api(app, cid).delete(`/messages/${notice.id}?for=me`)).status).toBe(204);
  expect([(await noticesIn(chat)).length, (await noticesIn(chat, cid)).length]).toEqual([1, 0]);
  expect((await api(app, ana).get(`/messages/search?sender_id=${ana.id}&q=ana`)).body.messages).toEqual([]);
  await api(app, ana).put(`/messages/${notice.id}/read`);
  expect((await api(app, ana).get(`/chats/${chat}`)).body.unread_count).toBe(0);
});

test('from the moment in which somebody is removed nothing reaches any of his devices, on any node, nor from them', async () => {
  const chat = await buildGroup(app, ana, [ben, cid]);
  const [phone, tablet, bens] = await Promise.all([connect(app, cid), connect(node, cid), connect(app, ben)]);
  const talk = Array.from({ length: 40 }, (_, index) => send(ben, chat, `${index}`, index % 2 ? app : node));
  expect((await remove(ana, chat, cid, node)).status).toBe(204);
  const removed = await bens.next('participant_removed', ({ chat_id }) => chat_id === chat);
  expect(removed).toMatchObject({ user_id: cid.id, removed_by: ana.id });
  await Promise.all(talk);
  await send(ana, chat, 'after');
  await bens.next('new_message', ({ content }) => content === 'after');
  for (const device of [phone, tablet]) {
    expect(await device.next('chat_removed')).toMatchObject({ chat_id: chat, reason: 'removed' });
    const heard = device.all('new_message').filter(({ chat_id }) => chat_id === chat);
    expect(heard.filter(({ change_seq }) => change_seq > removed.change_seq)).toEqual([]);
    for (const [name, body] of [
      ['send_message', { chat_id: chat, content: 'still here?' }],
      ['typing_indicator', { chat_id: chat, is_typing: true }],
      ['join_chat', { chat_id: chat }],
    ] as const)
      expect((await device.ask(name, body)).error.code).toBe('chat.not_found');
    device.close();
  }
  expect((await api(app, cid).get(`/chats/${chat}`)).status).toBe(404);
  expect((await api(app, cid).get(`/chats/${chat}/messages`)).status).toBe(404);
  bens.close();
});

test('who connects while he is removed does not stay in the room', async () => {
  const chat = await buildGroup(app, ana, [ben, cid]);
  const witness = await connect(node, ben);
  for (let round = 0; round < 5; round++) {
    const [socket] = await Promise.all([connect(node, cid), remove(ana, chat, cid)]);
    await app.settle();
    await send(ben, chat, `round ${round}`);
    await witness.next('new_message', ({ content }) => content === `round ${round}`);
    await socket.ask('ping');
    expect(socket.all('new_message').filter(({ content }) => content === `round ${round}`)).toEqual([]);
    socket.close();
    await add(ana, chat, cid);
  }
  witness.close();
});

test('who is removed while he is put into the room does not stay in it, nor does the other way round', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const cids = await connect(node, cid);
  const isInside = () =>
    node
      .get(Realtime)
      .connections.some(({ user, socket }) => user.userId === cid.id && socket.rooms.has(`default:chat:${chat}`));
  /** On the other node, at the moment when it has been asked here who takes part. */
  const then = (work: () => Promise<unknown>) =>
    meanwhile(app.get(SeatsRealtime), 'chats', 'participantIds', () => work().then(() => node.settle()));
  then(() => remove(ana, chat, cid, node));
  await add(ana, chat, cid);
  await app.settle();
  await cids.ask('ping');
  expect(isInside()).toBe(false);
  await add(ana, chat, cid);
  await until('he is in', isInside);
  then(() => api(node, ana).post(`/chats/${chat}/participants`, { user_ids: [cid.id] }));
  await remove(ana, chat, cid);
  await app.settle();
  await until('he is in again', isInside);
  cids.close();
});

test('a sender who is removed in the same moment has sent before, or not at all', async () => {
  const chat = await buildGroup(app, ana, [ben, cid]);
  const sends = Array.from({ length: 20 }, (_, index) => send(cid, chat, `${index}`, index % 2 ? app : node));
  const gone = remove(ana, chat, cid);
  const answers = await Promise.all(sends);
  await gone;
  expect(answers.every(({ status }) => status === 201 || status === 404)).toBe(true);
  const { messages } = (await api(app, ana).get(`/chats/${chat}/messages?limit=100`)).body;
  const kept = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as number);
  const his = messages.filter(({ sender_id: id }: { sender_id: string }) => id === cid.id);
  expect(his.map(({ id }: { id: number }) => id).sort()).toEqual(kept.sort());
});

test('joins at the limit: exactly as many come in as there is room for', async () => {
  const newcomers = await buildUsers(app, ...Array.from({ length: 12 }, (_, index) => `n${index}`));
  const chat = await buildGroup(app, ana, [ben]);
  const answers = await Promise.all(
    newcomers.map((one, index) =>
      api(index % 2 ? app : node, ana).post(`/chats/${chat}/participants`, { user_ids: [one.id] }),
    ),
  );
  const full = answers.filter(({ status }) => status === 409);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(LIMIT - 2);
  expect(full.map(({ body }) => body.code)).toEqual(full.map(() => 'chat.full'));
  const { participant_count, participants } = (await api(app, ana).get(`/chats/${chat}`)).body;
  expect([participant_count, participants.length]).toEqual([LIMIT, LIMIT]);
  const outside = newcomers.filter(({ id }) => !participants.some((one: { user_id: string }) => one.user_id === id));
  expect((await add(ana, chat, ben, outside[0]!)).body).toMatchObject({ code: 'chat.full', params: { limit: LIMIT } });
  await remove(ana, chat, ben);
  expect((await add(ana, chat, outside[0]!)).status).toBe(201);
  const group = {
    chat_type: 'group',
    name: 'Too many',
    participant_ids: newcomers.slice(0, LIMIT).map(({ id }) => id),
  };
  expect((await api(app, ana).post('/chats', group)).body.code).toBe('chat.full');
});

test('nobody is added who does not let the caller, is blocked, or does not exist; then nobody of the list is', async () => {
  const [shy, foe, fan] = await buildUsers(app, 'shy', 'foe', 'fan');
  await api(app, shy).put('/settings/privacy', { groups: 'nobody' });
  await api(app, foe).post(`/users/${ana.id}/block`);
  const chat = await buildGroup(app, ana, [ben]);
  expect(await add(ana, chat, fan, shy)).toMatchObject({ status: 403, body: { code: 'chat.not_permitted' } });
  expect(await add(ana, chat, foe)).toMatchObject({ status: 403, body: { code: 'chat.not_permitted' } });
  const unknown = { user_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', fan.id] };
  expect((await api(app, ana).post(`/chats/${chat}/participants`, unknown)).body.code).toBe(
    'chat.unknown_participants',
  );
  expect(await rolesIn(chat)).toEqual([
    [ana.id, 'owner'],
    [ben.id, 'member'],
  ]);
});

test('who may do what: strangers, former members, members, admins, the owner', async () => {
  const chat = await threeRanks();
  await add(ana, chat, eve);
  await remove(ana, chat, eve); // a former member; dan is a stranger
  const routes: Record<string, (by: TestUser) => Promise<{ status: number }>> = {
    read: (by) => api(app, by).get(`/chats/${chat}`),
    list: (by) => api(app, by).get(`/chats/${chat}/participants`),
    rename: (by) => api(app, by).put(`/chats/${chat}`, { name: 'Renamed' }),
    govern: (by) => api(app, by).put(`/chats/${chat}`, { settings: { slow_mode_seconds: 0 } }),
    add: (by) => add(by, chat, ana),
    promote: (by) => setRole(by, chat, cid, 'member'),
    'remove an admin': (by) => remove(by, chat, ben),
    'remove the owner': (by) => remove(by, chat, ana),
    prefer: (by) => api(app, by).put(`/chats/${chat}/preferences`, { is_pinned: true }),
    clear: (by) => api(app, by).delete(`/chats/${chat}/messages`),
    end: (by) => api(app, by).delete(`/chats/${chat}`),
  };
  const statuses = async (by: TestUser, names = Object.keys(routes)) =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, (await routes[name]!(by)).status] as const)),
    ) as Record<string, number>;
  for (const outsider of [dan, eve])
    expect(await statuses(outsider)).toEqual(Object.fromEntries(Object.keys(routes).map((name) => [name, 404])));
  expect(await statuses(cid)).toEqual({
    ...{ read: 200, list: 200, rename: 403, govern: 403, add: 403, promote: 403 },
    ...{ 'remove an admin': 403, 'remove the owner': 403, prefer: 200, clear: 200, end: 403 },
  });
  const harmless = Object.keys(routes).filter((name) => name !== 'remove an admin');
  expect(await statuses(ben, harmless)).toEqual({
    ...{ read: 200, list: 200, rename: 200, govern: 200, add: 201, promote: 403 },
    ...{ 'remove the owner': 403, prefer: 200, clear: 200, end: 403 },
  });
  expect(await statuses(ana, ['rename', 'govern', 'promote'])).toEqual({ rename: 200, govern: 200, promote: 200 });
  expect((await routes.end!(ana)).status).toBe(204);
  for (const anybody of [undefined, { token: 'nonsense' }])
    expect((await api(app, anybody).post(`/chats/${chat}/participants`, { user_ids: [eve.id] })).status).toBe(401);
});

test('a group says who may add, edit and write; admins always may', async () => {
  const chat = await threeRanks();
  const govern = (settings: object) => api(app, ben).put(`/chats/${chat}`, { settings });
  await govern({ who_may_add: 'members', who_may_edit: 'members' });
  expect((await add(cid, chat, dan)).status).toBe(201);
  const edited = await api(app, cid).put(`/chats/${chat}`, { name: ' Climbers ', description: 'x'.repeat(500) });
  expect(edited).toMatchObject({ status: 200, body: { name: 'Climbers', settings: { who_may_edit: 'members' } } });
  expect((await api(app, cid).put(`/chats/${chat}`, { settings: { who_may_post: 'admins' } })).status).toBe(403);
  expect((await api(app, cid).put(`/chats/${chat}`, { description: null })).body.description).toBeNull();
  const { id } = (await send(cid, chat, 'mine')).body;
  await govern({ who_may_post: 'admins' });
  expect((await send(cid, chat)).body.code).toBe('chat.posting_not_allowed');
  expect((await api(app, cid).put(`/messages/${id}`, { content: 'new' })).body.code).toBe('chat.posting_not_allowed');
  expect((await api(app, cid).put(`/messages/${id}/reactions`, { emojis: ['👍'] })).status).toBe(200);
  expect((await api(app, cid).delete(`/messages/${id}`)).status).toBe(204);
});

test('a change of a group reaches all in it, and is what they then fetch; nobody sets what is not his to set', async () => {
  const chat = await threeRanks();
  const socket = await connect(node, cid);
  const greedy = { id: 1, created_by: cid.id, chat_type: 'private', last_seq: 99, participant_count: 1, role: 'owner' };
  const { body } = await api(app, ben).put(`/chats/${chat}`, {
    ...{ name: 'Summit', settings: { slow_mode_seconds: 30, owner: ben.id } },
    ...greedy,
  });
  expect(body).toMatchObject({ id: chat, name: 'Summit', created_by: ana.id, participant_count: 3, role: 'admin' });
  const told = await socket.next('chat_updated');
  const { name, description, settings } = (await api(app, cid).get(`/chats/${chat}`)).body;
  expect(told).toMatchObject({ chat_id: chat, name, description, settings, updated_by: ben.id });
  expect(settings.slow_mode_seconds).toBe(30);
  const refused = [{ name: '' }, { name: 'a\0' }, { name: 'x'.repeat(101) }, { description: '\ud800' }];
  const limits = [{ slow_mode_seconds: -1 }, { slow_mode_seconds: 3601 }, { who_may_post: 'nobody' }];
  for (const change of [...refused, ...limits.map((one) => ({ settings: one }))])
    expect(await api(app, ana).put(`/chats/${chat}`, change)).toMatchObject({ status: 422 });
  for (const role of ['king', '', null, 1]) expect((await setRole(ana, chat, cid, role as string)).status).toBe(422);
  for (const user_ids of [[], ['x'], 'x', Array.from({ length: 101 }, () => eve.id)])
    expect((await api(app, ana).post(`/chats/${chat}/participants`, { user_ids })).status).toBe(422);
  socket.close();
});

test('the owner makes admins and hands the group over; a leaving owner leaves it to the first admin, else to the first member', async () => {
  const chat = await threeRanks();
  const socket = await connect(app, cid);
  expect((await setRole(ana, chat, cid, 'owner')).body).toMatchObject({ user_id: cid.id, role: 'owner' });
  expect(await rolesIn(chat)).toEqual([
    [ana.id, 'admin'],
    [ben.id, 'admin'],
    [cid.id, 'owner'],
  ]);
  expect((await setRole(ana, chat, ben, 'member')).status).toBe(403); // she owns it no more
  expect((await setRole(cid, chat, ana, 'member')).body.role).toBe('member');
  expect((await api(app, cid).post(`/chats/${chat}/leave`)).status).toBe(204);
  expect(await rolesIn(chat)).toEqual([
    [ana.id, 'member'],
    [ben.id, 'owner'],
  ]);
  expect((await remove(ben, chat, ben)).status).toBe(204);
  expect(await rolesIn(chat)).toEqual([[ana.id, 'owner']]);
  await socket.next('chat_removed', ({ chat_id, reason }) => chat_id === chat && reason === 'left');
  socket.close();
});

test('two who own and leave in the same moment leave the group owned', async () => {
  const chat = await buildGroup(app, ana, [ben, cid, dan]);
  await Promise.all([ana, ben, cid].map((one, index) => api(index % 2 ? app : node, one).post(`/chats/${chat}/leave`)));
  expect(await rolesIn(chat, dan)).toEqual([[dan.id, 'owner']]);
});

test('a group does not fall to somebody whose account is closed, while there is anybody else', async () => {
  const [owner, suspended, away] = await buildUsers(app, 'owner', 'suspended', 'away');
  const chat = await buildGroup(app, owner, [suspended, away, dan]);
  await setRole(owner, chat, suspended, 'admin');
  await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [suspended.id]);
  await api(app, away).put('/profile/deactivate', {});
  await api(app, owner).post(`/chats/${chat}/leave`);
  expect(Object.fromEntries(await rolesIn(chat, dan))).toMatchObject({ [dan.id]: 'owner', [suspended.id]: 'admin' });
});

test('who left can be added again, and the group goes with the last one', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  await api(app, ben).post(`/chats/${chat}/leave`);
  await send(ana, chat, 'meanwhile');
  await add(ana, chat, ben);
  const { body } = await api(app, ben).get(`/chats/${chat}`);
  expect(body).toMatchObject({ participant_count: 2, unread_count: 0, role: 'member' });
  await api(app, ben).post(`/chats/${chat}/leave`);
  await api(app, ana).post(`/chats/${chat}/leave`);
  await app.settle();
  expect(await app.db.query('SELECT id FROM chats WHERE id = $1', [chat])).toEqual([]);
  expect(await app.db.query('SELECT id FROM messages WHERE chat_id = $1', [chat])).toEqual([]);
});

test('the owner ends a group for everybody, at once and for good', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  await send(ben, chat);
  const bens = await connect(node, ben);
  expect((await api(app, ana).delete(`/chats/${chat}`)).status).toBe(204);
  expect(await bens.next('chat_removed')).toMatchObject({ chat_id: chat, reason: 'deleted' });
  for (const one of [ana, ben]) expect((await send(one, chat)).status).toBe(404);
  await app.settle();
  expect(await app.db.query('SELECT id FROM messages WHERE chat_id = $1', [chat])).toEqual([]);
  bens.close();
});

test('in a private chat and one’s own nobody is added, removed, or leaves; neither has settings', async () => {
  const pair = await buildPrivateChat(app, ana, ben);
  const { body: saved } = await api(app, ana).post('/chats', { chat_type: 'saved' });
  for (const chat of [pair, saved.id as number])
    for (const answer of [
      await add(ana, chat, cid),
      await remove(ana, chat, ana),
      await api(app, ana).post(`/chats/${chat}/leave`),
      await setRole(ana, chat, ana, 'owner'),
      await api(app, ana).put(`/chats/${chat}`, { name: 'Ours' }),
    ])
      expect(answer).toMatchObject({ status: 422, body: { code: 'chat.not_a_group' } });
});

test('the list of participants pages in the order in which they came', async () => {
  const people = await buildUsers(app, 'p1', 'p2', 'p3', 'p4');
  const chat = await buildGroup(app, ana, people);
  const first = (await api(app, ana).get(`/chats/${chat}/participants?limit=3`)).body;
  const rest = (await api(app, ana).get(`/chats/${chat}/participants?limit=3&cursor=${first.next_cursor}`)).body;
  const ids = [...first.participants, ...rest.participants].map(({ user_id }: { user_id: string }) => user_id);
  expect(ids).toEqual([ana.id, ...people.map(({ id }) => id)]);
  expect(rest.next_cursor).toBeNull();
  expect((await api(app, ana).get(`/chats/${chat}/participants?cursor=forged`)).status).toBe(422);
});

test('participants are shown as online to those alone who may see it', async () => {
  const [hidden, foe] = await buildUsers(app, 'hidden', 'foe');
  const watcher = await buildUser(app, 'watcher');
  const chat = await buildGroup(app, watcher, [hidden, foe, ben]);
  await api(app, hidden).put('/settings/privacy', { last_seen: 'nobody' });
  await api(app, foe).post(`/users/${watcher.id}/block`);
  const sockets = await Promise.all([hidden, foe, ben].map((one) => connect(node, one)));
  const { participants } = (await api(app, watcher).get(`/chats/${chat}`)).body;
  expect(participants.map(({ is_online }: { is_online: boolean }) => is_online).slice(1)).toEqual([false, false, true]);
  expect(participants[1].last_seen).toBeNull();
  sockets.forEach((socket) => socket.close());
});
