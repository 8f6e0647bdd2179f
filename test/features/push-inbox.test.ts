import type { PushBody } from 'src/contracts';
import { Realtime } from 'src/core/realtime/realtime';
import { PushService } from 'src/modules/push/push.service';
import { PushWorkers } from 'src/modules/push/push.workers';
import { buildPrivateChat } from 'test/factories/chats';
import { buildNote } from 'test/factories/notes';
import { buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

let app: TestApp, node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

type Change = PushBody<'notifications_changed'>['change'];
const list = async (user: TestUser) => (await api(app, user).get('/push-notifications')).body;
const acknowledge = (user: TestUser, id: number, event: 'delivered' | 'opened') =>
  api(app, user).post(`/push-notifications/${id}/ack`, { event });

/** What a device hears of its user's list when something happens. */
async function hears(device: TestSocket, user: TestUser, happens: () => Promise<unknown>): Promise<Change[]> {
  const before = device.all('notifications_changed').length;
  await happens();
  await app.settle();
  await node.settle();
  const mark = device.all('typing_indicator').length + 1; // comes the same way behind what was told before
  app
    .get(Realtime)
    .toUser(user.id, 'typing_indicator', { chat_id: mark, user_id: user.id, is_typing: true, expires_in: 10 });
  await device.next('typing_indicator', ({ chat_id }) => chat_id === mark);
  return device
    .all('notifications_changed')
    .slice(before)
    .map(({ change }) => change);
}

test('whoever shows his list hears when something is added, read or taken out of it, and nobody else does', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildPrivateChat(app, ana, ben);
  const [device, others] = [await connect(node, ana), await connect(node, ben)];
  const push = app.get(PushService);
  const notes = ['one', 'two', 'three'].map((name) => buildNote(ana, { key: `test:${name}` }));

  expect(await hears(device, ana, () => push.notify(notes.slice(0, 1)))).toEqual(['added']);
  const [first] = (await list(ana)).items;
  expect(await hears(device, ana, () => push.notify(notes.slice(0, 1)))).toEqual([]);
  const again = () => app.get(PushWorkers).deliver({ notification_ids: [first.id] });
  expect(await hears(device, ana, again)).toEqual([]);

  expect(await hears(device, ana, () => acknowledge(ana, first.id, 'delivered'))).toEqual([]);
  expect(await hears(device, ana, () => acknowledge(ana, first.id, 'opened'))).toEqual(['read']);
  expect(await hears(device, ana, () => acknowledge(ana, first.id, 'opened'))).toEqual([]);
  expect(await list(ana)).toMatchObject({ unread_count: 0, items: [{ is_read: true }] });

  expect(await hears(device, ana, () => push.notify(notes.slice(1)))).toContain('added');
  const readAll = () => api(node, ana).post('/push-notifications/read', { up_to_id: 1_000_000 });
  expect(await hears(device, ana, readAll)).toEqual(['read']);
  expect(await hears(device, ana, readAll)).toEqual([]);

  const say = () => api(app, ben).post(`/chats/${chat}/messages`, { content: 'Where are you?' });
  expect(await hears(device, ana, say)).toEqual(['added']);
  const id = (await list(ana)).items[0].data.message_id as string;
  expect((await list(ana)).unread_count).toBe(1);
  expect(await hears(device, ana, () => api(app, ana).put(`/messages/${id}/read`))).toEqual(['read']);
  expect(await hears(device, ana, () => api(app, ben).delete(`/messages/${id}`))).toEqual(['removed']);
  expect(await hears(device, ana, () => push.retract(notes.map(({ userId, key }) => ({ userId, key }))))).toEqual([
    'removed',
  ]);
  expect((await list(ana)).items).toEqual([]);
  expect(await hears(device, ana, () => push.retract([{ userId: ana.id, key: notes[0]!.key }]))).toEqual([]);

  await api(app, ana).put('/profile/notification-preferences', { kinds: { system: { inbox: false } } });
  expect(await hears(device, ana, () => push.notify([buildNote(ana)]))).toEqual([]);
  expect(others.all('notifications_changed')).toEqual([]);
  [device, others].forEach((socket) => socket.close());
});
