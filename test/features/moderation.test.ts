import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
let root: TestUser, mod: TestUser, ana: TestUser, ben: TestUser, eve: TestUser;
beforeAll(async () => {
  app = await boot();
  [root, mod, ana, ben, eve] = await buildUsers(app, 'root', 'mod', 'ana', 'ben', 'eve');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  await app.db.query(`UPDATE users SET role = 'moderator' WHERE id = $1`, [mod.id]);
});
afterAll(() => app.close());

const send = async (by: TestUser, chat: number, content: string): Promise<number> =>
  (await api(app, by).post(`/chats/${chat}/messages`, { content })).body.id;
const reportMessage = (by: TestUser, id: number, body: object = { reason: 'spam' }) =>
  api(app, by).post(`/messages/${id}/report`, body);
const reportUser = (by: TestUser, { id }: TestUser, body: object = { reason: 'harassment' }) =>
  api(app, by).post(`/users/${id}/report`, body);
const queue = async (query = '') => (await api(app, mod).get(`/moderation/reports?${query}`)).body;
const resolve = (by: TestUser, id: number, body: object) =>
  api(app, by).post(`/moderation/reports/${id}/resolve`, body);
const auditOf = async ({ id }: TestUser) =>
  (await api(app, root).get(`/admin/audit-log?user_id=${id}`)).body.entries as Record<string, unknown>[];

test('a report keeps what the message said, tells the moderators all, and the reporter nothing of what comes of it', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const message = await send(ben, chat, 'Buy now!');
  const filed = await reportMessage(ana, message, { reason: 'spam', comment: ' in every chat ' });
  expect(filed).toMatchObject({ status: 201, body: { reason: 'spam' } });
  expect(Object.keys(filed.body).sort()).toEqual(['created_at', 'id', 'reason']);
  expect((await reportMessage(ana, message, { reason: 'hate' })).body).toEqual(filed.body); // open already
  await app.db.query(`UPDATE messages SET content = 'innocent' WHERE id = $1`, [message]);
  expect((await api(app, mod).get(`/moderation/reports/${filed.body.id}`)).body).toMatchObject({
    ...{
      kind: 'message',
      status: 'open',
      reason: 'spam',
      comment: 'in every chat',
      chat_id: chat,
      message_id: message,
    },
    ...{ reporter: { id: ana.id }, user: { id: ben.id }, open_reports_of_user: 1, actions: null },
    evidence: { content: 'Buy now!', message_type: 'text', is_edited: false },
  });
});

test('only who can read a message reports it, nobody himself, and people can be reported by whoever knows them', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const message = await send(ben, chat, 'x');
  expect(await reportMessage(eve, message)).toMatchObject({ status: 404, body: { code: 'message.not_found' } });
  expect((await reportMessage(ana, 999_999)).status).toBe(404);
  expect(await reportMessage(ben, message)).toMatchObject({ status: 422, body: { code: 'report.of_oneself' } });
  expect(await reportUser(eve, eve)).toMatchObject({ status: 422, body: { code: 'report.of_oneself' } });
  expect((await reportUser(eve, { ...eve, id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' })).status).toBe(404);
  await api(app, ben).post(`/users/${ana.id}/block`);
  expect((await reportUser(ana, ben)).status).toBe(201); // a block is no shelter
  expect((await reportMessage(ana, message)).status).toBe(201);
  await api(app, ben).post(`/users/${ana.id}/unblock`);
  const cleared = await send(ben, chat, 'y');
  await api(app, ana).delete(`/chats/${chat}/messages`);
  expect((await reportMessage(ana, cleared)).status).toBe(404);
});

test('the queue is for moderators and admins alone', async () => {
  const { id } = (await reportUser(ana, ben, { reason: 'other' })).body;
  for (const outsider of [undefined, ana]) {
    const status = outsider ? 403 : 401;
    expect((await api(app, outsider).get('/moderation/reports')).status).toBe(status);
    expect((await api(app, outsider).get(`/moderation/reports/${id}`)).status).toBe(status);
    expect((await api(app, outsider).post(`/moderation/reports/${id}/resolve`, { actions: ['dismiss'] })).status).toBe(
      status,
    );
  }
  expect((await api(app, mod).get('/moderation/reports/999999')).body.code).toBe('report.not_found');
  expect((await resolve(mod, 999_999, { actions: ['dismiss'] })).status).toBe(404);
});

test('the queue has open reports oldest first and resolved ones newest first, in pages, by what is asked', async () => {
  const target = await buildUser(app, 'target');
  const chat = await buildGroup(app, target, [ana, ben, eve]);
  const message = await send(target, chat, 'x');
  const [first, second] = [(await reportMessage(ana, message)).body.id, (await reportUser(ben, target)).body.id];
  const third = (await reportUser(eve, target, { reason: 'spam' })).body.id;
  const ids = async (query: string) =>
    (await queue(`user_id=${target.id}&${query}`)).reports.map(({ id }: { id: number }) => id);
  expect(await ids('')).toEqual([first, second, third]);
  const page = await queue(`user_id=${target.id}&limit=2`);
  expect(page.reports.map(({ id }: { id: number }) => id)).toEqual([first, second]);
  expect(await ids(`limit=2&cursor=${page.next_cursor}`)).toEqual([third]);
  expect(await ids('kind=message')).toEqual([first]);
  expect(await ids('kind=user&reason=spam')).toEqual([third]);
  expect(await ids(`reporter_id=${ben.id}`)).toEqual([second]);
  expect(await ids(`chat_id=${chat}`)).toEqual([first]);
  for (const id of [first, third]) await resolve(mod, id, { actions: ['dismiss'] });
  expect(await ids('')).toEqual([second]);
  expect(await ids('status=resolved')).toEqual([third, first]);
  for (const bad of ['status=x', 'kind=x', 'reason=x', 'user_id=x', 'chat_id=0', 'cursor=x', 'limit=101'])
    expect((await api(app, mod).get(`/moderation/reports?${bad}`)).status).toBe(422);
});

test('a moderator acts once: all of the actions or none, each in the audit log, reports of the same message closed together', async () => {
  const bad = await buildUser(app, 'bad');
  const chat = await buildGroup(app, bad, [ana, ben]);
  const message = await send(bad, chat, 'x');
  const [one, other] = [(await reportMessage(ana, message)).body.id, (await reportMessage(ben, message)).body.id];
  const answers = await Promise.all([
    resolve(mod, one, { actions: ['warn', 'suspend'], note: 'Second time.' }),
    resolve(root, other, { actions: ['warn', 'suspend'], note: 'Second time.' }),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)!.body.code).toBe('report.resolved');
  expect(answers.find(({ status }) => status === 200)!.body).toMatchObject({
    ...{ status: 'resolved', actions: ['warn', 'suspend'], note: 'Second time.', open_reports_of_user: 0 },
  });
  expect((await queue(`user_id=${bad.id}`)).reports).toEqual([]);
  expect((await api(app, bad).get('/chats')).status).toBe(401);
  expect((await auditOf(bad)).map(({ action }) => action)).toEqual(['report.suspend', 'user.suspended', 'report.warn']);
  const [{ count }] = await app.db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM push_notifications WHERE user_id = $1 AND dedupe_key LIKE 'warning:%'`,
    [bad.id],
  ) as [{ count: number }]; // oxfmt-ignore
  expect(count).toBe(1);
});

test('who is warned learns it on all devices, also on those that were away, and not by whom', async () => {
  const rude = await buildUser(app, 'rude');
  const chat = await buildGroup(app, rude, [ana]);
  const message = await send(rude, chat, 'x');
  const { userEvents } = await verifySync(app, rude, async () => {
    const { id } = (await reportMessage(ana, message, { reason: 'harassment' })).body;
    expect((await resolve(mod, id, { actions: ['warn'] })).status).toBe(200);
  });
  expect(userEvents).toEqual([
    {
      type: 'moderation_warning',
      data: { reason: 'harassment', chat_id: chat, message_id: message, user_seq: 1 },
    },
  ]);
});

test('a moderator deletes a message for all, also in a chat that he is not in; the report keeps what it said', async () => {
  const chat = await buildGroup(app, ana, [ben, eve]);
  const message = await send(ben, chat, 'gone soon');
  const { id } = (await reportMessage(eve, message)).body;
  expect((await resolve(mod, id, { actions: ['delete_message'] })).body).toMatchObject({
    ...{ actions: ['delete_message'], evidence: { content: 'gone soon' } },
  });
  const { messages } = (await api(app, ana).get(`/chats/${chat}/messages`)).body;
  expect(messages[0]).toMatchObject({ id: message, content: '', is_deleted: true });
  expect((await reportMessage(ana, message)).body.code).toBe('report.message_gone');
  const about = (await reportUser(eve, ben, { reason: 'impersonation' })).body.id;
  expect((await resolve(mod, about, { actions: ['delete_message', 'warn'] })).body.code).toBe('report.has_no_message');
  expect((await api(app, mod).get(`/moderation/reports/${about}`)).body.status).toBe('open');
});

test('a moderator does not touch staff: nothing of what he asked is done', async () => {
  const { id } = (await reportUser(ana, root)).body;
  expect(await resolve(mod, id, { actions: ['warn', 'suspend'] })).toMatchObject({ status: 403 });
  expect((await api(app, mod).get(`/moderation/reports/${id}`)).body).toMatchObject({ status: 'open', actions: null });
  expect(await auditOf(root)).toEqual([]);
});

test('what is not a report or an act is refused', async () => {
  const { id } = (await reportUser(eve, ben)).body;
  const long = 'x'.repeat(1001);
  for (const body of [{}, { reason: 'because' }, { reason: 'spam', comment: long }, { reason: 'spam', comment: 'a\0' }])
    expect((await reportUser(ana, eve, body)).status).toBe(422);
  for (const body of [
    {},
    { actions: [] },
    { actions: ['ban'] },
    { actions: ['dismiss', 'suspend'] },
    { actions: ['warn'], note: long },
  ])
    expect((await resolve(mod, id, body)).status).toBe(422);
  const greedy = { reason: 'spam', reporter_id: ben.id, resolved_at: '2026-01-01T00:00:00Z', tenant_id: 'other' };
  const filed = await reportUser(ana, eve, greedy);
  expect((await api(app, mod).get(`/moderation/reports/${filed.body.id}`)).body).toMatchObject({
    ...{ reporter: { id: ana.id }, status: 'open' },
  });
});

test('nobody buries the moderators', async () => {
  const limited = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false' } });
  const spammer = await buildUser(app, 'spammer');
  const chat = await buildGroup(app, ana, [spammer]);
  const ids = await Promise.all(Array.from({ length: 31 }, (_, index) => send(ana, chat, `${index}`)));
  const answers = await Promise.all(
    ids.map((id) => api(limited, spammer).post(`/messages/${id}/report`, { reason: 'spam' })),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(1);
  expect(Number(refused[0]!.headers.get('Retry-After'))).toBeGreaterThan(0);
  await limited.close();
});
