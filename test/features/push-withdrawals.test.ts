import { randomBytes } from 'node:crypto';
import { NotificationsRepository } from 'src/modules/push/notifications.repository';
import { PushNotification } from 'src/modules/push/push.entities';
import { PushService } from 'src/modules/push/push.service';
import { PushWorkers } from 'src/modules/push/push.workers';
import { PushTransport, type Outcome } from 'src/modules/push/push.transport';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildNote } from 'test/factories/notes';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { hurry, LATER, watchPushes } from 'test/support/pushed';
import { until } from 'test/support/until';

let app: TestApp;
let pushes: ReturnType<typeof watchPushes>;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());
beforeEach(() => (pushes = watchPushes(app)));
afterEach(() => jest.restoreAllMocks());

async function phone(user: TestUser): Promise<string> {
  const token = `fcm:${randomBytes(12).toString('hex')}`;
  await api(app, user).post('/push-notifications/device-tokens', { token, device_type: 'android' });
  return token;
}
async function pair() {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  return {
    ana,
    ben,
    chat: await buildPrivateChat(app, ana, ben),
    phones: [await phone(ben), await phone(ben)] as const,
  };
}
const say = async (user: TestUser, chat: number, content: string): Promise<number> =>
  (await api(app, user).post(`/chats/${chat}/messages`, { content })).body.id;
const unsay = async (user: TestUser, message: number) =>
  expect((await api(app, user).delete(`/messages/${message}`)).status).toBe(204);
const rowsOf = (user: TestUser) =>
  app.db.repo(PushNotification).find({ where: { userId: user.id }, order: { id: 'ASC' } });

describe('taken back from devices', () => {
  test('what has come to one device and is put off for another is taken off the one, and never comes to the other', async () => {
    const { ana, ben, chat, phones } = await pair();
    pushes.answer(phones[1], LATER);
    const message = await say(ana, chat, 'a secret');
    await app.settle();
    expect(await rowsOf(ben)).toMatchObject([{ isSent: false, claimedAt: null }]);
    await unsay(ana, message);
    await hurry(app);
    expect(phones.map(pushes.shown)).toEqual([['a secret'], ['a secret']]);
    // whether it came to the second one is not known
    expect(phones.map(pushes.removed)).toEqual([1, 1]);
  });

  test('so is what was sent and could not be noted', async () => {
    const { ana, ben, chat, phones } = await pair();
    const noted = jest.spyOn(app.get(NotificationsRepository), 'conclude').mockRejectedValue(new Error('no database'));
    const message = await say(ana, chat, 'a secret');
    await until(
      'it was not noted',
      async () => (await rowsOf(ben))[0]?.claimedAt === null && pushes.parcels.length >= 2,
    );
    await unsay(ana, message);
    noted.mockRestore();
    await hurry(app);
    expect(phones.map(pushes.removed)).toEqual([1, 1]);
  });

  test('what a newer one has replaced stays on that device, and is taken off the one to which the newer one has not come', async () => {
    const { ana, chat, phones } = await pair();
    const first = await say(ana, chat, 'first');
    await app.settle();
    pushes.answer(phones[1], LATER);
    await say(ana, chat, 'second');
    await app.settle();
    await unsay(ana, first);
    await app.settle();
    expect(phones.map(pushes.removed)).toEqual([0, 1]);
  });

  test('what its reader has answered from elsewhere, and what was said in a chat that he has left', async () => {
    const { ana, ben, chat, phones } = await pair();
    const group = await buildGroup(app, ana, [ben]);
    for (const place of [chat, group]) await say(ana, place, 'are you there?');
    await app.settle();
    await say(ben, chat, 'yes');
    await app.settle();
    expect(phones.map(pushes.removed)).toEqual([1, 1]);
    await api(app, ben).post(`/chats/${group}/leave`);
    await app.settle();
    expect(phones.map(pushes.removed)).toEqual([2, 2]);
  });

  test('while a newer one is on its way nothing is removed in its place', async () => {
    const { ana, ben, chat, phones } = await pair();
    const first = await say(ana, chat, 'first');
    await app.settle();
    let answer: (outcome: Outcome) => void = () => undefined;
    pushes.answer(phones[0], new Promise((resolve) => (answer = resolve)));
    await say(ana, chat, 'second');
    await until('it is on its way', () => pushes.shown(phones[0]).length === 2);
    await unsay(ana, first);
    await until('it is tried', async () => (await rowsOf(ben))[0]!.withdrawnAt !== null);
    const [{ id }] = (await rowsOf(ben)) as [PushNotification];
    await expect(app.get(PushWorkers).takeBack({ notification_ids: [id] })).rejects.toThrow('on its way');
    answer({ is: 'sent', messageId: 'test:2' });
    await hurry(app);
    expect(phones.map(pushes.removed)).toEqual([0, 0]);
  });
});

test('a note of no group is withdrawn from where it is', async () => {
  const { ben, phones } = await pair();
  const note = buildNote(ben);
  await app.get(PushService).notify([note]);
  await app.settle();
  await app.get(PushService).withdraw([note]);
  await app.settle();
  expect(phones.map(pushes.removed)).toEqual([1, 1]);
});

test('notes are locked in the order in which they were made, whatever their keys', async () => {
  const { ben } = await pair();
  const notes = ['b', 'a'].map((key) => buildNote(ben, { key: `test:${key}` }));
  for (const note of notes) await app.get(PushService).notify([note]);
  await app.settle();
  const [first, second] = (await rowsOf(ben)).map(({ id }) => id);
  const lock = (id: number | undefined) =>
    app.db.query('SELECT id FROM push_notifications WHERE id = $1 FOR UPDATE NOWAIT', [id]);
  let withdraw: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => (withdraw = resolve));
  const holding = app.db.tx(async () => {
    await lock(first);
    withdraw();
    await until('the other waits', async () => {
      const sql = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await app.db.query(sql)).length > 0;
    });
    expect(await lock(second)).toHaveLength(1);
  });
  await isHeld;
  await Promise.all([holding, app.get(PushService).withdraw(notes)]);
  await app.settle();
});

test('what takes long to hand over is held by renewed claims; what was taken back or over meanwhile is handed over no more', async () => {
  const { ben, phones } = await pair();
  const answers = [1, 2].map(() => {
    let answer: () => void = () => undefined;
    const given = new Promise<void>((resolve) => (answer = resolve));
    return { answer, given };
  });
  jest.spyOn(app.get(PushTransport), 'send').mockImplementation(async (parcels) => {
    pushes.parcels.push(...parcels);
    await answers[pushes.parcels.length > 500 ? 1 : 0]!.given;
    return parcels.map(() => ({ is: 'sent', messageId: 'test:1' }));
  });
  const claims = () =>
    app.db.query<{ dedupe_key: string; claim: string }>(
      `SELECT dedupe_key, claimed_at::text AS claim FROM push_notifications WHERE user_id = $1 ORDER BY id`,
      [ben.id],
    );
  const keysOn = (token: string) =>
    pushes.parcels.filter((one) => one.token === token).map(({ content }) => content.key);
  await app.get(PushService).notify(Array.from({ length: 300 }, () => buildNote(ben)));
  await until('some are on their way', () => pushes.parcels.length === 500);
  const before = await claims();
  const already = new Set(keysOn(phones[1]));
  const [back, over, ...others] = before.map(({ dedupe_key: key }) => key).filter((key) => !already.has(key));
  await app.get(PushService).withdraw([{ userId: ben.id, key: back! }]);
  await app.db.query(`UPDATE push_notifications SET claimed_at = now() WHERE user_id = $1 AND dedupe_key = $2`, [
    ben.id,
    over,
  ]);
  answers[0]!.answer();
  await until('the others are', () => pushes.parcels.length === 598);
  const after = new Map((await claims()).map(({ dedupe_key: key, claim }) => [key, claim]));
  expect(before.filter(({ dedupe_key: key, claim }) => after.get(key) === claim)).toMatchObject([{ dedupe_key: back }]);
  expect(new Set(keysOn(phones[1]))).toEqual(new Set([...already, ...others]));
  answers[1]!.answer();
  const left = async () => (await claims()).filter(({ claim }) => claim !== null);
  await until('all is noted', async () => (await left()).length === 1);
  expect(await left()).toMatchObject([{ dedupe_key: over }]);
});
