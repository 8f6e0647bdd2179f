import { Client } from 'pg';
import { DEFAULT_TENANT, runInContext } from 'src/core/context/context';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { KINDS } from 'test/faults/kinds/all';
import { CALLS, Doors } from 'test/hostile/doors';
import { World } from 'test/hostile/world';
import { image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { multiply } from 'test/support/many-worlds';
import { listen, readsOf, type Statement } from 'test/support/queries';

// All that can be asked, and every kind of work, in a world beside which there are many like it: no statement reads what is in those.

// on busy machines, too
jest.setTimeout(600_000);

const COPIES = 400;
/** There are no more of them where there are more people; or nothing but what waits. */
const ONCE = ['tenants', 'migrations', 'redis_sightings', 'stickers', 'sticker_packs', 'outbox'];
/** What nobody leaves behind here. */
const EMPTY = ['account_erasures', 'geofence_refusals', 'location_fixes', 'recovery_codes', 'user_locations_permanent'];
/** So many rows of a table, or that part of them, may be read. */
const [FEW, PART] = [2000, 0.2];

/** How statements begin that are about all people: of what nobody waits for, or of what only admins ask. */
const ABOUT_ALL = [
  // who of those that share has not moved for a while
  'SELECT DISTINCT l.user_id FROM location_shares s JOIN live_locations l',
  // whom a broadcast reaches
  'SELECT count(*)::int AS n FROM users u WHERE u.tenant_id = $1 AND u.is_active',
  'SELECT u.id, u.language FROM users u WHERE u.tenant_id = $1 AND u.is_active',
  'SELECT p.id, p.cursor, b.tenant_id FROM broadcast_parts p',
  // how pushes do
  'SELECT coalesce(d.device_type, p.device_type)',
  // what is over: there is little else in these
  'WITH changed AS ( DELETE FROM email_codes WHERE ctid = ANY(ARRAY(SELECT ctid FROM email_codes WHERE expires_at < now()',
  'SELECT id FROM data_exports WHERE expires_at < now()',
  // who limits how long his history is kept
  "SELECT to_char(week, 'YYYY-MM-DD') AS week FROM unnest($1::date[]) AS week WHERE",
  'DELETE FROM geofence_events WHERE id IN (SELECT e.id FROM location_settings s',
  // where events name somebody who is erased, an hour of events at a time
  'UPDATE user_events SET data = replace(',
  // the test's own
  "UPDATE video_calls SET status = 'ended', ended_at = now() WHERE ended_at IS NULL",
];

let world: World;
let doors: Doors;
/** Whose statements are heard now: nobody's while a test prepares something. */
let by: string | undefined;
beforeAll(async () => {
  world = await World.whole();
  doors = await Doors.open(world);
  await everything();
  await world.app.db.query('DELETE FROM outbox');
  await multiply(world.app.settings.DATABASE_URL!, COPIES, ONCE);
});
afterAll(async () => {
  doors.close();
  await world.app.close();
});

test('no statement reads the rows of all', async () => {
  const heard = new Map<string, Statement & { by: string }>();
  const hear = (statement: Statement) => {
    if (by && !heard.has(statement.sql)) heard.set(statement.sql, { ...statement, by });
  };
  await listen(world.app, hear, everything);
  const db = new Client({ connectionString: world.app.settings.DATABASE_URL });
  await db.connect();
  try {
    const sizes = await sizesOf(db);
    expect(Object.keys(sizes).filter((table) => sizes[table]! < COPIES)).toEqual(EMPTY);
    const faults: string[] = [];
    for (const { sql, parameters, by: whose } of heard.values())
      for (const [table, rows] of await readsOf(db, { sql, parameters }))
        if (
          rows > FEW &&
          rows > PART * (sizes[table] ?? Infinity) &&
          !ABOUT_ALL.some((start) => inOneLine(sql).startsWith(start))
        )
          faults.push(`${whose} reads ${rows} of ${sizes[table]!} ${table}: ${inOneLine(sql).slice(0, 200)}`);
    expect(faults).toEqual([]);
  } finally {
    await db.end();
  }
});

const inOneLine = (sql: string) => sql.replace(/\s+/g, ' ').trim();

/** Every route and every socket request, by some who may and some who may not; then every kind of work. */
async function everything() {
  const people = ['member', 'owner', 'admin'];
  for (const isAnew of [false, true]) {
    for (const call of CALLS.filter(({ row, person }) => !!row.anew === isAnew && people.includes(person))) {
      by = `${call.name} of ${call.person}`;
      await doors.ask(call);
    }
  }
  by = 'more';
  await more();
  by = 'what came of it';
  await world.app.settle();
  for (const name of Object.keys(KINDS)) await work(name);
  by = undefined;
}

/** What the tables of calls do not leave behind. */
async function more() {
  const { app, people, group } = world;
  const { owner, member, groupAdmin } = people;
  const asks = api(app, owner);
  const said = await world.ok(member, 'POST', `/chats/${group}/messages`, {
    content: `@${owner.username} @${groupAdmin.username}`,
  });
  const { packs } = await world.ok(owner, 'GET', '/media/stickers/packs');
  const { stickers } = await world.ok(owner, 'GET', `/media/stickers/packs/${packs[0].id}`);
  const replies = [
    await asks.delete(`/messages/${said.id}?for=me`),
    await asks.put(`/media/stickers/favorites/${stickers[0].id}`),
    await upload(app, owner, { bytes: image('Landscape_1.jpg') }, { to: '/profile/avatar' }),
    await api(app, groupAdmin).post('/location/update', { latitude: 1, longitude: 1 }),
    await api(app, groupAdmin).put('/location/nearby/visibility', { visible: true }),
    await api(app, groupAdmin).get('/location/nearby?radius_meters=1000'),
    await api(app, member).put('/location/settings', { history: 'days', history_days: 30 }),
    await asks.post('/chats', { chat_type: 'group', name: 'x' }, { headers: { 'Idempotency-Key': `k-${said.id}` } }),
    await api(app, await world.double('owner')).post('/location/update', {
      latitude: 1,
      longitude: 1,
      client_id: 'once',
    }),
    await asks.put('/profile', { username: `${owner.username}_2` }),
  ];
  expect(replies.filter(({ status }) => status >= 300)).toEqual([]);
}

/** Does some work of a kind. */
async function work(name: string) {
  const { app } = world;
  by = undefined;
  await app.db.query('DELETE FROM redis_sightings');
  const { work: payload } = name === 'nearby.fill' ? { work: {} } : await KINDS[name]!(app);
  by = name;
  const context = { tenantId: DEFAULT_TENANT, traceId: name, language: 'en' };
  // some finds that the app's own worker is at it
  await runInContext(context, async () => void (await app.get(WorkRegistry).get(name)!.run(payload))).catch(() => undefined); // oxfmt-ignore
}

async function sizesOf(db: Client): Promise<Record<string, number>> {
  const { rows } = await db.query<{ name: string; size: number }>(
    `SELECT relname AS name, greatest(reltuples, 0)::float8 AS size FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '_w\\d+$' AND relname <> ALL ($1) ORDER BY relname`,
    [ONCE],
  );
  return Object.fromEntries(rows.map(({ name, size }) => [name, size]));
}
