import { randomBytes } from 'node:crypto';
import { Jobs } from 'src/core/jobs/jobs';
import { MessagePushes } from 'src/modules/chats/message-pushes.workers';
import { toFcmMessage } from 'src/modules/push/fcm.message';
import { PushNotification } from 'src/modules/push/push.entities';
import { PushService, type Note } from 'src/modules/push/push.service';
import { PushTransport, type Outcome, type Parcel } from 'src/modules/push/push.transport';
import { PushWorkers } from 'src/modules/push/push.workers';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildNote } from 'test/factories/notes';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());
afterEach(() => jest.restoreAllMocks());

const TOKENS = '/push-notifications/device-tokens';
const newToken = () => `fcm:${randomBytes(12).toString('hex')}`;
const register = async (user: TestUser, token = newToken(), about: object = {}) =>
  (await api(app, user).post(TOKENS, { token, device_type: 'android', ...about })).body;
const tokensOf = async (user: TestUser): Promise<string[]> =>
  (await api(app, user).get(TOKENS)).body.items.map(({ token }: { token: string }) => token);

/** Someone who speaks a language and has a device. */
async function person(name: string, language: string | null, on = app): Promise<TestUser & { device: string }> {
  const user = await buildUser(on, name);
  await api(on, user).put('/profile', { language });
  const device = newToken();
  await api(on, user).post(TOKENS, { token: device, device_type: 'ios' });
  return { ...user, device };
}

const note = (userId: string, key: string): Note => buildNote({ id: userId }, { key, data: { about: key } });
const toMessage = ({ token, content }: Parcel) => toFcmMessage(token, content);
const rowsOf = (user: TestUser, on = app) =>
  on.db.repo(PushNotification).find({ where: { userId: user.id }, order: { id: 'ASC' } });

describe('device tokens', () => {
  test('a person registers, lists, changes and removes devices', async () => {
    const ana = await buildUser(app, 'ana');
    const token = newToken();
    const about = { device_id: 'pixel', device_name: 'Pixel 9', app_version: '1.4.0', os_version: '16' };
    const made = await api(app, ana).post(TOKENS, { token, device_type: 'android', ...about });
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.any(Number), user_id: ana.id, token, device_type: 'android', ...about, is_active: true },
    });
    const path = `${TOKENS}/${made.body.id}`;
    const next = newToken();
    const changed = await api(app, ana).put(path, { token: next, app_version: '1.5.0', device_name: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { id: made.body.id, token: next, app_version: '1.5.0', device_name: null, os_version: '16' },
    });
    expect(changed.body.last_used > made.body.last_used).toBe(true);
    expect((await api(app, ana).get(TOKENS)).body).toEqual({
      items: [changed.body],
      device_tokens: [changed.body],
      next_cursor: null,
    });
    expect((await api(app, ana).delete(path)).status).toBe(204);
    expect(await tokensOf(ana)).toEqual([]);
    expect((await api(app, ana).delete(path)).body.code).toBe('push.device_token_not_found');
  });

  test('the list comes in pages, newest first', async () => {
    const ana = await buildUser(app, 'ana');
    const tokens = [await register(ana), await register(ana), await register(ana)].map(({ token }) => token).reverse();
    const first = (await api(app, ana).get(`${TOKENS}?limit=2`)).body;
    const second = (await api(app, ana).get(`${TOKENS}?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...second.items].map(({ token }) => token)).toEqual(tokens);
    expect(second.next_cursor).toBeNull();
  });

  test('other people’s devices are as unknown as none', async () => {
    const [ana, eve] = await buildUsers(app, 'ana', 'eve');
    const { id, token } = await register(ana);
    for (const path of [`${TOKENS}/${id}`, `${TOKENS}/999999`]) {
      expect(await api(app, eve).put(path, { app_version: '2' })).toMatchObject({ status: 404 });
      expect(await api(app, eve).delete(path)).toMatchObject({ status: 404 });
    }
    expect((await api(app).get(TOKENS)).status).toBe(401);
    expect(await tokensOf(eve)).toEqual([]);
    expect(await tokensOf(ana)).toEqual([token]);
  });

  test('what is no device is refused', async () => {
    const ana = await buildUser(app, 'ana');
    const good = { token: newToken(), device_type: 'web' };
    const bad = [
      {},
      { ...good, token: '' },
      { ...good, token: 'x'.repeat(501) },
      { ...good, token: '{"endpoint":"https://10.0.0.1/x"}' },
      { ...good, locale: 'en\n' },
      { ...good, token: 'a b' },
      { ...good, token: 'a\0b' },
      { ...good, device_type: 'toaster' },
      { ...good, app_version: '1'.repeat(51) },
    ];
    for (const body of bad) expect((await api(app, ana).post(TOKENS, body)).status).toBe(422);
    expect(await tokensOf(ana)).toEqual([]);
    expect((await api(app, ana).post(TOKENS, { ...good, token: 'x'.repeat(500) })).status).toBe(201);
  });

  test('a token is one row: said again it stays, under another account it moves', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const first = await register(ana);
    await api(app, ana).put(`${TOKENS}/${first.id}`, { is_active: false });
    const again = await register(ana, first.token, { app_version: '2' });
    expect(again).toMatchObject({ id: first.id, app_version: '2', is_active: true });
    await register(ben, first.token);
    expect([await tokensOf(ana), await tokensOf(ben)]).toEqual([[], [first.token]]);

    const own = await register(ana);
    expect((await api(app, ana).put(`${TOKENS}/${own.id}`, { token: first.token })).status).toBe(200);
    expect([await tokensOf(ana), await tokensOf(ben)]).toEqual([[first.token], []]);
  });

  test('two accounts that claim a token in the same moment: one has it', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const [own, token] = [await register(ben), newToken()];
    const statuses = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) =>
        api(app, index % 2 ? ana : ben).post(TOKENS, { token, device_type: 'ios' }),
      ),
      api(app, ben).put(`${TOKENS}/${own.id}`, { token }),
    ]);
    // The row of the change may be gone by then: its new token can have moved to the other account.
    expect(statuses.map(({ status }) => status).filter((status) => ![200, 201, 404].includes(status))).toEqual([]);
    const holders = [...(await tokensOf(ana)), ...(await tokensOf(ben))].filter((one) => one === token);
    expect(holders).toEqual([token]);
  });

  test('an account keeps fifty devices: those heard of last', async () => {
    const ana = await buildUser(app, 'ana');
    const oldest = await register(ana);
    for (let n = 0; n < 49; n++) await register(ana);
    await register(ana, oldest.token);
    await register(ana);
    const tokens = (await api(app, ana).get(`${TOKENS}?limit=100`)).body.items;
    expect(tokens).toHaveLength(50);
    expect(tokens.at(-1).token).toBe(oldest.token);
  });
});

describe('notifications', () => {
  test('each person is told once, in his language, on all his active devices', async () => {
    const sent = jest.spyOn(app.get(PushTransport), 'send');
    const [yui, budi] = [await person('yui', 'ja'), await person('budi', 'id')];
    const tablet = await register(yui);
    const retired = await register(yui);
    await api(app, yui).put(`${TOKENS}/${retired.id}`, { is_active: false });
    await app.get(PushService).notify([note(yui.id, 'greeting:1'), note(budi.id, 'greeting:1')]);
    await app.get(PushService).notify([note(budi.id, 'greeting:1'), note(budi.id, 'greeting:1')]);
    await app.settle();

    const parcels = sent.mock.calls.flatMap(([all]) => all);
    const [row] = await rowsOf(yui);
    const key = 'greeting:1';
    expect(parcels.filter(({ userId }) => userId === yui.id).map(toMessage)).toEqual(
      [yui.device, tablet.token].map((token) => ({
        token,
        notification: { title: 'テスト通知', body: 'このデバイスで通知を受け取れます。' },
        data: { type: 'system', about: key, notification_id: String(row!.id), collapse_key: key },
        android: {
          collapse_key: key,
          notification: {
            click_action: 'FLUTTER_NOTIFICATION_CLICK',
            sound: 'default',
            tag: key,
            notification_count: 0,
          },
        },
        apns: {
          headers: { 'apns-collapse-id': key },
          payload: { aps: { sound: 'default', badge: 0, 'thread-id': key } },
        },
      })),
    );
    expect(parcels).toHaveLength(3);
    expect(await rowsOf(budi)).toMatchObject([
      {
        title: 'Notifikasi uji coba',
        notificationType: 'system',
        isSent: true,
        sentAt: expect.any(Date),
        fcmMessageId: expect.stringMatching(/^log:/),
        errorMessage: null,
      },
    ]);
  });

  test('a message reaches those who are absent, under the names of its sender and group', async () => {
    const [ana, ben] = [await person('ana', 'en'), await person('ben', null)];
    const say = (chat: number, content: string) => api(app, ana).post(`/chats/${chat}/messages`, { content });
    const pair = await buildPrivateChat(app, ana, ben);
    await say(pair, 'Lunch? {{sender}} $t(push:test.title)');
    await app.settle();
    await say(await buildGroup(app, ana, [ben], 'Hikers'), 'Up\nwe go');
    await app.settle();
    const told = await rowsOf(ben);
    expect(told).toMatchObject([
      { title: 'ana', body: 'Lunch? {{sender}} $t(push:test.title)', notificationType: 'message', isSent: true },
      { title: 'ana · Hikers', body: 'Up\nwe go', isSent: true },
    ]);
    expect(told[0]!.data).toMatchObject({ type: 'message', chat_id: String(pair), sender_id: ana.id });
    expect(await rowsOf(ana)).toEqual([]);
  });

  test('of a message that is deleted nobody is told, whichever worker comes first', async () => {
    const [ana, ben] = [await person('ana', 'en'), await person('ben', 'en')];
    const chat = await buildPrivateChat(app, ana, ben);
    const say = async () => (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'oh' })).body.id as number;
    const unsay = async (id: number) => expect((await api(app, ana).delete(`/messages/${id}`)).status).toBe(204);
    const tell = (id: number) => app.get(MessagePushes).notifyAbsent({ message_id: id, chat_id: chat });
    const forgotten = expect.objectContaining({ withdrawnAt: expect.any(Date), texts: null, title: '', body: '' });

    const early = await say();
    await unsay(early);
    await app.settle();
    expect((await rowsOf(ben)).filter((row) => !forgotten.asymmetricMatch(row))).toEqual([]);
    await app.db.query('DELETE FROM push_notifications');
    await tell(early);
    expect(await rowsOf(ben)).toEqual([]);

    const late = await say();
    await app.settle();
    await app.db.query('DELETE FROM push_notifications');
    const push = app.get(PushService);
    const notify = push.notify.bind(push);
    let unsaid: Promise<void> | undefined;
    jest.spyOn(push, 'notify').mockImplementationOnce(async (notes) => {
      unsaid = unsay(late);
      await until('the deletion waits', async () => {
        const sql = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return (await app.db.query(sql)).length > 0;
      });
      return notify(notes);
    });
    await tell(late);
    await unsaid;
    await app.settle();
    expect(await rowsOf(ben)).toEqual([forgotten]);
  });

  test('what is not committed is not told, nor are strangers and people who are gone', async () => {
    const [ana, ben] = [await person('ana', 'en'), await person('ben', 'en')];
    await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [ben.id]);
    const failing = app.db.tx(async () => {
      await app.get(PushService).notify([note(ana.id, 'undone')]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await app.get(PushService).notify([note(ben.id, 'late'), note('0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', 'late')]);
    await app.settle();
    expect([await rowsOf(ana), await rowsOf(ben)]).toEqual([[], []]);
  });

  test('long texts are cut to what a push can carry', async () => {
    const ana = await person('ana', 'en');
    const params = { sender: '👍'.repeat(300), text: '👍'.repeat(1000) };
    const long = { title: { key: 'message.title', params }, body: { key: 'message.body', params } };
    await app.get(PushService).notify([{ ...note(ana.id, 'long'), ...long }]);
    await app.settle();
    const [row] = await rowsOf(ana);
    expect([row!.title, row!.body]).toEqual([`${'👍'.repeat(254)}…`, `${'👍'.repeat(499)}…`]);
  });

  test('to a person without a device nothing goes out, which the row says', async () => {
    const sent = jest.spyOn(app.get(PushTransport), 'send');
    const ana = await buildUser(app, 'ana');
    await app.get(PushService).notify([note(ana.id, 'alone')]);
    await app.settle();
    const [row] = await rowsOf(ana);
    expect(row).toMatchObject({ isSent: false, sentAt: null, fcmMessageId: null, errorMessage: 'no_device' });
    await register(ana);
    await app.get(Jobs).enqueue('push.deliver', { notification_ids: [row!.id] });
    await app.settle();
    expect(sent).not.toHaveBeenCalled();
  });

  test('what the provider does not take is tried again', async () => {
    const ana = await person('ana', 'en');
    const sent = jest.spyOn(app.get(PushTransport), 'send').mockRejectedValueOnce(new Error('provider is away'));
    await app.get(PushService).notify([note(ana.id, 'later')]);
    await app.settle();
    expect(sent).toHaveBeenCalledTimes(2);
    expect(await rowsOf(ana)).toMatchObject([{ isSent: true, errorMessage: null }]);
  });

  test('a job that comes twice, at once or later, sends once; that of a killed worker is taken over', async () => {
    const node = await boot({ roles: ['api'] });
    try {
      const ana = await person('ana', 'en', node);
      const transport = node.get(PushTransport);
      const workers = node.get(PushWorkers);
      await node.get(PushService).notify([note(ana.id, 'first'), note(ana.id, 'second')]);
      const [first, second] = (await rowsOf(ana, node)).map(({ id }) => ({ notification_ids: [id] }));

      let answer: (outcomes: Outcome[]) => void = () => undefined;
      const sent = jest.spyOn(transport, 'send').mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
      const under = workers.deliver(first!);
      await until('the provider is asked', () => sent.mock.calls.length === 1);
      await expect(workers.deliver(first!)).rejects.toThrow('by another worker');
      answer([{ is: 'sent', messageId: 'projects/muster/messages/1' }]);
      await under;
      await node.db.query(`UPDATE push_notifications SET claimed_at = now() - interval '31 seconds'`);
      await workers.deliver(first!);
      expect(sent).toHaveBeenCalledTimes(1);
      await workers.deliver(second!);
      await workers.deliver({ notification_ids: [999_999] });
      expect(sent).toHaveBeenCalledTimes(2);
      expect(await rowsOf(ana, node)).toMatchObject([
        { isSent: true, fcmMessageId: 'projects/muster/messages/1' },
        { isSent: true, fcmMessageId: expect.stringMatching(/^log:/) },
      ]);
    } finally {
      await node.close();
    }
  });
});
