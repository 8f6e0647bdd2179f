import { runInContext } from 'src/core/context/context';
import { InvitesService } from 'src/modules/chats/invites.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { connect } from 'test/support/socket';

const LIMIT = 6;

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  const env = { CHAT_MAX_PARTICIPANTS: String(LIMIT) };
  app = await boot({ env });
  node = await boot({ beside: app, roles: ['api'], env });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const invite = (by: TestUser, chat: number, body: object = {}) => api(app, by).post(`/chats/${chat}/invites`, body);
const tokenOf = async (by: TestUser, chat: number, body: object = {}): Promise<string> =>
  (await invite(by, chat, body)).body.token;
const join = (by: TestUser, token: string, on = app) => api(on, by).post(`/invites/${token}/join`);
const open = async (by: TestUser, chat: number) => (await api(app, by).get(`/chats/${chat}/invites`)).body.invites;
const gone = { status: 404, body: { code: 'invite.not_found' } };

test('asked for again under the same key there is one link, and its token is shown again', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const insist = () => api(app, ana).post(`/chats/${chat}/invites`, {}, { headers: { 'idempotency-key': 'link' } });
  const [first, again] = [await insist(), await insist()];
  expect(again).toMatchObject({ status: 201, body: first.body });
  expect(await open(ana, chat)).toHaveLength(1);
});

test('who has the link sees what it leads to, comes in by it, and hears of the chat at once', async () => {
  const chat = await buildGroup(app, ana, [ben], 'Hikers');
  const { status, body } = await invite(ana, chat, { max_uses: 5, expires_in_seconds: 3600 });
  expect({ status, body }).toMatchObject({ status: 201, body: { chat_id: chat, uses: 0, max_uses: 5 } });
  expect(body.token).toMatch(/^[\w-]{22}$/);
  expect((await api(app, cid).get(`/invites/${body.token}`)).body).toMatchObject({
    ...{ name: 'Hikers', participant_count: 2, is_participant: false, invited_by: { username: ana.username } },
  });
  const [socket, anas] = await Promise.all([connect(node, cid), connect(app, ana)]);
  const joined = await join(cid, body.token);
  expect(joined).toMatchObject({ status: 200, body: { id: chat, participant_count: 3, role: 'member' } });
  await socket.next('chat_created', ({ id }) => id === chat);
  expect(await anas.next('participant_added')).toMatchObject({ chat_id: chat, added_by: cid.id });
  await api(app, ben).post(`/chats/${chat}/messages`, { content: 'hello' });
  await socket.next('new_message', ({ content }) => content === 'hello');
  expect((await join(cid, body.token)).status).toBe(200); // again: nothing changes
  expect(await open(ana, chat)).toMatchObject([{ id: body.id, uses: 1 }]);
  expect(JSON.stringify(await open(ana, chat))).not.toContain(body.token);
  [socket, anas].forEach((one) => one.close());
});

test('a link ends with its time, its uses, its revocation, and the part of its maker', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const [dan, eve] = await buildUsers(app, 'dan', 'eve');
  const late = await tokenOf(ana, chat, { expires_in_seconds: 60 });
  await app.db.query(`UPDATE chat_invites SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL`);
  const { body: revoked } = await invite(ana, chat);
  expect((await api(app, ana).delete(`/chats/${chat}/invites/${revoked.id}`)).status).toBe(204);
  expect(await api(app, ana).delete(`/chats/${chat}/invites/${revoked.id}`)).toMatchObject(gone);
  await api(app, ana).put(`/chats/${chat}`, { settings: { who_may_add: 'members' } });
  const bens = await tokenOf(ben, chat);
  await api(app, ben).post(`/chats/${chat}/leave`);
  const once = await tokenOf(ana, chat, { max_uses: 1 });
  expect((await join(dan, once)).status).toBe(200);
  for (const token of [late, revoked.token, bens, once, 'A'.repeat(22)]) {
    expect(await join(eve, token)).toMatchObject(gone);
    expect(await api(app, eve).get(`/invites/${token}`)).toMatchObject(gone);
  }
  expect(await open(ana, chat)).toEqual([]);
  for (const token of ['x', 'A'.repeat(23), '%00', "' OR 1=1 --"])
    expect((await join(eve, encodeURIComponent(token))).status).toBe(422);
});

test('a link lets in only while its maker may add people, and never again once he has left', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const [dan, eve] = await buildUsers(app, 'dan', 'eve');
  const rule = (whoMayAdd: string) => api(app, ana).put(`/chats/${chat}`, { settings: { who_may_add: whoMayAdd } });
  const role = (name: string) => api(app, ana).put(`/chats/${chat}/participants/${ben.id}`, { role: name });
  await rule('members');
  const token = await tokenOf(ben, chat);
  await rule('admins');
  expect(await join(dan, token)).toMatchObject(gone);
  expect(await api(app, dan).get(`/invites/${token}`)).toMatchObject(gone);
  expect(await open(ana, chat)).toEqual([]);
  await role('admin');
  expect((await join(dan, token)).status).toBe(200);
  await role('member');
  expect(await join(eve, token)).toMatchObject(gone);
  await rule('members');
  await api(app, ben).post(`/chats/${chat}/leave`);
  await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [ben.id] });
  expect(await join(eve, token)).toMatchObject(gone);
});

test('a link leads nobody out of another tenant into a group', async () => {
  await app.db.query(`INSERT INTO tenants (id, name) VALUES ('other', 'Other') ON CONFLICT DO NOTHING`);
  const foreign = await runInContext({ tenantId: 'other', traceId: '', language: 'en' }, () =>
    buildUser(app, 'foreign'),
  );
  expect((await api(app, foreign).get('/profile')).status).toBe(200);
  const chat = await buildGroup(app, ana, []);
  const token = await tokenOf(ana, chat);
  expect(await api(app, foreign).get(`/invites/${token}`)).toMatchObject(gone);
  expect(await join(foreign, token)).toMatchObject(gone);
  expect((await join(ben, token)).status).toBe(200);
});

test('who did not hear that he came in by the last use of a link may join again, at once too; whoever leaves may not', async () => {
  const chat = await buildGroup(app, ana, []);
  const token = await tokenOf(ana, chat, { max_uses: 1 });
  const isIn = { status: 200, body: { id: chat, participant_count: 2 } };
  meanwhile(app.get(InvitesService), 'invites', 'chatOf', async () => expect(await join(cid, token, node)).toMatchObject(isIn)); // oxfmt-ignore
  for (const joined of [...(await Promise.all([join(cid, token), join(cid, token, node)])), await join(cid, token)])
    expect(joined).toMatchObject(isIn);
  await api(app, cid).post(`/chats/${chat}/leave`);
  expect(await join(cid, token)).toMatchObject(gone);
});

test('ten who join at once by a link with three uses: three come in', async () => {
  const chat = await buildGroup(app, ana, []);
  const people = await buildUsers(app, ...Array.from({ length: 10 }, (_, index) => `u${index}`));
  const token = await tokenOf(ana, chat, { max_uses: 3 });
  const joined = await Promise.all(people.map((one, index) => join(one, token, index % 2 ? app : node)));
  expect(joined.filter(({ status }) => status === 200)).toHaveLength(3);
  expect(joined.filter(({ status }) => status === 404)).toHaveLength(7);
  expect((await api(app, ana).get(`/chats/${chat}`)).body).toMatchObject({ participant_count: 4 });
});

test('joins at the limit by an open link: as many as there is room for', async () => {
  const chat = await buildGroup(app, ana, []);
  const people = await buildUsers(app, ...Array.from({ length: 10 }, (_, index) => `v${index}`));
  const token = await tokenOf(ana, chat);
  const joined = await Promise.all(people.map((one, index) => join(one, token, index % 2 ? app : node)));
  expect(joined.filter(({ status }) => status === 200)).toHaveLength(LIMIT - 1);
  expect(joined.filter(({ body }) => body.code === 'chat.full')).toHaveLength(10 - LIMIT + 1);
});

test('who was removed, or stands in a block with the one who invites, does not come in by a link', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const foe = await buildUser(app, 'foe');
  const token = await tokenOf(ana, chat);
  await api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`);
  await api(app, foe).post(`/users/${ana.id}/block`);
  for (const one of [ben, foe]) expect(await join(one, token)).toMatchObject(gone);
  await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [ben.id] });
  await api(app, ben).post(`/chats/${chat}/leave`);
  expect((await join(ben, token)).status).toBe(200); // who left himself may come back
});

test('who may make, see and end links', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { body: hers } = await invite(ana, chat);
  const pair = await buildPrivateChat(app, ana, ben);
  expect((await invite(ben, chat)).status).toBe(403);
  expect((await invite(cid, chat)).status).toBe(404);
  expect(await invite(ana, pair)).toMatchObject({ status: 422, body: { code: 'chat.not_a_group' } });
  expect(await open(ben, chat)).toEqual([]);
  expect((await api(app, cid).get(`/chats/${chat}/invites`)).status).toBe(404);
  expect(await api(app, ben).delete(`/chats/${chat}/invites/${hers.id}`)).toMatchObject(gone);
  expect((await api(app, cid).delete(`/chats/${chat}/invites/${hers.id}`)).status).toBe(404);
  const other = await buildGroup(app, cid, []);
  expect(await api(app, cid).delete(`/chats/${other}/invites/${hers.id}`)).toMatchObject(gone);
  expect((await api(app).get(`/invites/${hers.token}`)).status).toBe(401);
  for (const body of [{ max_uses: 0 }, { max_uses: 1.5 }, { expires_in_seconds: 59 }, { expires_in_seconds: 1e9 }])
    expect((await invite(ana, chat, body)).status).toBe(422);
  const greedy = await invite(ana, chat, { uses: -5, created_by: ben.id, chat_id: other, token: 'mine' });
  expect(greedy.body).toMatchObject({ chat_id: chat, created_by: ana.id, uses: 0 });
  expect(greedy.body.token).not.toBe('mine');
});
