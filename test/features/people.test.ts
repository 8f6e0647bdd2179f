import { AccountsService } from 'src/modules/users/accounts.service';
import { NamesRepository } from 'src/modules/users/names.repository';
import { SEARCH, searchParameters } from 'src/modules/users/search.repository';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildNamed, buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { plansOf } from 'test/support/queries';

let app: TestApp;
let me: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  me = await buildUser(app, 'me');
});
afterAll(() => app.close());

const search = (q: string, more = '', as = me) => api(app, as).get(`/users/search?q=${encodeURIComponent(q)}${more}`);
const ids = async (...args: Parameters<typeof search>): Promise<string[]> =>
  (await search(...args)).body.users.map(({ id }: { id: string }) => id);
const named = (display_name: string) => buildNamed(app, display_name);

test('by the beginning of a username or of any word of a name, in any case, or by something like it', async () => {
  const zora = await named('Zora Novak-Kos');
  for (const q of [
    'zora',
    'ZOR',
    'novak',
    'nova',
    ' zora novak ',
    'zoraa',
    'novakk',
    zora.username,
    zora.username.slice(0, 12),
  ])
    expect({ q, found: await ids(q) }).toEqual({ q, found: expect.arrayContaining([zora.id]) });
  expect(await ids('ora')).not.toContain(zora.id);
  const [first] = (await search(zora.username)).body.users;
  expect(first).toEqual({ id: zora.id, username: zora.username, display_name: 'Zora Novak-Kos', avatar_url: null });
  const wang = await named('王小明');
  expect(await ids('王')).toEqual([wang.id]);
});

test('the best fit comes first, and pages laid end to end are the list', async () => {
  const made = await Promise.all(Array.from({ length: 7 }, (_, index) => named(`Quentin ${index}`)));
  const all = await ids('quentin', '&limit=100');
  expect(new Set(all)).toEqual(new Set(made.map(({ id }) => id)));
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await search('quentin', `&limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  } while (cursor);
  expect(seen).toEqual(all);
  expect((await search('quentin', '&cursor=forged')).status).toBe(422);
});

test('who does not want to be found is not, nor who is blocked, inactive, of another tenant, or the caller', async () => {
  const [open, contacts, hidden, blocked, blocker, gone, foreign] = (await Promise.all(
    Array.from({ length: 7 }, () => named('Xaver')),
  )) as [TestUser, TestUser, TestUser, TestUser, TestUser, TestUser, TestUser];
  await api(app, me).put('/profile', { display_name: 'Xaver' });
  await api(app, contacts).put('/profile/privacy', { find_me: 'contacts' });
  await api(app, hidden).put('/profile/privacy', { find_me: 'nobody' });
  await api(app, me).post(`/users/${blocked.id}/block`);
  await api(app, blocker).post(`/users/${me.id}/block`);
  await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [gone.id]);
  await app.db.query(`INSERT INTO tenants (id, name) VALUES ('other', 'Other')`);
  await app.db.query(`UPDATE users SET tenant_id = 'other' WHERE id = $1`, [foreign.id]);
  expect(await ids('xaver')).toEqual([open, contacts].slice(0, 1).map(({ id }) => id));
  await buildGroup(app, me, [contacts]);
  await buildPrivateChat(app, me, contacts);
  expect(await ids('xaver')).toEqual([open.id]);
  const { body: chats } = await api(app, contacts).get('/chats');
  const chat = chats.chats.find((one: { chat_type: string }) => one.chat_type === 'private');
  await api(app, contacts).post(`/chats/${chat.id}/messages`, { content: 'hello' });
  expect(new Set(await ids('xaver'))).toEqual(new Set([open.id, contacts.id]));
});

test('wildcards are letters like others, and hostile input is refused or finds nothing', async () => {
  const percent = await named('100% Rok');
  expect(await ids('100%')).toContain(percent.id);
  for (const q of ['%', '_', '\\', '%%%', '_o_', "'; DROP TABLE users", '(', '"', '\\%'])
    expect({ q, ...(await search(q)) }).toMatchObject({ q, status: 200, body: { users: [] } });
  for (const q of ['', '   ', '\u202E', 'a\u0000b', 'x'.repeat(10_000)]) expect((await search(q)).status).toBe(422);
  expect((await api(app, me).get('/users/search')).status).toBe(422);
  expect((await api(app, me).get('/users/search?q=%ED%A0%80')).status).toBeLessThan(500);
  expect((await api(app, me).get('/users/search?q=a&q=b')).status).toBe(422);
  expect((await api(app).get('/users/search?q=a')).status).toBe(401);
  for (const limit of [0, -1, 101, 'x']) expect((await search('a', `&limit=${limit}`)).status).toBe(422);
});

test('among many it goes by the index', async () => {
  for (let thousand = 0; thousand < 8; thousand++)
    await app.db.query(
      `INSERT INTO users (id, tenant_id, username, email, password_hash, display_name)
       SELECT gen_random_uuid(), 'default', 'u' || md5(i::text), i || '@bulk.example', '', md5('n' || i) || ' ' || md5('s' || i)
       FROM generate_series($1::int, $2::int) i`,
      [thousand * 1000, thousand * 1000 + 999],
    );
  await app.get(NamesRepository).fillMissing();
  await app.db.query('VACUUM ANALYZE users');
  const [needle] = await buildUsers(app, 'needle');
  for (const q of ['needle', 'nedle']) {
    const parameters = searchParameters(me.id, q, undefined, 51);
    const plan = await app.db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${SEARCH}`, parameters);
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('ix_users_terms');
    expect(await ids(q)).toEqual([needle.id]);
  }

  for (const q of [needle.email, 'Needl']) {
    const asAdmins = () => app.get(AccountsService).list({ q }, undefined, 51);
    const [plan] = await plansOf(app, 'LIKE', asAdmins);
    expect(plan).toContain('ix_users_terms');
    expect(plan).toContain('ix_users_email');
    expect((await asAdmins()).map(({ id }) => id)).toEqual([needle.id]);
  }
});
