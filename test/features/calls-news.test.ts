import type { PartStatus } from 'src/modules/calls/calls.machine';
import { CallsNews } from 'src/modules/calls/calls.news';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const post = (user: TestUser, path: string, body: object = {}) => api(app, user).post(`/video-calls/${path}`, body);
const heardOf = (socket: TestSocket) => socket.heard.filter(({ name }) => name.startsWith('call_'));

test('a device that was away when another took over learns that the call is not there any more', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const tablet = await anotherDevice(app, ben);
  const { id } = (await dial(app, ana, ben)).body;
  const here = async (device: TestUser) =>
    (await api(app, device).get('/video-calls/active')).body.calls[0].on_this_device;
  expect(await here(ben)).toBe(false);
  await post(ben, `${id}/answer`);
  expect([await here(ana), await here(ben), await here(tablet)]).toEqual([true, true, false]);
  await post(tablet, `${id}/join`);
  expect([await here(ana), await here(ben), await here(tablet)]).toEqual([true, false, true]);
});

test('a device that answers again says how its microphone is now, which the others are told', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const anas = await connect(app, ana);
  const { id } = (await dial(app, ana, ben)).body;
  await post(ben, `${id}/answer`);
  await post(ben, `${id}/answer`);
  await post(ben, `${id}/answer`, { is_muted: true });
  expect(await anas.next('call_participant_updated')).toMatchObject({
    participant: { user_id: ben.id, is_muted: true },
    handed_over: false,
  });
  expect(anas.all('call_participant_updated')).toHaveLength(1);
  anas.close();
});

test('news of one node that comes after newer news of another says nothing that is not so any more', async () => {
  const [ana, ben, eve, joe] = await buildUsers(app, 'ana', 'ben', 'eve', 'joe');
  const [anas, eves] = [await connect(app, ana), await connect(app, eve)];
  const { id } = (await dial(app, ana, { callee_ids: [ben.id, eve.id, joe.id] })).body;
  await post(ben, `${id}/answer`);
  await post(eve, `${id}/decline`);
  await post(ana, `${id}/participants`, { user_ids: [eve.id] }); // rings again
  await post(joe, `${id}/answer`);
  await post(joe, `${id}/end`);
  await post(joe, `${id}/join`);
  await post(ben, `${id}/end`);
  await anas.next('call_participant_left', ({ user_id }) => user_id === ben.id);
  await until('it rings again', () => eves.all('call_initiated').length === 2);
  const counts = async () => {
    await app.settle();
    await Promise.all([anas, eves].map((socket) => socket.ask('set_status', { status: 'online' })));
    return [heardOf(anas).length, heardOf(eves).length];
  };
  const heard = await counts();
  const by = { revision: 1, user_id: null, session_id: null, why: null };
  const part = ({ id: user_id }: TestUser, from: PartStatus, to: PartStatus) => ({ user_id, from, to });
  const parts = [
    part(eve, 'ringing', 'missed'),
    part(eve, 'ringing', 'declined'),
    part(joe, 'joined', 'left'),
    part(ben, 'left', 'joined'),
  ];
  const was = { call_id: id, from: 'ongoing' as const, to: 'ongoing' as const };
  await app.get(CallsNews).changed(parts.map((one) => ({ ...was, parts: [one], ...by })));
  expect(await counts()).toEqual(heard);
  [anas, eves].forEach((socket) => socket.close());
});
