import { randomBytes } from 'node:crypto';
import { Attention } from 'src/core/realtime/attention';
import { Presence } from 'src/core/realtime/presence';
import { MessagePushes } from 'src/modules/chats/message-pushes.workers';
import { PushNotification } from 'src/modules/push/push.entities';
import { PushService } from 'src/modules/push/push.service';
import { PushTransport, type Parcel } from 'src/modules/push/push.transport';
import { PushWorkers } from 'src/modules/push/push.workers';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildNote } from 'test/factories/notes';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const SERVICE_KEY = 'the service key of the tests, of more than 32 characters';

/** No worker runs: what workers do is done here, when the test wants it. */
let app: TestApp;
let sent: Parcel[] = [];
beforeAll(async () => {
  app = await boot({ roles: ['api'], env: { SERVICE_KEY } });
  const transport = app.get(PushTransport);
  const send = transport.send.bind(transport);
  jest.spyOn(transport, 'send').mockImplementation((parcels) => {
    sent.push(...parcels);
    return send(parcels);
  });
});
afterAll(() => app.close());
beforeEach(() => (sent = []));

/** Does the work that waits, in the order in which it was called for. */
async function work() {
  for (;;) {
    await app.db.settle();
    const rows = await app.db.query<{ handler: string; payload: never }>(
      'DELETE FROM outbox WHERE run_at <= now() RETURNING id, handler, payload',
    );
    if (!rows.length) return;
    for (const { handler, payload } of rows) {
      if (handler === 'MessagePushes.notifyAbsent') await app.get(MessagePushes).notifyAbsent(payload);
      if (handler === 'MessagePushes.takeBackDeleted') await app.get(MessagePushes).takeBackDeleted(payload);
      if (handler === 'push.deliver') await app.get(PushWorkers).deliver(payload);
      if (handler === 'push.take_back') await app.get(PushWorkers).takeBack(payload);
    }
  }
}
async function phone(user: TestUser, about: object = {}): Promise<string> {
  const token = `fcm:${randomBytes(12).toString('hex')}`;
  await api(app, user).post('/push-notifications/device-tokens', { token, device_type: 'android', ...about });
  return token;
}
async function pair(): Promise<{ ana: TestUser; ben: TestUser; chat: number; token: string }> {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  return { ana, ben, chat: await buildPrivateChat(app, ana, ben), token: await phone(ben) };
}
const say = async (user: TestUser, chat: number, content: string): Promise<number> =>
  (await api(app, user).post(`/chats/${chat}/messages`, { content })).body.id;
const prefer = (user: TestUser, change: object) => api(app, user).put('/profile/notification-preferences', change);
const told = (user: TestUser) =>
  sent.filter(({ userId, content }) => userId === user.id && !content.isSilent).map(({ content }) => content);
const takenBack = (user: TestUser) => sent.filter(({ userId, content }) => userId === user.id && content.isSilent);
const rowsOf = (user: TestUser) =>
  app.db.repo(PushNotification).find({ where: { userId: user.id }, order: { id: 'ASC' } });
const reasonsOf = async (user: TestUser) => (await rowsOf(user)).map(({ errorMessage }) => errorMessage);

describe('messages', () => {
  test('a burst comes as one push, which counts them in the language of its reader, with the server’s unread count', async () => {
    const { ana, ben, chat } = await pair();
    await api(app, ben).put('/profile', { language: 'id' });
    for (let n = 1; n <= 5; n++) await say(ana, chat, `${n}`);
    const facts = await app.db.query<{ payload: never }>(
      `DELETE FROM outbox WHERE handler = 'MessagePushes.notifyAbsent' RETURNING payload`,
    );
    for (const { payload } of facts) await app.get(MessagePushes).notifyAbsent(payload);
    await work();
    expect(told(ben)).toMatchObject([{ title: 'ana', body: '5 pesan baru', badge: 5, key: `chat:${chat}` }]);
    expect(await reasonsOf(ben)).toEqual([...Array<string>(4).fill('collapsed'), null]);
    expect((await rowsOf(ben)).map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']);

    await say(ana, chat, 'one more');
    await work();
    expect(told(ben)[1]).toMatchObject({ body: 'one more', badge: 6, key: `chat:${chat}` });
  });

  test('who has the chat open at a device gets none, who is elsewhere or away from it does', async () => {
    const { ana, ben, chat } = await pair();
    const other = await buildGroup(app, ana, [ben], 'Hikers');
    const socket = await connect(app, ben);
    await socket.ask('join_chat', { chat_id: chat });
    await say(ana, chat, 'seen');
    await work();
    expect(told(ben)).toEqual([]);
    await say(ana, other, 'not seen');
    await work();
    expect(told(ben).map(({ body }) => body)).toEqual(['not seen']);
    await socket.ask('set_status', { status: 'away' });
    await say(ana, chat, 'away');
    await work();
    await socket.ask('set_status', { status: 'online' });
    await socket.ask('leave_chat', { chat_id: chat });
    await say(ana, chat, 'left');
    await work();
    await socket.ask('join_chat', { chat_id: chat });
    socket.close();
    await until('he is gone', async () => !(await app.get(Presence).online([ben.id])).has(ben.id));
    await say(ana, chat, 'gone');
    await work();
    expect(told(ben).map(({ body }) => body)).toEqual(['not seen', 'away', 'left', 'gone']);
  });

  test('who opens the chat before the burst is over gets none', async () => {
    const { ana, ben, chat } = await pair();
    await say(ana, chat, 'hi');
    await app.db.settle();
    const [fact] = await app.db.query<{ payload: never }>(
      `DELETE FROM outbox WHERE handler = 'MessagePushes.notifyAbsent' RETURNING payload`,
    );
    await app.get(MessagePushes).notifyAbsent(fact!.payload);
    const socket = await connect(app, ben);
    await socket.ask('join_chat', { chat_id: chat });
    await work();
    expect(await reasonsOf(ben)).toEqual(['looking']);
    socket.close();
  });

  test('read elsewhere, it is taken off the devices, once, unless something newer has come', async () => {
    const { ana, ben, chat, token } = await pair();
    const first = await say(ana, chat, 'first');
    await work();
    const second = await say(ana, chat, 'second');
    await work();
    const read = (message: number) => api(app, ben).put(`/messages/${message}/read`);
    await read(first);
    await until('it is noted', async () => (await rowsOf(ben))[0]!.readAt !== null);
    await work();
    expect(takenBack(ben)).toEqual([]);
    await read(second);
    await until('it is noted', async () => (await rowsOf(ben))[1]!.readAt !== null);
    await work();
    expect(takenBack(ben)).toMatchObject([
      { token, content: { key: `chat:${chat}`, badge: 0, data: { withdrawn: 'true', chat_id: String(chat) } } },
    ]);
  });

  test('what is seen at the moment in which it is decided to go nowhere is let go of at once', async () => {
    const { ben } = await pair();
    const [group, push] = [{ key: 'chat:0', position: 1, summary: { key: 'test.body' } }, app.get(PushService)];
    await push.notify([buildNote(ben, { group })]);
    jest.spyOn(app.get(Attention), 'lookingAt').mockImplementationOnce(async () => {
      await push.seen([{ userId: ben.id, group: group.key, upTo: group.position }]);
      return new Set([ben.id]);
    });
    await work();
    expect(await rowsOf(ben)).toMatchObject([{ isSent: false, errorMessage: 'withdrawn', claimedAt: null }]);
    expect(told(ben)).toEqual([]);
  });

  test('a message that is deleted for all is taken back, and nothing of it is kept', async () => {
    const { ana, ben, chat } = await pair();
    const message = await say(ana, chat, 'a secret');
    await work();
    expect(told(ben)).toHaveLength(1);
    await api(app, ana).delete(`/messages/${message}`);
    await work();
    expect(takenBack(ben)).toHaveLength(1);
    expect(JSON.stringify(await rowsOf(ben))).not.toContain('a secret');
    expect((await api(app, ben).get('/push-notifications')).body.items).toEqual([]);
  });
});

describe('preferences', () => {
  test('they start with everything, change by part, and are nobody else’s', async () => {
    const ana = await buildUser(app, 'ana');
    const before = (await api(app, ana).get('/profile/notification-preferences')).body;
    expect(before).toMatchObject({
      kinds: { message: { push: true, web: true, inbox: true } },
      quiet_hours: { enabled: false, allow: ['call'] },
      show_content: true,
    });
    const change = { kinds: { message: { web: false } }, quiet_hours: { enabled: true, start: '21:30' } };
    const after = await prefer(ana, change);
    expect(after.body).toEqual({
      ...before,
      kinds: { ...before.kinds, message: { push: true, web: false, inbox: true } },
      quiet_hours: { enabled: true, start: '21:30', end: '07:00', allow: ['call'] },
    });
    expect((await prefer(ana, { kinds: { message: { web: true } } })).body.kinds).toEqual(before.kinds);
    for (const bad of [
      { quiet_hours: { start: '24:00' } },
      { quiet_hours: { allow: ['party'] } },
      { show_content: 'no' },
    ])
      expect((await prefer(ana, bad)).status).toBe(422);
  });

  test('what is not wanted on phones goes to browsers alone, and what is wanted nowhere is not sent', async () => {
    const ana = await buildUser(app, 'ana');
    await phone(ana);
    const web = await phone(ana, { device_type: 'web' });
    await prefer(ana, { kinds: { system: { push: false } } });
    await app.get(PushService).notify([buildNote(ana)]);
    await work();
    expect(sent.map(({ token }) => token)).toEqual([web]);
    await prefer(ana, { kinds: { system: { web: false, inbox: false } } });
    await app.get(PushService).notify([buildNote(ana)]);
    await work();
    expect(sent).toHaveLength(1);
    expect(await reasonsOf(ana)).toEqual([null, 'preference']);
    expect((await api(app, ana).get('/push-notifications')).body).toMatchObject({ unread_count: 1, items: [{}] });
  });

  test('in quiet hours by his own clock only what he allows comes', async () => {
    const ana = await buildUser(app, 'ana');
    await phone(ana);
    await api(app, ana).put('/profile', { timezone: 'Asia/Kathmandu' });
    const clock = (minutes: number) =>
      new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Kathmandu' }).format(
        new Date(Date.now() + minutes * 60_000),
      );
    const quiet_hours = { enabled: true, start: clock(-30), end: clock(30), allow: ['mention'] };
    await prefer(ana, { quiet_hours });
    await app.get(PushService).notify([buildNote(ana), buildNote(ana, { kind: 'message', category: 'mention' })]);
    await work();
    expect(await reasonsOf(ana)).toEqual(['quiet_hours', null]);
    await prefer(ana, { quiet_hours: { start: clock(30), end: clock(60) } });
    await app.get(PushService).notify([buildNote(ana)]);
    await work();
    expect(sent).toHaveLength(2);
  });

  test('who wants no content on his screen is told that there is something, by whatever language his device speaks', async () => {
    const { ana, ben, chat } = await pair();
    await phone(ben, { locale: 'ja-JP' });
    await prefer(ben, { show_content: false });
    await say(ana, chat, 'a secret');
    await work();
    expect(told(ben).map(({ title, body }) => [title, body])).toEqual([
      ['Muster', 'New message'],
      ['Muster', '新着メッセージ1件'],
    ]);
    expect(JSON.stringify(sent)).not.toContain('a secret');
    expect(told(ben)[0]!.data).toMatchObject({ type: 'message', chat_id: String(chat), sender_id: ana.id });
  });
});

describe('trace', () => {
  test('a user sees what became of his pushes on each device, acknowledges them and reads his list', async () => {
    const [ana, eve] = await buildUsers(app, 'ana', 'eve');
    await phone(ana);
    await app.get(PushService).notify([buildNote(ana), buildNote(ana)]);
    await work();
    const list = (await api(app, ana).get('/push-notifications')).body;
    expect(list).toMatchObject({
      unread_count: 2,
      notifications: [
        { status: 'sent', is_read: false },
        { status: 'sent', title: 'Test notification' },
      ],
    });
    const [newest, oldest] = list.items;
    const path = `/push-notifications/${newest.id}`;
    for (const event of ['delivered', 'opened', 'opened'])
      expect((await api(app, ana).post(`${path}/ack`, { event })).status).toBe(204);
    expect((await api(app, ana).get(path)).body).toMatchObject({
      status: 'opened',
      is_read: true,
      deliveries: [{ device_type: 'android', sent_at: expect.any(String), delivered_at: expect.any(String) }],
    });
    expect((await api(app, ana).get('/push-notifications?unread=true')).body.items).toMatchObject([{ id: oldest.id }]);
    expect((await api(app, ana).post('/push-notifications/read', { up_to_id: newest.id })).status).toBeLessThan(300);
    expect((await api(app, ana).get('/push-notifications')).body.unread_count).toBe(0);
    for (const response of [
      await api(app, eve).get(path),
      await api(app, eve).post(`${path}/ack`, { event: 'opened' }),
    ])
      expect(response).toMatchObject({ status: 404, body: { code: 'push.notification_not_found' } });

    expect((await api(app, ana).get('/push-notifications/stats')).body).toMatchObject({
      total_sent: 2,
      total_delivered: 1,
      delivery_rate: 0.5,
      device_breakdown: { android: { total_sent: 2, total_delivered: 1 } },
      notification_type_breakdown: { system: { total_sent: 2 } },
    });
    expect((await api(app, ana).get('/push-notifications/stats?scope=all')).status).toBe(403);
    await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
    const all = (await api(app, ana).get('/push-notifications/stats?scope=all')).body;
    expect(all.total_sent).toBeGreaterThan(2);
  });

  test('what is older than 30 days is forgotten', async () => {
    const ana = await buildUser(app, 'ana');
    await app.get(PushService).notify([buildNote(ana)]);
    await app.db.query(`UPDATE push_notifications SET created_at = now() - interval '31 days' WHERE user_id = $1`, [
      ana.id,
    ]);
    await app.get(PushService).notify([buildNote(ana)]);
    await app.get(PushWorkers).forgetOld();
    expect(await rowsOf(ana)).toHaveLength(1);
  });
});

describe('POST /push-notifications/send', () => {
  const text = { title: 'Maintenance {{sender}}', body: 'Back at 6. $t(push:test.title)' };

  test('admins and holders of the service key tell people what they like, each once', async () => {
    const [ana, ben, admin] = await buildUsers(app, 'ana', 'ben', 'admin');
    await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.id]);
    await phone(ben);
    const nobody = '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11';
    const body = { ...text, user_ids: [ben.id, ben.id, nobody], data: { screen: 'news' } };
    expect((await api(app, ana).post('/push-notifications/send', body)).status).toBe(403);
    expect((await api(app).post('/push-notifications/send', body)).status).toBe(401);
    const answer = await api(app, admin).post('/push-notifications/send', body);
    expect(answer).toMatchObject({ status: 201, body: { queued_count: 1, unknown_count: 1 } });
    const byKey = (key: string) =>
      fetch(`${app.url}/api/v1/push-notifications/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-service-key': key },
        body: JSON.stringify({ ...text, recipient_user_ids: [ben.id], type: 'announcement' }),
      });
    expect((await byKey(SERVICE_KEY)).status).toBe(201);
    expect((await byKey(`${SERVICE_KEY}!`)).status).toBe(401);
    await work();
    expect(told(ben)).toMatchObject([
      { ...text, data: { type: 'system', screen: 'news' } },
      { ...text, data: { type: 'announcement' } },
    ]);
  });

  test.each(['an admin', 'a program'])('%s who sends it again under the same key pushes once', async (who) => {
    const [ben, admin] = await buildUsers(app, 'ben', 'admin');
    await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.id]);
    await phone(ben);
    const send = (title: string) => {
      const headers = {
        'idempotency-key': `send-${who.length}`,
        ...(who === 'a program' && { 'x-service-key': SERVICE_KEY }),
      };
      const body = { ...text, title, user_ids: [ben.id] };
      return api(app, who === 'a program' ? undefined : admin).post('/push-notifications/send', body, { headers });
    };
    const first = await send('once');
    expect(first.status).toBe(201);
    expect(await send('once')).toMatchObject({ status: 201, body: first.body });
    expect((await send('other')).body.code).toBe('idempotency.mismatch');
    await work();
    expect(told(ben)).toMatchObject([{ title: 'once' }]);
  });

  test('what a push cannot carry is refused', async () => {
    const admin = await buildUser(app, 'admin');
    await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.id]);
    const good = { ...text, user_ids: [admin.id] };
    for (const bad of [
      { ...good, user_ids: [] },
      { ...good, recipient_user_ids: [admin.id] },
      { ...good, title: 'x'.repeat(101) },
      { ...good, body: 'a\0b' },
      { ...good, data: { a: 'x'.repeat(500), b: 'x'.repeat(500), c: 'x'.repeat(100) } },
      { ...good, data: { __proto__x: 1 } },
      ...['from', 'message_type', 'google_x', 'gcm', 'withdrawn'].map((name) => ({
        ...good,
        data: { [name]: 'true' },
      })),
      { ...good, image_url: 'javascript:alert(1)' },
      { ...good, notification_type: 'party' },
    ])
      expect((await api(app, admin).post('/push-notifications/send', bad)).status).toBe(422);
  });
});

test('admins put their own words in place of texts, language by language, with no places but those of the text', async () => {
  const { ana, ben, chat } = await pair();
  const path = '/admin/push-templates';
  expect((await api(app, ana).get(path)).status).toBe(403);
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
  const put = (text: string | null, key = 'message.title', language = 'en') =>
    api(app, ana).put(path, { key, language, text });
  expect((await put('✉ {{sender}}')).body).toEqual({
    key: 'message.title',
    language: 'en',
    text: '✉ {{sender}}',
    default_text: '{{sender}}',
    placeholders: ['sender'],
  });
  await say(ana, chat, 'hi {{sender}}');
  await work();
  expect(told(ben)).toMatchObject([{ title: '✉ ana', body: 'hi {{sender}}' }]);
  for (const text of ['{{password}}', '{{sender', '{{constructor}}', '']) expect((await put(text)).status).toBe(422);
  expect((await put('x', 'no.such.key')).body.code).toBe('push.template_not_found');
  expect((await put('x', 'message.title', 'xx')).body.code).toBe('push.template_not_found');
  const { templates } = (await api(app, ana).get(`${path}?language=en`)).body;
  expect(templates).toContainEqual(expect.objectContaining({ key: 'message.title', text: '✉ {{sender}}' }));
  expect((await put(null)).body.text).toBeNull();
});
