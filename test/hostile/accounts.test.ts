import { readFileSync } from 'node:fs';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Every body of every route about accounts, as openapi.json tells of them: a new route is in by itself.

interface Operation {
  method: 'post' | 'put' | 'patch';
  path: string;
  example: Record<string, unknown>;
  texts: string[];
}

const AREAS = /^\/api\/v1\/(auth|register|login|refresh-token|forgot-password|reset-password|profile|settings|users)\b/;
const document = JSON.parse(readFileSync('openapi.json', 'utf8'));
const schemaOf = (body: any) =>
  document.components.schemas[body?.content?.['application/json']?.schema?.$ref?.split('/').at(-1)];

/** The examples' password is that of the tests' users; what it would allow is not what this is about. */
const wrongPassword = ({ properties }: any) =>
  'current_password' in properties ? { current_password: 'not the password' } : {};

const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, { requestBody }]): Operation[] => {
    const schema = AREAS.test(path) && method !== 'delete' ? schemaOf(requestBody) : undefined;
    if (!schema) return [];
    const fields = Object.entries<any>(schema.properties);
    const texts = fields.filter(([, { type }]) => type === 'string').map(([name]) => name);
    return [
      {
        method: method as Operation['method'],
        path: path.replace('/api/v1', ''),
        example: { ...schema.example, ...wrongPassword(schema) },
        texts,
      },
    ];
  }),
);

const NUL = 'a\u0000b';
const LONE = 'a\ud800b';
const LONG = 'x'.repeat(10_000);
const RIGHT_TO_LEFT = '\u202Egnp.\u202C\u2067x\u2069';
const WRONG_TYPES = [7, true, {}, [], ['a'], { a: 1 }];

/** What the doors could have changed. */
const state = async (app: TestApp) =>
  JSON.stringify([
    await app.db.query('SELECT * FROM users ORDER BY id'),
    await app.db.query('SELECT * FROM two_factors ORDER BY user_id'),
    await app.db.query('SELECT * FROM security_settings ORDER BY user_id'),
    await app.db.query('SELECT * FROM user_blocks ORDER BY 1, 2'),
  ]);

let app: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot();
  ana = await buildUser(app, 'ana');
});
afterAll(() => app.close());

const send = ({ method, path }: Operation, body: unknown) =>
  api(app, ana)[method](path.replace(/\{\w+\}/g, ana.id), body);

test('the document names the routes that this is about', () => {
  const paths = operations.map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(25);
  expect(paths).toEqual(expect.arrayContaining(['/register', '/login', '/profile', '/settings/security']));
});

test('text that nobody can keep, too long or of a wrong type, is refused in every field, and changes nothing', async () => {
  const before = await state(app);
  const bodies = operations.flatMap((operation) =>
    operation.texts.flatMap((field) =>
      [NUL, LONE, LONG, ...WRONG_TYPES].map((value) => ({ operation, body: { ...operation.example, [field]: value } })),
    ),
  );
  expect(bodies.length).toBeGreaterThan(300);
  const wrong: string[] = [];
  for (const { operation, body } of bodies) {
    const { status } = await send(operation, body);
    if (status < 400 || status >= 500)
      wrong.push(`${operation.method} ${operation.path} ${JSON.stringify(body).slice(0, 120)}: ${status}`);
  }
  expect(wrong).toEqual([]);
  expect(await state(app)).toBe(before);
});

test('marks that turn the direction of text are refused or kept as they are, never a fault of ours', async () => {
  for (const operation of operations)
    for (const field of operation.texts) {
      const { status } = await send(operation, { ...operation.example, [field]: RIGHT_TO_LEFT });
      expect({ ...operation, field, status: status < 500 }).toMatchObject({ status: true });
    }
});

test('no body at all, of no object, or broken, is refused', async () => {
  for (const operation of operations)
    for (const body of [undefined, '[]', 'null', '"x"', '7', '{', '']) {
      const { status } = await api(app, ana)[operation.method](operation.path, body, {
        headers: { 'content-type': 'application/json' },
      });
      expect({ ...operation, body, status: status >= 400 && status < 500 }).toMatchObject({ status: true });
    }
});

test('no body grants what it may not', async () => {
  const [bea, others] = [await buildUser(app, 'bea'), { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' }];
  const greedy = {
    ...{ ...others, user_id: others.id, sub: others.id, session_id: others.id },
    ...{ role: 'admin', is_verified: true, verified: true, is_active: false, tenant_id: 'other', tid: 'other' },
    ...{ deactivated_at: '2026-01-31T09:30:00.000Z', suspended_at: '2026-01-31T09:30:00.000Z', suspension_reason: 'x' },
    ...{ created_at: '2020-01-01T00:00:00.000Z', password_hash: 'x', two_factor_enabled: true, last_seen: null },
  };
  const guarded =
    'id, role, is_verified, is_active, tenant_id, deactivated_at, suspended_at, suspension_reason, created_at, password_hash';
  const rows = () => app.db.query(`SELECT ${guarded} FROM users WHERE id = $1`, [bea.id]);
  const before = await rows();
  for (const operation of operations) {
    const { user_id: _, ...others } = greedy;
    const keys = Object.fromEntries(Object.entries(others).filter(([key]) => !(key in operation.example)));
    const body = { ...operation.example, ...keys };
    await api(app, bea)[operation.method](operation.path.replace(/\{\w+\}/g, ana.id), body);
    expect({ ...operation, after: await rows() }).toMatchObject({ after: before });
  }
  const account = { email: 'greedy@example.org', username: 'greedy', password: 'correct horse battery' };
  expect((await api(app).post('/register', { ...account, ...greedy })).status).toBe(201);
  const [made] = await app.db.query(`SELECT ${guarded} FROM users WHERE username = 'greedy'`);
  expect(made).toMatchObject({ role: 'user', is_verified: false, is_active: true, tenant_id: 'default' });
  expect(made).toMatchObject({ deactivated_at: null, suspended_at: null, id: expect.not.stringContaining(greedy.id) });
});
