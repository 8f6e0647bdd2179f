import { dial } from 'test/factories/calls';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { count, figure, ONCE, pushesOf, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

/** Ana calls Ben. */
async function ringing(app: TestApp) {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  return { ana, ben, call_id: (await dial(app, ana, ben)).body.id };
}

async function answered(app: TestApp) {
  const all = await ringing(app);
  await api(app, all.ben).post(`/video-calls/${all.call_id}/answer`, {});
  return all;
}

const part =
  (app: TestApp, call: number, { id }: TestUser) =>
  () =>
    figure(app, 'SELECT status FROM call_participants WHERE call_id = $1 AND user_id = $2', call, id);
const status = (app: TestApp, call: number) => () => figure(app, 'SELECT status FROM video_calls WHERE id = $1', call);

export const calls: Kinds = {
  'CallsWorkers.wake': async (app) => {
    const { ben, call_id } = await ringing(app);
    return { work: { call_id, user_ids: [ben.id] }, look: pushesOf(app, `call:${call_id}:%`), is: ONCE };
  },
  'CallsWorkers.quieten': async (app) => {
    const { ana, ben, call_id } = await ringing(app);
    await api(app, ana).post(`/video-calls/${call_id}/end`, {});
    return { work: { call_id, user_ids: [ben.id] }, look: pushesOf(app, `call_missed:${call_id}:%`), is: ONCE };
  },
  'calls.time_out': async (app) => {
    const { ben, call_id } = await ringing(app);
    await app.db.query('UPDATE call_participants SET rings_until = now() WHERE call_id = $1', [call_id]);
    return { work: { call_id }, look: part(app, call_id, ben), is: 'missed' };
  },
  'calls.wake_unheard': async (app) => {
    const { ben, call_id } = await ringing(app);
    const phone = { token: `apns:${call_id}`, device_type: 'ios' };
    const { id } = (await api(app, ben).post('/push-notifications/device-tokens', phone)).body;
    const work = { call_id, user_ids: [ben.id], device_ids: [id] };
    return { work, look: pushesOf(app, `call:${call_id}:%:unheard`), is: ONCE };
  },
  'calls.roll_call': async (app) => {
    const { call_id } = await answered(app);
    await app.db.query('UPDATE call_participants SET absences = 4 WHERE call_id = $1', [call_id]);
    return { work: {}, look: status(app, call_id), is: 'ended' };
  },
  'CallsWorkers.endBetween': async (app) => {
    const { ana, ben, call_id } = await answered(app);
    await api(app, ana).post(`/users/${ben.id}/block`);
    return { work: { user_id: ana.id, other_id: ben.id }, look: status(app, call_id), is: 'ended' };
  },
  'CallsWorkers.leaveChat': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat_id = await buildGroup(app, ana, [ben]);
    const { id } = (await dial(app, ana, { chat_id })).body;
    await api(app, ben).post(`/video-calls/${id}/answer`, {});
    await api(app, ben).post(`/chats/${chat_id}/leave`);
    return { work: { chat_id, user_ids: [ben.id] }, look: part(app, id, ben), is: 'left' };
  },
  'CallsWorkers.leaveWith': async (app) => {
    const { ben, call_id } = await answered(app);
    const session_id = await figure(app, 'SELECT id FROM sessions WHERE user_id = $1', ben.id);
    return { work: { session_id }, look: part(app, call_id, ben), is: 'left' };
  },
  'CallsWorkers.tellChat': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat_id = await buildGroup(app, ana, [ben]);
    const { id } = (await dial(app, ana, { chat_id })).body;
    await api(app, ana).post(`/video-calls/${id}/end`, {});
    const look = count(app, `messages WHERE chat_id = $1 AND metadata ->> 'event' = 'call'`, chat_id);
    return { work: { call_id: id, chat_id, status: 'ended' }, look, is: ONCE };
  },
};
