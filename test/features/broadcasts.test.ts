import { Jobs } from 'src/core/jobs/jobs';
import { BroadcastRun } from 'src/modules/push/broadcasts.run';
import { BroadcastsService } from 'src/modules/push/broadcasts.service';
import { buildUser, principalOf, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const CROWD = 2000;

let app: TestApp;
let root: TestUser, eve: TestUser;
beforeAll(async () => {
  app = await boot();
  root = await buildUser(app, 'root');
  eve = await buildUser(app, 'eve');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
});
afterAll(() => app.close());

/** So many people, in languages and time zones by turns, every third with an Android, every fourth with a browser. */
async function crowd(name: string, count: number) {
  await app.db.query(
    `INSERT INTO users (id, tenant_id, username, email, password_hash, language, timezone)
     SELECT gen_random_uuid(), 'default', $1 || i, $1 || i || '@example.org', '-',
       (ARRAY['en', 'ja', 'ko', NULL])[1 + i % 4], (ARRAY['UTC', 'Asia/Tokyo'])[1 + i % 2]
     FROM generate_series(1, $2::int) i`,
    [name, count],
  );
  await app.db.query(
    `INSERT INTO device_tokens (user_id, token, device_type)
     SELECT u.id, $1 || d.kind || i, d.kind
     FROM generate_series(1, $2::int) i JOIN users u ON u.username = $1 || i
     JOIN (VALUES ('android', 3), ('web', 4)) d (kind, every) ON i % d.every = 0`,
    [name, count],
  );
}
const text = { title: 'Hello', body: 'World' };
const broadcasts = (actor = root) => api(app, actor);
const start = async (body: object = {}) =>
  (await broadcasts().post('/push-notifications/broadcast', { ...text, ...body })).body;
const read = async (id: number) => (await broadcasts().get(`/push-notifications/broadcasts/${id}`)).body;
const done = (id: number) => until('it is done', async () => (await read(id)).status === 'done', 60);
const partOf = async (id: number) =>
  (await app.db.query<{ id: number }>('SELECT id FROM broadcast_parts WHERE broadcast_id = $1', [id]))[0]!;
/** How often each of the users was told of it: count of times → users. */
const told = async (id: number) => {
  const rows = await app.db.query<{ times: number; users: number }>(
    `SELECT times::int, count(*)::int AS users FROM (
       SELECT u.id, count(n.id) AS times FROM users u LEFT JOIN push_notifications n
         ON n.user_id = u.id AND n.data ->> 'broadcast_id' = $1 GROUP BY u.id) t GROUP BY times ORDER BY times`,
    [String(id)],
  );
  return Object.fromEntries(rows.map(({ times, users }) => [times, users]));
};
const everybody = async () => {
  const [row] = await app.db.query<{ n: number }>('SELECT count(*)::int AS n FROM users WHERE is_active');
  return row!.n;
};

test('only admins broadcast, and what they send is checked', async () => {
  const routes = [
    ['post', '/push-notifications/broadcast'],
    ['post', '/push-notifications/broadcast/dry-run'],
    ['get', '/push-notifications/broadcasts'],
    ['get', '/push-notifications/broadcasts/1'],
    ...['pause', 'resume', 'cancel'].map((act) => ['post', `/push-notifications/broadcasts/1/${act}`]),
  ] as ['get' | 'post', string][];
  for (const [method, path] of routes) {
    const by = async (actor?: TestUser) =>
      (await (method === 'get' ? api(app, actor).get(path) : api(app, actor).post(path, text))).status;
    expect([await by(), await by(eve)]).toEqual([401, 403]);
  }
  for (const wrong of [
    { title: '' },
    { title: 'x'.repeat(101) },
    { body: 'x'.repeat(10_000) },
    { title: '\0' },
    { local_time: '9:00' },
    { local_time: '24:00' },
    { scheduled_at: '2099-01-01T00:00:00Z' },
    { scheduled_at: 'soon' },
    { data: { from: 'x'.repeat(2000) } },
    { data: { 'not a name': 'x' } },
    { translations: { ja: { title: 'x' } } },
    { translations: { "ja'; --": text } },
    { segment: { platforms: ['fridge'] } },
    { segment: { languages: ['%'] } },
    { notification_type: 'admin' },
  ])
    expect(await broadcasts().post('/push-notifications/broadcast', { ...text, ...wrong })).toMatchObject({
      status: 422,
    });
  expect((await broadcasts().get('/push-notifications/broadcasts/999')).body.code).toBe('push.broadcast_not_found');
  expect((await broadcasts().get('/push-notifications/broadcasts')).body.broadcasts).toEqual([]);
  expect(await everybody()).toBe(2);
});

test('of two thousand people each is told once, in his language, though workers are killed and calls come again', async () => {
  await crowd('many', CROWD);
  const admins = await connect(app, root);
  // three chunks lose their connection: before a notification, between two of them, and when all is done but the commit
  await app.db.source.query(`
    CREATE SEQUENCE kills;
    CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('kills') = ANY(TG_ARGV::bigint[]) THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER kill BEFORE INSERT ON push_notifications FOR EACH ROW
      WHEN (NEW.data ? 'broadcast_id') EXECUTE FUNCTION kill(1, 250);
    CREATE SEQUENCE moves;
    CREATE FUNCTION kill_late() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('moves') = 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER kill_late AFTER UPDATE ON broadcast_parts FOR EACH ROW EXECUTE FUNCTION kill_late();
  `);
  const made = await start({ translations: { jp: { title: 'やあ', body: '世界' } } });
  expect(made).toMatchObject({ status: 'scheduled', recipients: CROWD + 2, processed_count: 0, created_by: root.id });
  const part = await partOf(made.id);
  await until('some are told', async () => (await read(made.id)).processed_count > 0, 60);
  // a worker that was killed after the commit is called once more for the same
  await app.get(Jobs).enqueue('push.broadcast', { part_id: part.id, after: null });
  await app.get(BroadcastRun).step(part.id, null);
  await done(made.id);
  const [kills] = await app.db.query<{ rows: number; moves: number }>(
    `SELECT (SELECT last_value FROM kills)::int AS rows, (SELECT last_value FROM moves)::int AS moves`,
  );
  expect(kills!.rows).toBeGreaterThan(CROWD + 250);
  expect(kills!.moves).toBeGreaterThan(5);
  await app.db.source.query('DROP TRIGGER kill ON push_notifications; DROP TRIGGER kill_late ON broadcast_parts');
  expect(await told(made.id)).toEqual({ 1: CROWD + 2 });
  expect(await read(made.id)).toMatchObject({ processed_count: CROWD + 2, finished_at: expect.any(String) });
  await admins.next('broadcast_progress', ({ id, status }) => id === made.id && status === 'done');
  const counts = admins.all('broadcast_progress').map(({ processed_count }) => processed_count);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  admins.close();
});

test('a segment narrows it, and a dry run counts without telling anybody', async () => {
  const count = async (segment: object) =>
    (await broadcasts().post('/push-notifications/broadcast/dry-run', { segment })).body.recipients;
  const all = await everybody();
  expect(await count({})).toBe(all);
  expect(await count({ languages: ['jp'] })).toBe(CROWD / 4);
  expect(await count({ languages: ['en'] })).toBe(CROWD / 2 + 2); // with those who have chosen none
  expect(await count({ platforms: ['web'] })).toBe(CROWD / 4);
  expect(await count({ platforms: ['android', 'web'], languages: ['ko'] })).toBe(Math.floor((CROWD - 6) / 12) + 1);
  expect(await count({ tenant_id: 'other' })).toBe(0);
  await app.db.query(`UPDATE users SET last_seen = '2001-01-01' WHERE username IN ('many1', 'many2')`);
  await app.db.query(`UPDATE users SET is_active = false WHERE username = 'many3'`);
  expect(await count({})).toBe(all - 1);
  const seen = { seen_after: '2000-01-01T00:00:00Z', languages: ['ja', 'ko'] };
  expect(await count(seen)).toBe(2);
  expect(await count({ ...seen, seen_after: '2001-06-01T00:00:00Z' })).toBe(0);
  expect(await count({ not_seen_after: '2000-01-01T00:00:00Z', languages: ['ja', 'ko'] })).toBe(CROWD / 2 - 2);
  // who is here now has not gone yet, and who hides leaves no trace of when she went
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  await app.db.query('UPDATE users SET last_seen = NULL WHERE id = ANY($1)', [[root.id, eve.id]]);
  expect(await count({ seen_after: anHourAgo })).toBe(2);
  expect(await count({ not_seen_after: anHourAgo })).toBe(all - 3);
  await app.db.query(`UPDATE sessions SET last_active_at = now() - interval '2 hours' WHERE user_id = $1`, [eve.id]);
  expect(await count({ seen_after: anHourAgo })).toBe(1);
  expect(await count({ not_seen_after: anHourAgo })).toBe(all - 2);
  const made = await start({ segment: seen });
  await done(made.id);
  expect(await told(made.id)).toEqual({ 0: CROWD, 1: 2 });
});

test('it waits for its time, each person’s own if asked, also for those who move meanwhile', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const later = await start({ scheduled_at: soon });
  expect(later).toMatchObject({ status: 'scheduled', scheduled_at: soon, started_at: null });
  const local = await start({ local_time: '09:00', segment: { languages: ['ja', 'ko'] } });
  const parts = await app.db.query<{ id: number; time_zone: string | null; at: string; is_last: boolean }>(
    `SELECT id, time_zone, to_char(due_at AT TIME ZONE time_zone, 'HH24:MI') AS at,
       due_at = max(due_at) OVER () AS is_last FROM broadcast_parts WHERE broadcast_id = $1 ORDER BY time_zone`,
    [local.id],
  );
  expect(parts.map(({ time_zone, at }) => [time_zone, at])).toEqual([
    ['Asia/Tokyo', '09:00'],
    ['UTC', '09:00'],
    [null, null],
  ]);
  const everywhere = parts.pop()!;
  expect(everywhere.is_last).toBe(true);
  await app.settle();
  expect([await told(later.id), await told(local.id)]).toEqual([{ 0: CROWD + 2 }, { 0: CROWD + 2 }]);
  const run = app.get(BroadcastRun);
  for (const { id } of parts) {
    await run.step(id, null);
    await app.settle();
    // he has been told already
    await app.db.query(`UPDATE users SET timezone = 'UTC' WHERE username = 'many1'`);
  }
  expect((await read(local.id)).processed_count).toBe(CROWD / 2);
  expect(await told(local.id)).toEqual({ 0: CROWD / 2 + 2, 1: CROWD / 2 });
  // these have moved while it was nine o'clock in neither zone
  await app.db.query(
    `DELETE FROM push_notifications WHERE data ->> 'broadcast_id' = $1
       AND user_id IN (SELECT id FROM users WHERE username IN ('many1', 'many2'))`,
    [String(local.id)],
  );
  await run.step(everywhere.id, null);
  await done(local.id);
  expect(await told(local.id)).toEqual({ 0: CROWD / 2 + 2, 1: CROWD / 2 });
});

test('it is paused, goes on where it stood, and is cancelled; every act is in the audit log', async () => {
  const act = (id: number, name: string) => broadcasts().post(`/push-notifications/broadcasts/${id}/${name}`);
  const made = await start({ scheduled_at: new Date(Date.now() + 3_600_000).toISOString() });
  const part = await partOf(made.id);
  const run = app.get(BroadcastRun);
  expect((await act(made.id, 'pause')).body.status).toBe('paused');
  await run.step(part.id, null);
  expect((await read(made.id)).processed_count).toBe(0);
  expect((await act(made.id, 'resume')).status).toBe(200);
  // at once, so that no worker comes between
  await app.db.tx(async () => {
    await run.step(part.id, null);
    await app.get(BroadcastsService).pause(principalOf(root), made.id);
  });
  await app.settle();
  expect(await read(made.id)).toMatchObject({ status: 'paused', processed_count: 500, finished_at: null });
  await app.db.query('UPDATE broadcast_parts SET due_at = now() WHERE id = $1', [part.id]);
  expect((await act(made.id, 'resume')).body.status).toBe('running');
  await done(made.id);
  expect(await told(made.id)).toEqual({ 0: 1, 1: CROWD + 1 });

  const other = await start({ scheduled_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await act(other.id, 'cancel')).body).toMatchObject({ status: 'cancelled', finished_at: expect.any(String) });
  await run.step((await partOf(other.id)).id, null);
  expect((await told(other.id))[1]).toBeUndefined();
  for (const id of [made.id, other.id])
    for (const name of ['pause', 'resume', 'cancel'])
      expect(await act(id, name)).toMatchObject({ status: 409, body: { code: 'push.broadcast_over' } });
  const { entries } = (await broadcasts().get('/admin/audit-log?action=broadcast.')).body;
  const acts = (id: number) =>
    entries.flatMap((entry: any) => (entry.details.broadcast_id === String(id) ? [entry.action] : [])).reverse();
  expect(acts(made.id)).toEqual(
    ['created', 'paused', 'resumed', 'paused', 'resumed'].map((name) => `broadcast.${name}`),
  );
  expect(acts(other.id)).toEqual(['broadcast.created', 'broadcast.cancelled']);
});

test('a call that was given up is made again', async () => {
  const made = await start({
    scheduled_at: new Date(Date.now() + 3_600_000).toISOString(),
    segment: { languages: ['xx'] },
  });
  await app.db.query(`DELETE FROM outbox WHERE handler = 'push.broadcast'`);
  await app.db.query(
    `UPDATE broadcast_parts SET due_at = now() - interval '10 minutes', moved_at = now() - interval '10 minutes'
     WHERE broadcast_id = $1`,
    [made.id],
  );
  await app.get(BroadcastRun).resumeStalled();
  await done(made.id);
  expect((await broadcasts().get('/push-notifications/broadcasts?limit=1')).body).toMatchObject({
    broadcasts: [{ id: made.id, status: 'done', processed_count: 0 }],
    next_cursor: expect.any(String),
  });
});

test('admins see how pushes do: what waits, what was given up, and why others do not go out', async () => {
  for (const actor of [undefined, eve])
    expect((await api(app, actor).get('/admin/push/health')).status).toBe(actor ? 403 : 401);
  for (const hours of ['0', '169', 'x', '-1'])
    expect((await broadcasts().get(`/admin/push/health?hours=${hours}`)).status).toBe(422);
  await app.settle();
  const look = async () => (await broadcasts().get('/admin/push/health?hours=2')).body;
  const before = await look();
  expect(before.providers).toEqual({ fcm: false, web_push: false });
  expect(before.queue.waiting).toBe(0);
  expect(before.platforms).toEqual([
    { device_type: 'android', active_devices: Math.floor(CROWD / 3), sent: expect.any(Number), failed: 0, retried: 0 },
    { device_type: 'web', active_devices: CROWD / 4, sent: expect.any(Number), failed: 0, retried: 0 },
  ]);
  expect(before.platforms[0].sent).toBeGreaterThanOrEqual(Math.floor(CROWD / 3));
  const { total, sent, pending, unsent } = before.notifications;
  expect(total).toBe(sent + pending + unsent);
  expect(before.reasons.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(unsent);
  await app.db.query(
    `INSERT INTO outbox (handler, payload, tenant_id, trace_id, parked_at, error) VALUES ('push.deliver', '{}', 'default', '', now(), 'x')`,
  );
  expect((await look()).queue.parked).toBe(before.queue.parked + 1);
});
