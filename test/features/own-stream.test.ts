import { pushes } from 'src/contracts';
import { dial } from 'test/factories/calls';
import { buildPrivateChat } from 'test/factories/chats';
import { circleAround, OFFICE } from 'test/factories/geofences';
import { HERE } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, root: TestUser;
let chat: number, messageId: number;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
});
beforeEach(async () => {
  [ana, ben, root] = await buildUsers(app, 'ana', 'ben', 'root');
  await app.db.query(`UPDATE users SET role = 'moderator' WHERE id = $1`, [root.id]);
  chat = await buildPrivateChat(app, ana, ben);
  messageId = (await api(app, ben).post(`/chats/${chat}/messages`, { content: 'rude' })).body.id;
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const done = async (reply: Promise<Reply>) => {
  const { status, body } = await reply;
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
};
const share = (from: TestUser, to: TestUser, minutes = 60) =>
  done(api(app, from).post('/location/shares', { target_user_id: to.id, duration_minutes: minutes }));

const aSticker = async () => (await done(api(app, ben).get('/media/stickers?limit=1'))).stickers[0].id as number;

/** What makes Ben hear of each kind of event that belongs to no chat: a new kind gets its line here. */
const HAPPENS: Record<string, () => Promise<unknown>> = {
  block_changed: async () => {
    await done(api(node, ben).post('/settings/privacy/block', { user_id: ana.id }));
    await done(api(app, ben).post('/settings/privacy/unblock', { user_id: ana.id }));
  },
  account_changed: async () => {
    await done(api(app, ben).put('/profile', { bio: 'In the hills' }));
    await done(api(node, ben).put('/profile/status', { status_message: 'On the trail' }));
    await done(api(app, ben).put('/settings/privacy', { read_receipts: false }));
    await done(api(node, ben).put('/profile/notification-preferences', { show_content: false }));
    await done(api(app, ben).put('/settings/security', { login_alerts: false }));
    await done(api(node, ben).put(`/media/stickers/favorites/${await aSticker()}`));
    await done(api(app, ben).put('/location/settings', { history: 'live_only' }));
    const { id: home } = await done(
      api(node, ben).post('/location/private-places', { name: 'Home', ...HERE, radius_meters: 100 }),
    );
    await done(api(app, ben).delete(`/location/private-places/${home}`));
    await done(api(node, ben).put('/location/nearby/visibility', { visible: true }));
    await done(api(app, ben).put('/location/nearby/visibility', { visible: false }));
    const { id: fence } = await done(api(node, ben).post('/location/geofences', circleAround(OFFICE, 50)));
    await done(api(app, ben).put(`/location/geofences/${fence}`, { name: 'Old hut' }));
    await done(api(node, ben).delete(`/location/geofences/${fence}`));
  },
  message_hidden: () => done(api(app, ben).delete(`/messages/${messageId}?for=me`)),
  chat_removed: () => done(api(node, ben).delete(`/chats/${chat}`)),
  chat_preferences_updated: () => done(api(app, ben).put(`/chats/${chat}/preferences`, { is_pinned: true })),
  chat_cleared: () => done(api(app, ben).delete(`/chats/${chat}/messages`)),
  moderation_warning: async () => {
    const { id } = await done(api(app, ana).post(`/messages/${messageId}/report`, { reason: 'harassment' }));
    await done(api(node, root).post(`/moderation/reports/${id}/resolve`, { actions: ['warn'] }));
  },
  call_logged: async () => {
    const { id } = await done(dial(app, ana, ben) as Promise<Reply>);
    await done(api(node, ben).put(`/video-calls/${id}/decline`));
  },
  location_share_started: async () => {
    await share(ben, ana);
    await share(ben, ana, 30);
  },
  location_share_received: async () => {
    await share(ana, ben);
    await share(ana, ben, 30);
  },
  location_share_stopped: async () => {
    const { id } = await share(ana, ben);
    await done(api(node, ana).delete(`/location/shares/${id}`));
    await share(ben, ana);
    await done(api(node, ben).delete('/location/shares'));
  },
  location_request_changed: async () => {
    const { id } = await done(api(app, ana).post('/location/requests', { user_id: ben.id }));
    await done(api(node, ben).post(`/location/requests/${id}/decline`));
  },
  geofence_watch_changed: async () => {
    await share(ben, ana);
    const { id, revision } = await done(
      api(app, ana).post('/location/geofences', { ...circleAround(OFFICE, 50), subject_id: ben.id }),
    );
    await done(api(node, ben).put(`/location/geofences/${id}/consent`, { accepted: true, revision }));
    await done(api(app, ana).delete(`/location/geofences/${id}`));
  },
};

test('there is a way to bring about each', () => {
  const numbered = Object.entries(pushes).filter(([, { body }]) => 'user_seq' in body.shape);
  expect(Object.keys(HAPPENS).sort()).toEqual(numbered.map(([name]) => name).sort());
});

test.each(Object.keys(HAPPENS))('who was away learns of %s just as who was connected', async (name) => {
  const { userEvents } = await verifySync(app, ben, HAPPENS[name]!, { node });
  expect(userEvents.map(({ type }) => type)).toContain(name);
});

test('each part of an account is named when it changes, whoever changes it, and nothing when nothing does', async () => {
  const parts = async (change: () => Promise<unknown>) => {
    const { userEvents } = await verifySync(app, ben, change, { node });
    return userEvents.map(({ data }) => data.part as string);
  };
  expect(await parts(HAPPENS.account_changed!)).toEqual([
    'profile',
    'profile',
    'privacy',
    'notifications',
    'security',
    'stickers',
    ...Array.from({ length: 5 }, () => 'location'),
    ...Array.from({ length: 3 }, () => 'geofences'),
  ]);
  const admin = api(app, root);
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  expect(await parts(() => done(admin.patch(`/admin/users/${ben.id}`, { role: 'moderator' })))).toEqual(['profile']);
  expect(await parts(() => done(api(app, ben).put('/profile', {})))).toEqual([]);
});

test('who shows again what he reads sees on all his devices what others have read', async () => {
  const showing = (read_receipts: boolean) => done(api(app, ben).put('/settings/privacy', { read_receipts }));
  await showing(false);
  await done(api(app, ana).put(`/messages/${messageId}/read`));
  await verifySync(app, ben, () => showing(true), { node });
});
