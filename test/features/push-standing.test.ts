import { randomBytes } from 'node:crypto';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { circleAround, drawFence, OFFICE } from 'test/factories/geofences';
import { away } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { LATER, watchPushes, work } from 'test/support/pushed';

/** No worker runs: what workers do is done here, when the test wants it. */
let app: TestApp;
let pushes: ReturnType<typeof watchPushes>;
beforeAll(async () => {
  app = await boot({ roles: ['api'], env: { LOCATION_JUMP_SPEED: '100000' } });
});
afterAll(() => app.close());
beforeEach(() => (pushes = watchPushes(app)));
afterEach(async () => {
  await app.db.settle();
  await app.db.query('DELETE FROM outbox');
  jest.restoreAllMocks();
});

const DELIVER = /^push\.deliver$/;
/** What leads to a push, which is then put off, and which was not yet handed to anybody. */
const TELL = /notify|evaluate|beginToWatch|push\.broadcast/;

async function phone(user: TestUser): Promise<string> {
  const token = `fcm:${randomBytes(12).toString('hex')}`;
  await api(app, user).post('/push-notifications/device-tokens', { token, device_type: 'android' });
  return token;
}
async function people() {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  return { ana, ben, token: await phone(ben) };
}
const put = async (status: number, answer: Promise<{ status: number; body: { id: number } }>) => {
  const { status: was, body } = await answer;
  expect(was).toBe(status);
  return body;
};
const inbox = async (user: TestUser) => (await api(app, user).get('/push-notifications')).body.items;
const reasonsOf = async (user: TestUser) =>
  (
    await app.db.query<{ error_message: string }>(
      'SELECT error_message FROM push_notifications WHERE user_id = $1 ORDER BY id',
      [user.id],
    )
  ).map(({ error_message }) => error_message);

/** Ana's share with Ben, his fence that she agreed to, and her way into it. */
async function cross({ ana, ben }: { ana: TestUser; ben: TestUser }) {
  const share = await put(201, api(app, ana).post('/location/shares', { target_user_id: ben.id }));
  const fence = await drawFence(app, ben, { ...circleAround(OFFICE, 50), subject_id: ana.id });
  const consent = (accepted: boolean) =>
    api(app, ana).put(`/location/geofences/${fence.id}/consent`, { accepted, revision: fence.revision });
  expect((await consent(true)).status).toBe(200);
  await work(app, /beginToWatch/);
  for (const metres of [300, 0]) {
    const at = Date.now();
    const locations = [0, 1, 2].map((index) => ({
      ...away(OFFICE, metres),
      accuracy: 5,
      recorded_at: new Date(at + index).toISOString(),
    }));
    expect((await api(app, ana).post('/location/batch', { locations })).body.refused).toBe(0);
    await work(app, /GeofencesWorkers\.evaluate/);
  }
  return { share, consent };
}

describe('what waits to be sent', () => {
  const messages: [
    string,
    (who: { ana: TestUser; ben: TestUser; chat: number; message: number }) => Promise<unknown>,
  ][] = [
    ['its reader has blocked its sender', ({ ana, ben }) => api(app, ben).post(`/users/${ana.id}/block`)],
    ['its sender has blocked its reader', ({ ana, ben }) => api(app, ana).post(`/users/${ben.id}/block`)],
    ['its reader has left', ({ ben, chat }) => api(app, ben).post(`/chats/${chat}/leave`)],
    ['its reader was put out', ({ ana, ben, chat }) => api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`)],
    [
      'its reader has deleted it for himself',
      ({ ben, message }) => api(app, ben).delete(`/messages/${message}?for=me`),
    ],
    ['its reader has cleared the chat', ({ ben, chat }) => api(app, ben).delete(`/chats/${chat}/messages`)],
    ['it is deleted', ({ ana, message }) => api(app, ana).delete(`/messages/${message}`)],
  ];
  test.each(messages)('a message is not told of any more when %s', async (_when, happen) => {
    const { ana, ben, token } = await people();
    const chat = await buildGroup(app, ana, [ben, await buildUser(app, 'cid')]);
    const { id: message } = await put(201, api(app, ana).post(`/chats/${chat}/messages`, { content: 'a secret' }));
    await work(app, TELL);
    const { status } = (await happen({ ana, ben, chat, message })) as { status: number };
    expect(status).toBeLessThan(300);
    await work(app, DELIVER);
    expect(pushes.shown(token)).toEqual([]);
    expect(await inbox(ben)).toEqual([]);
    expect(await reasonsOf(ben)).toEqual(['withdrawn']);
  });

  test('what came to one device and was put off for another is taken back from both', async () => {
    const { ana, ben, token } = await people();
    const other = await phone(ben);
    const chat = await buildPrivateChat(app, ana, ben);
    await put(201, api(app, ana).post(`/chats/${chat}/messages`, { content: 'a secret' }));
    pushes.answer(other, LATER);
    await work(app, TELL);
    await work(app, DELIVER);
    await api(app, ben).post(`/users/${ana.id}/block`);
    await work(app, /^push\./);
    expect([token, other].map((one) => [pushes.shown(one).length, pushes.removed(one)])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('a share, a request and a crossing are not told of any more when they are over', async () => {
    const { ana, ben, token } = await people();
    const { share } = await cross({ ana, ben });
    await put(201, api(app, ana).post('/location/requests', { user_id: ben.id }));
    await work(app, TELL);
    await app.db.query(`UPDATE location_requests SET state = 'withdrawn' WHERE user_id = $1`, [ana.id]);
    await api(app, ana).delete(`/location/shares/${share.id}`);
    await work(app, DELIVER);
    expect(pushes.shown(token)).toEqual([]);
    expect(await inbox(ben)).toEqual([]);
  });

  test('all of them are told of while they last', async () => {
    const { ana, ben, token } = await people();
    await cross({ ana, ben });
    await put(201, api(app, ana).post('/location/requests', { user_id: ben.id }));
    await work(app, new RegExp(`${TELL.source}|${DELIVER.source}`));
    expect(pushes.shown(token)).toHaveLength(3);
  });
});

test('of a broadcast that is paused nobody is told before it goes on, of one that is cancelled nobody is told any more', async () => {
  const { ana, ben, token } = await people();
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
  const start = async (title: string) =>
    put(201, api(app, ana).post('/push-notifications/broadcast', { title, body: title }));
  const [paused, cancelled] = [await start('paused'), await start('cancelled')];
  await work(app, /^push\.broadcast$/);
  const change = async ({ id }: { id: number }, how: string) =>
    expect((await api(app, ana).post(`/push-notifications/broadcasts/${id}/${how}`)).status).toBeLessThan(300);
  await app.db.query(`UPDATE broadcasts SET status = 'running' WHERE status = 'done'`);
  await change(paused, 'pause');
  await change(cancelled, 'cancel');
  await work(app, DELIVER);
  await work(app, DELIVER);
  expect(pushes.shown(token)).toEqual([]);
  expect(await reasonsOf(ben)).toEqual([null, 'withdrawn']);
  // what his list does not show yet he has not read
  await api(app, ben).post('/push-notifications/read', { up_to_id: 1_000_000 });
  await change(paused, 'resume');
  await work(app, DELIVER);
  expect(pushes.shown(token)).toEqual(['paused']);
  const unread = (await api(app, ben).get('/push-notifications?unread=true')).body;
  expect(unread).toMatchObject({ unread_count: 1, notifications: [{ title: 'paused' }] });
});

describe('what was told', () => {
  const told = async () => {
    const who = await people();
    const crossed = await cross(who);
    const request = await put(201, api(app, who.ana).post('/location/requests', { user_id: who.ben.id }));
    await work(app, new RegExp(`${TELL.source}|${DELIVER.source}`));
    const { id: message } = await put(
      201,
      api(app, who.ana).post(`/chats/${await buildPrivateChat(app, who.ana, who.ben)}/messages`, { content: 'hi' }),
    );
    await work(app, new RegExp(`${TELL.source}|${DELIVER.source}`));
    return { ...who, ...crossed, request, message };
  };
  const kinds = async (user: TestUser) =>
    (await inbox(user)).map(({ data }: { data: { event?: string; type: string } }) => data.event ?? data.type);

  test('of crossings goes when consent is withdrawn, and with the share, as does that of the share', async () => {
    const { ana, ben, share, consent, token } = await told();
    const all = await kinds(ben);
    expect(all.toSorted()).toEqual(['geofence', 'location_request_changed', 'location_share_received', 'message']);
    await consent(false);
    await work(app);
    expect(await kinds(ben)).toEqual(all.filter((kind: string) => kind !== 'geofence'));
    expect(pushes.removed(token)).toBe(1);
    await api(app, ana).delete(`/location/shares/${share.id}`);
    await work(app);
    expect(await kinds(ben)).toEqual(['message', 'location_request_changed']);
    expect(pushes.removed(token)).toBe(2);
  });

  const ofCrossing: [string, (who: { ana: TestUser; share: { id: number } }) => Promise<unknown>][] = [
    ['the share', ({ ana, share }) => api(app, ana).delete(`/location/shares/${share.id}`)],
    ['what it showed', ({ ana, share }) => api(app, ana).put(`/location/shares/${share.id}`, { precision: 'city' })],
    ['what is private now', ({ ana }) => api(app, ana).post('/location/private-places', { name: 'Clinic', ...OFFICE })],
    ['the history of its time', ({ ana }) => api(app, ana).delete('/location/history?all=true')],
  ];
  test.each(ofCrossing)('of crossings goes with %s', async (_, change) => {
    const { ana, ben, share } = await told();
    await work(app);
    const crossing = (await inbox(ben)).find(({ data }: { data: { type: string } }) => data.type === 'geofence');
    expect(crossing.data).toMatchObject({ event_type: 'entry', geofence_id: expect.any(String) });
    await change({ ana, share });
    await work(app);
    expect(await kinds(ben)).not.toContain('geofence');
    const { title, body, data } = (await api(app, ben).get(`/push-notifications/${crossing.id}`)).body;
    expect([title, body]).toEqual(['', '']);
    expect(Object.keys(data).filter((name) => name !== 'type' && !name.endsWith('_id'))).toEqual([]);
  });

  test('of a request goes when it is taken back; once it is answered it leaves the devices alone', async () => {
    const { ana, ben, request, token } = await told();
    await api(app, ana).delete(`/location/requests/${request.id}`);
    await work(app);
    expect(await kinds(ben)).not.toContain('location_request_changed');
    expect(pushes.removed(token)).toBe(1);
    // within the hour he would not be told again
    await app.db.query(`UPDATE location_requests SET created_at = created_at - interval '1 hour' WHERE id = $1`, [
      request.id,
    ]);
    const again = await put(201, api(app, ana).post('/location/requests', { user_id: ben.id }));
    await work(app);
    await put(200, api(app, ben).post(`/location/requests/${again.id}/decline`));
    await work(app);
    expect(await kinds(ben)).toContain('location_request_changed');
    expect(pushes.removed(token)).toBe(2);
  });

  test('of each other goes with a block, whoever blocked whom, but for what was written', async () => {
    for (const isBlocker of [true, false]) {
      const { ana, ben } = await told();
      const [one, other] = isBlocker ? [ana, ben] : [ben, ana];
      await api(app, one).post(`/users/${other.id}/block`);
      await work(app, /^PushWorkers|take_back/);
      expect(await kinds(ben)).toEqual(['message']);
    }
  });

  const toldOfMessages = async () => {
    const { ana, ben, token } = await people();
    const chat = await buildGroup(app, ana, [ben]);
    const say = async (content: string) =>
      (await put(201, api(app, ana).post(`/chats/${chat}/messages`, { content }))).id;
    const messages: number[] = [];
    for (const content of ['first secret', 'second secret']) {
      messages.push(await say(content));
      await work(app, new RegExp(`${TELL.source}|${DELIVER.source}`));
    }
    expect((await inbox(ben)).map(({ body }: { body: string }) => body)).toEqual(['second secret', 'first secret']);
    return { ana, ben, token, chat, messages };
  };
  const keptOf = async (user: TestUser) =>
    JSON.stringify(await app.db.query('SELECT * FROM push_notifications WHERE user_id = $1', [user.id]));

  test('of a message that is deleted goes from those who have left too', async () => {
    const { ana, ben, token, chat, messages } = await toldOfMessages();
    await api(app, ben).post(`/chats/${chat}/leave`);
    for (const message of messages) await api(app, ana).delete(`/messages/${message}`);
    await work(app);
    expect(await keptOf(ben)).not.toContain('secret');
    expect(pushes.removed(token)).toBeGreaterThan(0);
  });

  test('of a group goes with it', async () => {
    const { ana, ben, token, chat } = await toldOfMessages();
    expect((await api(app, ana).delete(`/chats/${chat}`)).status).toBe(204);
    await work(app);
    expect(await keptOf(ben)).not.toContain('secret');
    expect(pushes.removed(token)).toBe(1);
  });

  test('of a message goes from who deletes it for himself, and of a chat from who clears it', async () => {
    const { ben, token, chat, messages } = await toldOfMessages();
    expect((await api(app, ben).delete(`/messages/${messages[0]}?for=me`)).status).toBe(204);
    await work(app);
    expect((await inbox(ben)).map(({ body }: { body: string }) => body)).toEqual(['second secret']);
    expect(pushes.removed(token)).toBe(0);
    expect((await api(app, ben).delete(`/chats/${chat}/messages`)).status).toBe(200);
    await work(app);
    expect(await keptOf(ben)).not.toContain('secret');
    expect(pushes.removed(token)).toBe(1);
  });
});
