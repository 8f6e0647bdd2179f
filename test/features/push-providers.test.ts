import { createECDH, randomBytes } from 'node:crypto';
import { Jobs } from 'src/core/jobs/jobs';
import { PushDelivery, PushNotification, type DeviceType } from 'src/modules/push/push.entities';
import { PushService } from 'src/modules/push/push.service';
import { buildNote } from 'test/factories/notes';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { PUSH_SERVICE, startProviders, type Answer } from 'test/support/providers';
import { holdPutOff, hurry } from 'test/support/pushed';
import { until } from 'test/support/until';
import webPush from 'web-push';

let providers: Awaited<ReturnType<typeof startProviders>>;
let app: TestApp;
/** Lets what is put off come by itself from now on. */
let letComeAgain: () => void;
beforeAll(async () => {
  providers = await startProviders();
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  const vapid = {
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
    VAPID_SUBJECT: 'mailto:push@example.org',
  };
  app = await boot({ env: { ...providers.env, ...vapid } });
  letComeAgain = holdPutOff(app);
});
afterAll(async () => {
  await providers.stop();
  await app.close();
});

const TOKENS = '/push-notifications/device-tokens';
async function phone(user: TestUser, device_type: DeviceType = 'android'): Promise<string> {
  const token = `fcm:${randomBytes(12).toString('hex')}`;
  await api(app, user).post(TOKENS, { token, device_type });
  return token;
}
async function browser(user: TestUser) {
  const keys = createECDH('prime256v1');
  const path = `/send/${randomBytes(8).toString('hex')}`;
  const p256dh = keys.generateKeys('base64url');
  const auth = randomBytes(16).toString('base64url');
  const subscription = { endpoint: `https://${PUSH_SERVICE}${path}`, expirationTime: null, keys: { p256dh, auth } };
  const { status } = await api(app, user).post(TOKENS, { token: JSON.stringify(subscription), device_type: 'web' });
  expect(status).toBe(201);
  return path;
}
const tokensOf = async (user: TestUser): Promise<string[]> =>
  (await api(app, user).get(TOKENS)).body.items.map(({ token }: { token: string }) => token);
async function tell(user: TestUser, one = buildNote(user)) {
  await app.get(PushService).notify([one]);
  await app.settle();
}
const rowOf = async (user: TestUser) =>
  (await app.db.repo(PushNotification).find({ where: { userId: user.id }, order: { id: 'DESC' } }))[0]!;
const deliveriesOf = async (user: TestUser) =>
  app.db.repo(PushDelivery).find({ where: { notificationId: (await rowOf(user)).id }, order: { id: 'ASC' } });

test('FCM takes a push for each device, with one access token for all', async () => {
  const ana = await buildUser(app, 'ana');
  const [one, two] = [await phone(ana), await phone(ana, 'ios')];
  await tell(ana);
  const [message] = providers.to(one);
  expect(message).toMatchObject({
    token: one,
    notification: { title: 'Test notification' },
    android: { notification: { click_action: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default' } },
    apns: { payload: { aps: { sound: 'default', badge: 0 } } },
  });
  expect(providers.to(two)).toHaveLength(1);
  expect(await rowOf(ana)).toMatchObject({
    isSent: true,
    fcmMessageId: expect.stringMatching(/^projects\/.*\/messages\//),
  });
  await tell(ana);
  expect(providers.accessTokens()).toBe(1);
});

test.each<[string, Answer]>([
  ['is unregistered', { status: 404, code: 'UNREGISTERED' }],
  ['belongs to another sender', { status: 403, code: 'SENDER_ID_MISMATCH' }],
  [
    'is no token',
    {
      status: 400,
      body: { error: { status: 'INVALID_ARGUMENT', details: [{ fieldViolations: [{ field: 'message.token' }] }] } },
    },
  ],
])('a device of which FCM says that it %s is forgotten, the others are not', async (_what, answer) => {
  const ana = await buildUser(app, 'ana');
  const [dead, alive] = [await phone(ana), await phone(ana)];
  providers.answer(dead, answer);
  await tell(ana);
  expect(await tokensOf(ana)).toEqual([alive]);
  expect([providers.triesOf(dead), providers.to(alive).length]).toEqual([1, 1]);
  expect(await rowOf(ana)).toMatchObject({ isSent: true, errorMessage: null });
});

test('what FCM will never take is given up, and the trace says why', async () => {
  const ana = await buildUser(app, 'ana');
  const token = await phone(ana);
  providers.answer(token, { status: 400, code: 'INVALID_ARGUMENT' });
  await tell(ana);
  expect(await rowOf(ana)).toMatchObject({ isSent: false, errorMessage: 'INVALID_ARGUMENT' });
  expect(await tokensOf(ana)).toEqual([token]);
});

test.each<[string, Answer]>([
  ['is overloaded (503)', { status: 503, code: 'UNAVAILABLE' }],
  ['fails (500)', { status: 500, code: 'INTERNAL' }],
  ['does not answer in time', 'silence'],
  ['breaks the connection', 'torn'],
  ['answers nonsense', { status: 200, body: 'what?' }],
])('if FCM %s, it is asked again, but not for devices that have the push', async (_what, answer) => {
  const ana = await buildUser(app, 'ana');
  const [has, has_not] = [await phone(ana), await phone(ana)];
  providers.answer(has_not, answer);
  await tell(ana);
  expect(await rowOf(ana)).toMatchObject({ isSent: false, errorMessage: null, claimedAt: null });
  expect(await deliveriesOf(ana)).toMatchObject([{ sentAt: expect.any(Date) }, { sentAt: null, attempts: 1 }]);
  await hurry(app);
  expect([providers.triesOf(has), providers.triesOf(has_not)]).toEqual([1, 2]);
  expect([providers.to(has).length, providers.to(has_not).length]).toEqual([1, 1]);
  expect(await rowOf(ana)).toMatchObject({ isSent: true });
});

test('a push that came though its answer was lost replaces itself on the device', async () => {
  const ana = await buildUser(app, 'ana');
  const token = await phone(ana);
  providers.answer(token, 'taken, then torn');
  await tell(ana);
  await hurry(app);
  const tags = providers.to(token).map(({ android }) => android.notification!.tag);
  expect(tags).toHaveLength(2);
  expect(new Set(tags).size).toBe(1);
});

test('the time that FCM asks for is kept to, by everybody, and nothing is lost', async () => {
  const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
  const [anas, bens] = [await phone(ana), await phone(ben)];
  letComeAgain();
  providers.answer(anas, { status: 429, code: 'QUOTA_EXCEEDED', headers: { 'retry-after': '4' } });
  const began = Date.now();
  await tell(ana);
  await tell(ben);
  expect([providers.triesOf(anas), providers.triesOf(bens)]).toEqual([1, 0]);
  await until('both have come', () => providers.to(anas).length === 1 && providers.to(bens).length === 1);
  const first = Math.min(
    ...providers.asked.filter(({ at, token }) => at > began && token === bens).map(({ at }) => at),
  );
  expect(first - began).toBeGreaterThanOrEqual(3900);
  await app.settle();
  letComeAgain = holdPutOff(app);
});

test('a token that has moved to another account gets nothing that was meant for the first', async () => {
  const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
  const token = await phone(ana);
  providers.answer(token, 'torn');
  await tell(ana);
  await api(app, ben).post(TOKENS, { token, device_type: 'android' });
  await hurry(app);
  expect(providers.to(token)).toEqual([]);
  expect(await rowOf(ana)).toMatchObject({ isSent: false, errorMessage: 'no_device' });
  await tell(ben);
  expect(providers.to(token)).toHaveLength(1);
});

test('what is old news by the time FCM is back is given up', async () => {
  const ana = await buildUser(app, 'ana');
  const token = await phone(ana);
  providers.answer(token, 'torn', 'torn');
  await tell(ana);
  await app.db.query(`UPDATE push_notifications SET created_at = created_at - interval '25 hours' WHERE user_id = $1`, [
    ana.id,
  ]);
  await hurry(app);
  expect(await rowOf(ana)).toMatchObject({ isSent: false, errorMessage: expect.any(String) });
  expect((await rowOf(ana)).errorMessage).not.toBe('no_device');
});

test('a worker that is killed between the answer and its note: who has the push by his row is not asked again', async () => {
  const ana = await buildUser(app, 'ana');
  const [one, two] = [await phone(ana), await phone(ana)];
  providers.answer(two, 'torn');
  await tell(ana);
  const { id } = await rowOf(ana);
  await app.db.query(`UPDATE push_notifications SET claimed_at = now() - interval '31 seconds' WHERE id = $1`, [id]);
  await app.get(Jobs).enqueue('push.deliver', { notification_ids: [id] });
  await hurry(app);
  expect([providers.triesOf(one), providers.to(two).length]).toEqual([1, 1]);
  expect(await rowOf(ana)).toMatchObject({ isSent: true });
});

test('a browser gets its push encrypted, under our key, from its own push service; a dead subscription is forgotten', async () => {
  const ana = await buildUser(app, 'ana');
  const path = await browser(ana);
  await tell(ana);
  const [push] = providers.web.filter((one) => one.path === path);
  expect(push!.headers).toMatchObject({
    'content-encoding': 'aes128gcm',
    authorization: expect.stringMatching(/^vapid t=/),
    topic: expect.stringMatching(/^[\w-]{32}$/),
    urgency: 'normal',
    ttl: '2419200',
  });
  expect(push!.body.length).toBeGreaterThan(100);
  expect(push!.body.toString('latin1')).not.toContain('notification');
  expect(await rowOf(ana)).toMatchObject({ isSent: true, fcmMessageId: expect.stringContaining(PUSH_SERVICE) });

  providers.answer(path, { status: 410 });
  await tell(ana);
  expect(await tokensOf(ana)).toEqual([]);
  expect(await rowOf(ana)).toMatchObject({ isSent: false, errorMessage: 'status 410' });
});

test('subscriptions that lead into our own network are refused', async () => {
  const ana = await buildUser(app, 'ana');
  const keys = {
    p256dh: createECDH('prime256v1').generateKeys('base64url'),
    auth: randomBytes(16).toString('base64url'),
  };
  for (const endpoint of [
    'http://push.example.org/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'https://push.example.org:8443/x',
    'https://ana@push.example.org/x',
    'file:///etc/passwd',
  ]) {
    const token = JSON.stringify({ endpoint, keys });
    expect((await api(app, ana).post(TOKENS, { token, device_type: 'web' })).status).toBe(422);
  }
});
