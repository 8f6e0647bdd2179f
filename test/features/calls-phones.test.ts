import { randomBytes } from 'node:crypto';
import { RingingService } from 'src/modules/calls/ringing.service';
import { PushService } from 'src/modules/push/push.service';
import { toFcmMessage } from 'src/modules/push/fcm.message';
import { PushTransport, type Outcome } from 'src/modules/push/push.transport';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { hurry } from 'test/support/pushed';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());
afterEach(() => jest.restoreAllMocks());

/** Ana, and Ben, who speaks Japanese and has a phone that sleeps. */
async function anaAndBen() {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const token = `fcm:${randomBytes(8).toString('hex')}`;
  await api(app, ben).post('/push-notifications/device-tokens', { token, device_type: 'android' });
  await api(app, ben).put('/profile', { language: 'ja' });
  return { ana, ben, token };
}
/** What goes out to phones from now on. */
const listen = () => jest.spyOn(app.get(PushTransport), 'send');
const pushesTo = (sent: ReturnType<typeof listen>, user: TestUser) =>
  sent.mock.calls
    .flatMap(([parcels]) => parcels)
    .filter(({ userId }) => userId === user.id)
    .map(({ kind, token, content }) => ({ kind, ...content, message: toFcmMessage(token, content) }));
const post = (user: TestUser, path: string) => api(app, user).post(`/video-calls/${path}`);

test('a sleeping phone is woken at once, in its language, until the ringing ends; then it is quietened', async () => {
  const { ana, ben, token } = await anaAndBen();
  const sent = listen();
  const { id, rings_until, channel_name, chat_id } = (await dial(app, ana, ben)).body;
  await app.settle();
  const [ring, ...none] = pushesTo(sent, ben);
  expect(none).toEqual([]);
  expect(ring).toMatchObject({ kind: 'call', title: 'ana', body: 'ビデオ通話の着信' });
  const { message } = ring!;
  expect(message).toMatchObject({
    token,
    data: {
      type: 'call',
      event: 'call_initiated',
      call_id: String(id),
      chat_id: String(chat_id),
      caller_id: ana.id,
      caller_name: 'ana',
      call_type: 'video',
      channel_name,
      rings_until,
    },
    android: { priority: 'high', collapse_key: expect.stringContaining(`call:${id}`) },
    apns: {
      headers: { 'apns-priority': '10', 'apns-expiration': String(Math.floor(Date.parse(rings_until!) / 1000)) },
    },
  });
  const ttl = Number(/^(\d+)s$/.exec(message.android.ttl!)![1]);
  expect(ttl).toBeGreaterThan(0);
  expect(ttl).toBeLessThanOrEqual(45);

  await post(ana, `${id}/end`);
  await app.settle();
  const [, ...later] = pushesTo(sent, ben);
  const silent = later.find(({ title }) => title === '')!.message;
  expect(silent).toMatchObject({
    token,
    data: { call_id: String(id), withdrawn: 'true' },
    android: { priority: 'high' },
  });
  expect(silent.android.collapse_key).toBe(message.android.collapse_key);
  expect(silent.notification).toBeUndefined();
  expect(silent.apns.payload.aps).toEqual({ 'content-available': 1, badge: 0 });
  expect(later.find(({ title }) => title !== '')).toMatchObject({ body: 'ビデオ通話の不在着信', title: 'ana' });
  expect(later).toHaveLength(2);
  expect((await api(app, ben).get('/video-calls/active')).body).toEqual({ calls: [] });
});

test('a phone that wakes in time finds the call and can answer it; then nothing is said to be missed', async () => {
  const { ana, ben } = await anaAndBen();
  const sent = listen();
  const { id } = (await dial(app, ana, ben)).body;
  await app.settle();
  const { calls } = (await api(app, ben).get('/video-calls/active')).body;
  expect(calls).toMatchObject([{ id, direction: 'incoming', my_status: 'invited', status: 'initiated' }]);
  expect((await post(ben, `${id}/ringing`)).body.status).toBe('ringing');
  expect((await post(ben, `${id}/answer`)).body.status).toBe('ongoing');
  await app.settle();
  expect(pushesTo(sent, ben).map(({ body }) => body)).toEqual(['ビデオ通話の着信', '']);
  await post(ana, `${id}/end`);
  await app.settle();
  expect(pushesTo(sent, ben)).toHaveLength(2);
});

describe('who has a connection', () => {
  /** Ben is called while he is connected; `say` is what his device says to it. */
  async function called(say: (socket: TestSocket, callId: number) => unknown, before: object | null = null) {
    const { ana, ben } = await anaAndBen();
    const bens = await connect(app, ben);
    if (before) await bens.ask('set_status', before);
    const sent = listen();
    const { id } = (await dial(app, ana, ben)).body;
    await bens.next('call_initiated');
    await say(bens, id);
    await app.settle();
    const atOnce = pushesTo(sent, ben).map(({ body }) => body);
    await hurry(app);
    const soon = pushesTo(sent, ben).map(({ body }) => body);
    await post(ana, `${id}/end`);
    await app.settle();
    bens.close();
    return { atOnce, soon, all: pushesTo(sent, ben).map(({ body }) => body) };
  }

  test('and rings there is not pushed', async () => {
    const { all } = await called((bens, call_id) => bens.ask('call_ringing', { call_id }));
    expect(all).toEqual([]);
  });

  test('and does not say that he rings, for his phone has fallen asleep, is woken soon, and reads that he missed it', async () => {
    const { atOnce, soon, all } = await called(() => undefined);
    expect(atOnce).toEqual([]);
    expect(soon).toEqual(['ビデオ通話の着信']);
    expect(all.slice(1).sort()).toEqual(['', 'ビデオ通話の不在着信']);
  });

  test('rings at his other devices, which have none, all the same', async () => {
    const { ana, ben, token } = await anaAndBen();
    const { body: desk } = await api(app).post('/login', { username: ben.username, password: ben.password });
    const bens = await connect(app, { token: desk.access_token });
    const sent = listen();
    const { id } = (await dial(app, ana, ben)).body;
    await bens.next('call_initiated');
    await bens.ask('call_ringing', { call_id: id });
    await hurry(app);
    expect(pushesTo(sent, ben).map(({ body, message }) => [message.token, body])).toEqual([
      [token, 'ビデオ通話の着信'],
    ]);
    await bens.ask('call_answered', { call_id: id });
    await app.settle();
    expect(pushesTo(sent, ben).slice(1)).toMatchObject([{ message: { token, data: { withdrawn: 'true' } } }]);
    await post(ana, `${id}/end`);
    bens.close();
  });

  describe('at a desk that rings,', () => {
    /** Ben is called at his desk, which rings, and on his phone, which is connected; `say` is what that says to it. */
    async function calledAtBoth(say: (phone: TestSocket, callId: number) => unknown) {
      const { ana, ben, token } = await anaAndBen();
      const { token: desk } = await anotherDevice(app, ben);
      const [phones, desks] = [await connect(app, ben), await connect(app, { token: desk })];
      const sent = listen();
      const { id } = (await dial(app, ana, ben)).body;
      await Promise.all([phones, desks].map((socket) => socket.next('call_initiated')));
      await desks.ask('call_ringing', { call_id: id });
      await say(phones, id);
      await app.settle();
      expect(pushesTo(sent, ben)).toEqual([]);
      await hurry(app);
      const soon = pushesTo(sent, ben).map(({ body, message }) => [message.token, body]);
      await desks.ask('call_answered', { call_id: id });
      await app.settle();
      const later = pushesTo(sent, ben).slice(soon.length);
      await post(ana, `${id}/end`);
      [phones, desks].forEach((socket) => socket.close());
      return { token, soon, later };
    }

    test('is woken soon at his phone that has fallen asleep a moment ago, until he answers', async () => {
      const { token, soon, later } = await calledAtBoth(() => undefined);
      expect(soon).toEqual([[token, 'ビデオ通話の着信']]);
      expect(later).toMatchObject([{ message: { token, data: { withdrawn: 'true' } } }]);
    });

    test('is not woken at his phone that rings, too', async () => {
      const { soon, later } = await calledAtBoth((phone, call_id) => phone.ask('call_ringing', { call_id }));
      expect([soon, later]).toEqual([[], []]);
    });
  });

  test('and is away from it is woken at once elsewhere', async () => {
    const rings = (bens: TestSocket, call_id: number) => bens.ask('call_ringing', { call_id });
    const { atOnce, all } = await called(rings, { status: 'away' });
    expect(atOnce).toEqual(['ビデオ通話の着信']);
    expect(all.slice(1).sort()).toEqual(['', 'ビデオ通話の不在着信']);
  });
});

test('who has an open connection is not pushed', async () => {
  const { ana, ben } = await anaAndBen();
  const bens = await connect(app, ben);
  const sent = listen();
  const { id } = (await dial(app, ana, ben)).body;
  await bens.next('call_initiated');
  await post(ana, `${id}/end`);
  await app.settle();
  expect(pushesTo(sent, ben)).toEqual([]);
  bens.close();
});

test('the ringing of a call that is over wakes nobody, however late the worker comes to it', async () => {
  const { ana, ben } = await anaAndBen();
  const sent = listen();
  const { id } = (await dial(app, ana, ben)).body;
  await post(ana, `${id}/end`);
  await app.settle();
  sent.mockClear();
  await app.get(RingingService).wake(id, [ben.id]);
  await app.settle();
  expect(pushesTo(sent, ben)).toEqual([]);
});

test('a push that was due until a moment ago is not sent any more, and says so', async () => {
  const { ben } = await anaAndBen();
  const sent = listen();
  const text = { title: { key: 'test.title' }, body: { key: 'test.body' } };
  const note = { userId: ben.id, key: 'late', kind: 'call' as const, ...text, data: {} };
  await app.get(PushService).notify([{ ...note, urgent: { until: new Date(Date.now() - 1) } }]);
  await app.settle();
  expect(pushesTo(sent, ben)).toEqual([]);
  const [row] = await app.db.query(`SELECT is_sent, error_message FROM push_notifications WHERE user_id = $1`, [
    ben.id,
  ]);
  expect(row).toEqual({ is_sent: false, error_message: 'expired' });
});

test('a push that is withdrawn while it is being sent is taken back when it has arrived', async () => {
  const { ana, ben } = await anaAndBen();
  let arrive!: (outcomes: Outcome[]) => void;
  const sent = listen().mockReturnValueOnce(new Promise((resolve) => (arrive = resolve)));
  const { id } = (await dial(app, ana, ben)).body;
  await until('the push is on its way', () => sent.mock.calls.length > 0);
  await post(ana, `${id}/end`);
  arrive([{ is: 'sent', messageId: 'projects/muster/messages/1' }]);
  await app.settle();
  const bodies = pushesTo(sent, ben).map(({ body }) => body);
  expect(bodies[0]).toBe('ビデオ通話の着信');
  expect(bodies.slice(1).sort()).toEqual(['', 'ビデオ通話の不在着信']);
});
