import { Client } from 'pg';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { listen, readsOf, type Statement } from 'test/support/queries';

// What admins look through, when there is much of it.

const MANY = 20_000;
/** A page, and what is looked at beside it. */
const FEW = 300;
let app: TestApp;
let root: TestUser;
let db: Client;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  root = await buildUser(app, 'root');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  db = new Client({ connectionString: app.settings.DATABASE_URL });
  await db.connect();
  for (const made of [
    `INSERT INTO users (tenant_id, id, email, username, password_hash)
       SELECT 'default', ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '@example.org', 'many_' || n, 'x' FROM n`,
    `INSERT INTO audit_log (tenant_id, action, details, created_at) SELECT 'default', 'report.viewed', '{}', now() - n * interval '1 hour' FROM n`,
    `INSERT INTO reports (tenant_id, user_id, reason, resolved_at)
       SELECT 'default', u.id, 'spam', CASE WHEN u.username LIKE '%7' THEN now() END FROM users u`,
    `INSERT INTO outbox (handler, payload, tenant_id, trace_id, parked_at) SELECT 'push.deliver', '{}', 'default', 'x', now() FROM n`,
  ])
    await db.query(`WITH n AS (SELECT n FROM generate_series(1, ${MANY}) n) ${made}`);
  await db.query('ANALYZE users, audit_log, reports, outbox');
});
afterAll(async () => {
  await db.end();
  await app.close();
});

const YEAR_AGO = new Date(Date.now() - 365 * 86_400_000).toISOString();
const NEXT_DAY = new Date(Date.parse(YEAR_AGO) + 86_400_000).toISOString();

test.each([
  '/admin/users',
  '/admin/users?role=admin',
  '/admin/users?standing=suspended',
  '/admin/users?standing=deactivated',
  '/admin/users?q=many_777',
  '/admin/audit-log',
  '/admin/audit-log?action=user.suspended',
  '/admin/audit-log?actor_id=01990000-0000-7000-8000-000000000005',
  '/admin/audit-log?user_id=01990000-0000-7000-8000-000000000005',
  `/admin/audit-log?from=${YEAR_AGO}&to=${NEXT_DAY}`,
  '/moderation/reports',
  '/moderation/reports?status=resolved',
  '/moderation/reports?user_id=01990000-0000-7000-8000-000000000005',
  '/admin/parked-work',
  '/push-notifications/broadcasts',
])('%s reads little more than it shows, also a page that comes late', async (path) => {
  const asked: Statement[] = [];
  const get = (cursor?: string) =>
    api(app, root).get(cursor ? `${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}` : path);
  await listen(
    app,
    (statement) => asked.push(statement),
    async () => {
      const { status, body } = await get();
      expect(status).toBe(200);
      if (body.next_cursor) expect((await get(body.next_cursor)).status).toBe(200);
    },
  );
  for (const statement of asked.filter(({ sql }) => sql.startsWith('SELECT')))
    for (const [table, rows] of await readsOf(db, statement))
      expect(`${rows > FEW ? rows : 'few'} of ${table}: ${statement.sql}`).toBe(`few of ${table}: ${statement.sql}`);
});

test.each([
  ['/admin/users', () => buildUser(app, 'new')],
  [
    '/admin/audit-log',
    () => db.query(`INSERT INTO audit_log (tenant_id, action, details) VALUES ('default', 'x.y', '{}')`),
  ],
  [
    '/moderation/reports',
    () => db.query(`INSERT INTO reports (tenant_id, user_id, reason) VALUES ('default', $1, 'spam')`, [root.id]),
  ],
  [
    '/admin/parked-work',
    () =>
      db.query(
        `INSERT INTO outbox (handler, payload, tenant_id, trace_id, parked_at) VALUES ('x', '{}', 'default', 'x', now())`,
      ),
  ],
] as const)('%s shows each once, though more come meanwhile', async (path, more) => {
  const page = async (limit: number, cursor?: string) =>
    (await api(app, root).get(`${path}?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)).body as {
      items: { id: number | string }[];
      next_cursor: string;
    };
  const all = (await page(100)).items.map(({ id }) => id);
  const seen: (number | string)[] = [];
  for (let cursor: string | undefined; seen.length < 100;) {
    const { items, next_cursor } = await page(20, cursor);
    seen.push(...items.map(({ id }) => id));
    cursor = next_cursor;
    await more();
  }
  expect(seen).toEqual(all);
});
