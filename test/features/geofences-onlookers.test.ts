import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { buildGroup } from 'test/factories/chats';
import { circleAround, crossingsOf, decideOn, drawFence, OFFICE, walkThrough } from 'test/factories/geofences';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Fences of a chat, and those of its members who are not to know all of what comes to pass there.

let app: TestApp;
beforeAll(async () => {
  // nobody walks that fast
  app = await boot({ env: { LOCATION_JUMP_SPEED: '100000' } });
});
afterAll(() => app.close());

const around = (radius: number) => circleAround(OFFICE, radius);
const draw = (user: TestUser, fence: object) => drawFence(app, user, fence);
const walk = (user: TestUser) => walkThrough(app, user);
const eventsOf = (user: TestUser) => crossingsOf(app, user);
const decide = (user: TestUser, fence: GeofenceView, accepted: boolean) => decideOn(app, user, fence, accepted);
const people = <Names extends string[]>(...names: Names) => buildUsers(app, ...names);
const share = async (owner: TestUser, draft: object) => {
  const { status, body } = await api(app, owner).post('/location/shares', draft);
  expect(status).toBe(201);
  await app.settle();
  return body as { id: number };
};
const watching = async (user: TestUser) => (await api(app, user).get('/location/geofences/watching')).body.watches;
const inShort = (events: GeofenceEventView[]) => events.map(({ event_type, user_id }) => [event_type, user_id]);

test('who comes into a chat is told nothing of what was before, unless the share shows history', async () => {
  const [ana, ben, cid, dan] = await people('ana', 'ben', 'cid', 'dan');
  const chat = await buildGroup(app, ben, [ana]);
  const add = async (user: TestUser) => {
    expect((await api(app, ben).post(`/chats/${chat}/participants`, { user_ids: [user.id] })).status).toBe(201);
    await app.settle();
  };
  const { id } = await share(ana, { chat_id: chat });
  await draw(ben, { ...around(50), chat_id: chat });
  await walk(ana);
  await add(cid);
  expect(await eventsOf(cid)).toEqual([]);
  await walk(ana);
  expect(await eventsOf(cid)).toHaveLength(2);
  expect(await eventsOf(ben)).toHaveLength(4);
  await api(app, ana).put(`/location/shares/${id}`, { shows_history: true });
  await add(dan);
  expect(await eventsOf(dan)).toEqual(await eventsOf(ben));
});

test('the pages of crossings tell nothing of those that one may not see', async () => {
  const [ana, ben, cid] = await people('ana', 'ben', 'cid');
  const chat = await buildGroup(app, ben, [ana, cid]);
  await share(ana, { chat_id: chat });
  await share(cid, { chat_id: chat });
  await draw(ben, { ...around(50), chat_id: chat });
  await walk(cid);
  for (let n = 0; n < 2; n++) await walk(ana);
  const page = async (query = '') =>
    (await api(app, cid).get(`/location/geofences/events?limit=1${query}`)).body as {
      events: GeofenceEventView[];
      next_cursor: string | null;
    };
  expect((await page(`&user_id=${ana.id}`)).events).toHaveLength(1);
  await api(app, ana).post('/settings/privacy/block', { user_id: cid.id });
  expect(await page(`&user_id=${ana.id}`)).toMatchObject({ events: [], next_cursor: null });
  const first = await page();
  expect(inShort(first.events)).toEqual([['exit', cid.id]]);
  const second = await page(`&cursor=${first.next_cursor}`);
  expect(inShort(second.events)).toEqual([['entry', cid.id]]);
  expect(second.next_cursor).toBeNull();
});

test('who leaves a chat keeps no push of what others did at its fences', async () => {
  const [ana, ben, cid] = await people('ana', 'ben', 'cid');
  const chat = await buildGroup(app, ben, [ana, cid]);
  await share(ana, { chat_id: chat });
  await draw(ben, { ...around(50), chat_id: chat });
  await walk(ana);
  const bodies = (user: TestUser) =>
    app.db.query<{ body: string }>(
      `SELECT body FROM push_notifications WHERE user_id = $1 AND data->>'event_id' IS NOT NULL ORDER BY id`,
      [user.id],
    );
  const told = [{ body: 'ana has arrived at Office.' }, { body: 'ana has left Office.' }];
  expect([await bodies(ben), await bodies(cid)]).toEqual([told, told]);
  await api(app, ben).delete(`/chats/${chat}/participants/${cid.id}`);
  await app.settle();
  expect([await bodies(ben), await bodies(cid)]).toEqual([told, [{ body: '' }, { body: '' }]]);
});

test('who has left a chat knows nothing of its fences, whatever he has said to them', async () => {
  const [ana, ben, cid] = await people('ana', 'ben', 'cid');
  const chat = await buildGroup(app, ben, [ana, cid]);
  const fence = await draw(ben, { ...around(50), chat_id: chat });
  for (const user of [ana, cid]) {
    await share(user, { chat_id: chat });
    expect((await decide(user, fence, false)).body.state).toBe('withdrawn');
  }
  expect((await decide(cid, fence, true)).body.state).toBe('accepted');
  for (const user of [ana, cid]) await api(app, ben).delete(`/chats/${chat}/participants/${user.id}`);
  await app.settle();
  for (const user of [ana, cid]) {
    expect(await watching(user)).toEqual([]);
    for (const accepted of [true, false])
      expect((await decide(user, fence, accepted)).body.code).toBe('geofence.not_found');
  }
  await api(app, ben).post(`/chats/${chat}/participants`, { user_ids: [ana.id] });
  expect((await decide(ana, fence, true)).body.state).toBe('accepted');
});
