import { PersonalDataRegister } from 'src/core/personal-data/register';
import { UsersService } from 'src/modules/users/users.service';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const rename = (user: TestUser, username: string, at = app) => api(at, user).put('/settings/account', { username });
const register = (username: string) =>
  api(app).post('/register', { email: `${username}.2@example.org`, username, password: 'seven clouds over Bled' });
const login = ({ password }: TestUser, username: string) => api(app).post('/login', { username, password });
const found = async (viewer: TestUser, q: string) =>
  (await api(app, viewer).get(`/users/search?q=${q}`)).body.users.map(({ id }: { id: string }) => id) as string[];
const say = async (user: TestUser, chat: number, content: string) =>
  (await api(app, user).post(`/chats/${chat}/messages`, { content })).body;
const letDaysPass = (days: number) =>
  app.db.query(`UPDATE former_usernames SET given_up_at = given_up_at - $1 * interval '1 day'`, [days]);

test('one is called otherwise wherever one is named, signs in by it, and all who see it are told', async () => {
  const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  const [old, next] = [ana.username, `q${ana.username}`];
  const group = await buildGroup(app, ana, [ben]);
  const { id } = await say(ana, group, 'hello');
  const [anas, bens, eves] = [await connect(app, ana), await connect(app, ben), await connect(app, eve)];
  expect((await rename(ana, next.toUpperCase())).body).toMatchObject({ username: next, display_name: 'ana' });
  await anas.next('account_changed', ({ part }) => part === 'profile');
  expect(await anas.next('user_updated')).toMatchObject({ id: ana.id, username: next });
  expect(await bens.next('user_updated')).toMatchObject({ id: ana.id, username: next });
  await eves.ask('ping');
  expect(eves.all('user_updated')).toEqual([]);
  [anas, bens, eves].forEach((socket) => socket.close());

  expect((await login(ana, old)).status).toBe(401);
  expect((await login(ana, next)).body.user.id).toBe(ana.id);
  expect((await found(eve, next))[0]).toBe(ana.id);
  expect((await api(app, eve).get(`/users/${ana.id}`)).body.username).toBe(next);
  const { messages } = (await api(app, ben).get(`/chats/${group}/messages`)).body;
  expect(messages.find((message: { id: number }) => message.id === id).sender_username).toBe(next);
  expect((await api(app, ana).put('/profile', { username: `${next}2`, bio: 'Walks' })).body).toMatchObject({
    username: `${next}2`,
    bio: 'Walks',
  });
});

test('who was away learns of it', async () => {
  const ana = await buildUser(app);
  const { userEvents } = await verifySync(app, ana, () => rename(ana, `${ana.username}_k`));
  expect(userEvents.map(({ data }) => data.part as string)).toEqual(['profile']);
});

test('by the rules of signing up: of such letters, and nobody’s else; what is refused changes nothing', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  for (const bad of ['ab', 'x'.repeat(51), 'with space', 'ana@home', 'añá', 'deleted-0123456789ab', '', null, 7])
    expect((await api(app, ana).put('/profile', { username: bad })).status).toBe(422);
  const { userEvents } = await verifySync(app, ana, async () => {
    for (const name of [ben.username, ben.username.toUpperCase()])
      expect(await api(app, ana).put('/profile', { username: name, bio: 'Walks' })).toMatchObject({
        status: 409,
        body: { code: 'user.username_taken' },
      });
    expect((await rename(ana, ana.username.toUpperCase())).status).toBe(200);
  });
  expect(userEvents).toEqual([]);
  expect((await api(app, ana).get('/profile')).body).toMatchObject({ username: ana.username, bio: null });
  expect(await app.db.query('SELECT FROM former_usernames WHERE user_id = $1', [ana.id])).toEqual([]);
});

test('of those who want one name at once one gets it, and two may not swap behind each other’s back', async () => {
  const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  const wanted = `wanted_${ana.username}`;
  const replies = await Promise.all([ana, ben, cid].map((user) => rename(user, wanted)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  const [dan, eda] = await buildUsers(app, 'dan', 'eda');
  const swap = await Promise.all([rename(dan, eda.username), rename(eda, dan.username)]);
  expect(swap.map(({ status }) => status)).toEqual([409, 409]);
});

test('who changes it twice at once has given up all but one', async () => {
  const ana = await buildUser(app);
  const [one, two] = [`one_${ana.username}`, `two_${ana.username}`];
  await Promise.all([rename(ana, one), rename(ana, two)]);
  const { username } = (await api(app, ana).get('/profile')).body;
  const given = await app.db.query<{ username: string }>('SELECT username FROM former_usernames WHERE user_id = $1', [ana.id]); // oxfmt-ignore
  expect([username, ...given.map((row) => row.username)].sort()).toEqual([ana.username, one, two].sort());
});

describe('a name that was given up', () => {
  test('is nobody else’s for 30 days, however he asks for it; who had it may take it again', async () => {
    const [ana, eve] = await buildUsers(app, 'ana', 'eve');
    await rename(ana, `${ana.username}_k`);
    for (const taken of [await rename(eve, ana.username), await register(ana.username)])
      expect(taken).toMatchObject({ status: 409, body: { code: 'user.username_taken' } });
    expect((await api(app, eve).get('/profile')).body.username).toBe(eve.username);
    await letDaysPass(29);
    expect((await rename(eve, ana.username)).status).toBe(409);
    expect((await rename(ana, ana.username)).status).toBe(200);
    await letDaysPass(31);
    expect((await rename(eve, `${ana.username}_k`)).status).toBe(200);
    expect((await rename(eve, ana.username)).status).toBe(409);
  });

  test('is not snatched in the moment in which it is given up', async () => {
    const [ana, eve] = await buildUsers(app, 'ana', 'eve');
    const [hers, his, new_] = await Promise.all([
      rename(ana, `${ana.username}_k`),
      rename(eve, ana.username),
      register(ana.username),
    ]);
    expect([hers.status, his.status, new_.status]).toEqual([200, 409, 409]);
  });

  test('mentions nobody any more; who was mentioned by it is so still, and who gets it later is not', async () => {
    const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
    const group = await buildGroup(app, ana, [ben, eve]);
    const mentionsOf = async (id: number) =>
      (await api(app, ben).get(`/chats/${group}/messages`)).body.messages.find((one: any) => one.id === id).mentions;
    const unread = async (user: TestUser) => (await api(app, user).get(`/chats/${group}`)).body.unread_mentions;
    const before = await say(ben, group, `@${ana.username} look`);
    await rename(ana, `${ana.username}_k`);
    expect((await say(ben, group, `@${ana.username} look`)).mentions).toEqual([]);
    expect((await say(ben, group, `@${ana.username}_k look`)).mentions).toEqual([ana.id]);
    await letDaysPass(31);
    expect((await rename(eve, ana.username)).status).toBe(200);
    expect(await mentionsOf(before.id)).toEqual([ana.id]);
    expect([await unread(ana), await unread(eve)]).toEqual([2, 0]);
  });

  test('still mentions who was mentioned by it where an edit leaves it, and nobody who has got it since', async () => {
    const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
    const group = await buildGroup(app, ana, [ben, eve]);
    const edit = async (id: number, content: string) =>
      (await api(app, ben).put(`/messages/${id}`, { content })).body.mentions as string[];
    const [{ id }, other] = [await say(ben, group, `@${ana.username} look`), await say(ben, group, 'look')];
    await rename(ana, `${ana.username}_k`);
    expect(await edit(id, `@${ana.username} and @${eve.username}, look`)).toEqual(
      expect.arrayContaining([ana.id, eve.id]),
    );
    expect(await edit(id, `@${ana.username.toUpperCase()} @${ana.username}_k, look`)).toEqual([ana.id]);
    expect(await edit(other.id, `@${ana.username} look`)).toEqual([]);
    await app.db.query(`UPDATE users SET username = $2 WHERE id = $1`, [eve.id, ana.username]);
    expect(await edit(id, `@${ana.username} listen`)).toEqual([ana.id]);
    expect(await edit(other.id, `@${ana.username} listen`)).toEqual([eve.id]);
    expect(await edit(id, 'nobody')).toEqual([]);
    expect(await edit(id, `@${ana.username} again`)).toEqual([eve.id]);
  });

  test('is forgotten after 30 days, but not while others are told of him by it', async () => {
    const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
    await api(app, ana).post('/location/shares', { target_user_id: ben.id, duration_minutes: 60 });
    const kept = async () => {
      await app.get(UsersService).forgetFormerUsernames();
      const rows = await app.db.query<{ user_id: string }>(
        'SELECT user_id FROM former_usernames WHERE user_id = ANY($1)',
        [[ana.id, eve.id]],
      );
      return rows.map((row) => row.user_id);
    };
    await rename(ana, `${ana.username}_k`);
    const isOf = (days: number) =>
      app.db.query(`UPDATE former_usernames SET given_up_at = now() - $1 * interval '1 day'`, [days]);
    await isOf(29);
    expect(await kept()).toEqual([ana.id]);
    await isOf(31);
    await app.db.query(`UPDATE user_events SET created_at = now() - interval '32 days' WHERE user_id = $1`, [ben.id]);
    expect(await kept()).toEqual([ana.id]);
    await rename(eve, `${eve.username}_k`);
    await app.db.query(`DELETE FROM user_events WHERE user_id = $1`, [ben.id]);
    expect(await kept()).toEqual([eve.id]);
  });

  test('is in the export, and goes with the account, also where others were told of it; then it is free', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await api(app, ana).post('/location/shares', { target_user_id: ben.id, duration_minutes: 60 });
    await rename(ana, `renamed_${ana.id.slice(-8)}`);
    const told = () =>
      app.db.query('SELECT FROM user_events WHERE user_id = $1 AND strpos(data::text, $2) > 0', [ben.id, ana.username]);
    expect(await told()).not.toEqual([]);
    const lines: string[] = [];
    for (const { name, pages } of app.get(PersonalDataRegister).sectionsOf(ana.id))
      if (name === 'former_usernames') for await (const page of pages) lines.push(...page);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { username: ana.username, given_up_at: expect.any(String) },
    ]);
    await api(app, ana).delete('/profile', { body: { password: ana.password, immediately: true } });
    await app.settle();
    const isThere = async () => (await app.db.query('SELECT FROM users WHERE id = $1', [ana.id])).length > 0;
    await until('she is gone', async () => !(await isThere()));
    expect(await told()).toEqual([]);
    expect((await register(ana.username)).status).toBe(201);
  });
});

test('it is changed five times a day at most, of which tries that fail are none; and only so many are tried', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const counting = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false' } });
  const codeOf = async (name: string) => (await rename(ana, name, counting)).body.code as string | undefined;
  for (let n = 0; n < 3; n++) expect(await codeOf(ben.username)).toBe('user.username_taken');
  for (let n = 0; n < 5; n++) expect(await codeOf(`${ana.username}_${n}`)).toBeUndefined();
  expect(await codeOf(`${ana.username}_5`)).toBe('rate_limit.exceeded');
  expect(await codeOf(`${ana.username}_4`)).toBeUndefined(); // it is that already
  expect((await api(counting, ana).put('/profile', { bio: 'Walks' })).status).toBe(200);
  const tries = [];
  for (let n = 0; n < 21; n++) tries.push((await rename(ben, ana.username, counting)).body.code as string);
  expect(tries).toEqual([...Array<string>(20).fill('user.username_taken'), 'rate_limit.exceeded']);
  await counting.close();
});
