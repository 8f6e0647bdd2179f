import { PushService } from 'src/modules/push/push.service';
import { buildNote } from 'test/factories/notes';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { count, figure, GONE, ONCE, pushesOf, repeated, takenBack, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

export const push: Kinds = {
  'push.deliver': async (app) => {
    const ana = await buildUser(app, 'ana');
    const id = await notification(app, ana);
    const look = () =>
      figure(
        app,
        `SELECT string_agg(attempts || ' ' || (sent_at IS NOT NULL), ',') FROM push_deliveries WHERE notification_id = $1`,
        id,
      );
    return { work: { notification_ids: [id] }, look, is: '0 true' };
  },
  // what is gone from a device already does no harm there
  'push.take_back': async (app) => {
    const id = await notification(app, await buildUser(app, 'ana'));
    await app.db.query('UPDATE push_notifications SET is_sent = true, withdrawn_at = now() WHERE id = $1', [id]);
    const look = count(app, 'push_notifications WHERE id = $1 AND withdrawn_at IS NOT NULL', id);
    return { work: { notification_ids: [id] }, look, is: ONCE };
  },
  'push.forget_old': async (app) => {
    const id = await notification(app, await buildUser(app, 'ana'));
    const sql = `UPDATE push_notifications SET created_at = now() - interval '99 days' WHERE id = $1`;
    return repeated(app, app.db.query(sql, [id]), 'push_notifications WHERE id = $1', id);
  },
  'PushWorkers.forgetDevices': async (app) => {
    const ana = await buildUser(app, 'ana');
    await notification(app, ana);
    const session_id = await figure(app, 'SELECT session_id FROM device_tokens WHERE user_id = $1', ana.id);
    const look = count(app, 'device_tokens WHERE user_id = $1', ana.id);
    return { work: { session_id, reason: 'revoked' }, look, is: GONE };
  },
  'PushWorkers.forgetEachOther': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const note = buildNote(ben, { aboutUserId: ana.id });
    await app.get(PushService).notify([note]);
    await api(app, ana).post(`/users/${ben.id}/block`);
    return { work: { user_id: ana.id, other_id: ben.id }, look: takenBack(app, note.key), is: ONCE };
  },
  'push.broadcast': async (app) => {
    const { part, look } = await broadcast(app, 'ja');
    return { work: { part_id: part, after: null }, look, is: ['done', 3] };
  },
  'push.resume_broadcasts': async (app) => {
    const { part, look } = await broadcast(app, 'ko');
    const sql = `UPDATE broadcast_parts SET due_at = now() - interval '1 hour', moved_at = now() - interval '1 hour' WHERE id = $1`;
    await app.db.query(sql, [part]);
    return { work: {}, look, is: ['done', 3] };
  },
};

/** One that is to be sent to a phone. */
async function notification(app: TestApp, user: TestUser): Promise<number> {
  await api(app, user).post('/push-notifications/device-tokens', { token: `fcm:${user.id}`, device_type: 'android' });
  const note = buildNote(user);
  await app.get(PushService).notify([note]);
  return figure(app, 'SELECT id FROM push_notifications WHERE dedupe_key = $1', note.key);
}

/** To three people who read a language. */
async function broadcast(app: TestApp, language: string) {
  const [root, ...people] = await buildUsers(app, 'root', 'ana', 'ben', 'cid');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  await app.db.query('UPDATE users SET language = $2 WHERE id = ANY($1)', [people.map(({ id }) => id), language]);
  const draft = { title: 'Hello', body: 'World', segment: { languages: [language] } };
  const { id } = (await api(app, root).post('/push-notifications/broadcast', draft)).body;
  const part = await figure(app, 'SELECT id FROM broadcast_parts WHERE broadcast_id = $1', id);
  const look = async () => [
    await figure(app, 'SELECT status FROM broadcasts WHERE id = $1', id),
    await pushesOf(app, `broadcast:${id}`)(),
  ];
  return { part, look };
}
