import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { Client } from 'pg';
import { migrate } from 'src/core/database/migrate';
import { AccountsService } from 'src/modules/users/accounts.service';
import { NamesRepository } from 'src/modules/users/names.repository';
import { buildNamed, buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { launch } from 'test/support/process';
import { plansOf } from 'test/support/queries';

let app: TestApp;
let me: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  me = await buildUser(app, 'me');
});
afterAll(() => app.close());

const found = async (q: string, at = app, as = me): Promise<string[]> =>
  (await api(at, as).get(`/users/search?limit=100&q=${encodeURIComponent(q)}`)).body.users.map(
    ({ id }: { id: string }) => id,
  );
const named = (display_name: string, at = app) => buildNamed(at, display_name);

/** Names, and what each is looked for by. */
const NAMES: Record<string, string[]> = {
  'José Öztürk': ['jose', 'JOSÉ', 'jose\u0301', 'ozturk', 'ÖZTÜRK', 'ｏｚｔ', 'öztürk josé'],
  İbrahim: ['ibrahim', 'İBRAHİM', 'IBRAHIM', 'ıbrahim'],
  'Çağrı IŞIK': ['çağrı', 'ÇAĞRI', 'cagri', 'ışık', 'IŞIK', 'isik'],
  Großmann: ['grossmann', 'GROSSMANN', 'GROẞMANN', 'großm'],
  Νίκος: ['ΝΊΚΟΣ', 'νικος', 'νικοσ'],
  'Łucja Ærø': ['lucja', 'ŁUCJA', 'aero'],
  'Юрий Ёлкин': ['ЮРИЙ', 'елкин'],
  王小明: ['王', '王小'],
  ｶﾞﾝﾊﾞ: ['ガンバ', 'カ\u3099ン'],
  नीता: ['नीता', 'नी'],
  'O’Brien': ['obrien', "o'brien", 'brien'],
  '🦊': ['🦊'],
};

test('in any case, with or without accents, however composed, by all and by admins', async () => {
  for (const [name, asked] of Object.entries(NAMES)) {
    const { id } = await named(name);
    for (const q of asked) expect({ name, q, found: await found(q) }).toMatchObject({ found: [id] });
    for (const q of asked) {
      const asAdmin = await app.get(AccountsService).list({ q }, undefined, 10);
      expect({ q, found: asAdmin.map((user) => user.id) }).toEqual({ q, found: [id] });
    }
  }
});

test('a username of no letters is found by itself', async () => {
  const user = await buildUser(app, 'odd');
  await api(app, user).put('/profile', { username: '____' });
  expect(await found('____')).toEqual([user.id]);
  expect(await found('___')).toEqual([]);
});

test('by what one is called now, and no longer by what one was', async () => {
  const user = await named('Quirin');
  for (const name of ['Quírin', 'Walburga']) await api(app, user).put('/profile', { display_name: name });
  expect([await found('quirin'), await found('walburga')]).toEqual([[], [user.id]]);
  await api(app, user).put('/profile', { username: `zdenka_${user.id.slice(-8)}` });
  expect([await found('zdenka'), await found('walburga'), await found('somebody_')]).toEqual([
    [user.id],
    [user.id],
    expect.not.arrayContaining([user.id]),
  ]);
});

describe('names that nodes of the version before write', () => {
  const write = (id: string, name: string) =>
    app.db.query('UPDATE users SET display_name = $2 WHERE id = $1', [id, name]);
  const insert = (names: string[]) =>
    app.db.query(
      `INSERT INTO users (id, tenant_id, username, email, password_hash, display_name)
       SELECT gen_random_uuid(), 'default', 'old' || n, n || '@example.org', '', name FROM unnest($1::text[]) WITH ORDINALITY AS o (name, n)`,
      [names],
    );
  const fill = () => app.get(NamesRepository).fillMissing();

  test('are found once they have been looked through, by several at once, and not by what they were', async () => {
    await insert(Array.from({ length: 1201 }, (_, n) => `Ödön ${n}`));
    const user = await named('Kunigunde');
    await write(user.id, 'Kreszenz');
    expect([await found('kunigunde'), await found('kreszenz'), await found('odon 1200')]).toEqual([[], [], []]);
    await Promise.all([fill(), fill(), fill()]);
    expect([await found('kunigunde'), await found('kreszenz')]).toEqual([[], [user.id]]);
    expect(await found('odon 1200')).toHaveLength(1);
    expect(await app.db.query('SELECT FROM users WHERE terms IS NULL')).toEqual([]);
    const [plan] = await plansOf(app, 'terms IS NULL', fill);
    expect(plan).toContain('ix_users_unfolded');
  });

  test('are found once the next node has migrated, also when nothing else was to be done', async () => {
    const user = await named('Sieglinde');
    await write(user.id, 'Theophil');
    const { child } = launch({ beside: app, roles: ['api'], main: 'src/migrate.ts' });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect([await found('sieglinde'), await found('theophil')]).toEqual([[], [user.id]]);
  });

  test('and that change meanwhile wait for nobody, and are never found by what they no longer are', async () => {
    const [held, free] = [await named('Notburga'), await named('Ottokar')];
    for (const { id } of [held, free]) await app.db.query('UPDATE users SET terms = NULL WHERE id = $1', [id]);
    const old = new Client({ connectionString: app.settings.DATABASE_URL });
    await old.connect();
    await old.query('BEGIN');
    await old.query(`UPDATE users SET display_name = 'Rosamunde' WHERE id = $1`, [held.id]);
    await fill();
    expect(await found('ottokar')).toEqual([free.id]);
    await old.query('COMMIT');
    await old.end();
    await fill();
    expect([await found('notburga'), await found('rosamunde')]).toEqual([[], [held.id]]);
  });
});

/** A database of its own, if PostgreSQL here knows the locale. */
async function database(how: string): Promise<{ name: string; url: string } | undefined> {
  const name = `muster_test_${randomBytes(4).toString('hex')}`;
  try {
    await app.admin(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${how}`);
  } catch (error) {
    if (/locale name|ICU is not supported/.test(String(error))) return undefined;
    throw error;
  }
  return { name, url: Object.assign(new URL(app.settings.DATABASE_URL!), { pathname: `/${name}` }).href };
}

test.each([
  "LOCALE 'C'",
  "LOCALE 'tr_TR.UTF-8'",
  // Turkish where the system has no such locale
  "LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'",
])('in a database of %s all are found, by the index', async (how) => {
  const own = await database(how);
  if (!own) return;
  await migrate(own.url);
  let log = '';
  const logTo = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
  const node = await boot({ beside: app, roles: ['api'], env: { DATABASE_URL: own.url, LOG_LEVEL: 'warn' }, logTo });
  const viewer = await buildUser(node, 'me');
  const people = await Promise.all(Object.keys(NAMES).map((name) => named(name, node)));
  for (const [index, asked] of Object.values(NAMES).entries())
    for (const q of asked) expect({ q, found: await found(q, node, viewer) }).toEqual({ q, found: [people[index]!.id] });
  const login = { username: viewer.username.toUpperCase(), password: viewer.password };
  expect((await api(node).post('/login', login)).status).toBe(200);
  await node.db.query(
    `INSERT INTO users (id, tenant_id, username, email, password_hash)
     SELECT gen_random_uuid(), 'default', md5(i::text), i || '@bulk.example', '' FROM generate_series(1, 5000) i`,
  );
  await node.get(NamesRepository).fillMissing();
  await node.db.query('VACUUM ANALYZE users');
  const [plan] = await plansOf(node, 'FROM users u', () => found('王小', node, viewer));
  expect(plan).toContain('ix_users_terms');
  await node.close();
  await app.admin(`DROP DATABASE ${own.name} WITH (FORCE)`);
  expect(log).toBe('');
}); // oxfmt-ignore
