import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
beforeAll(async () => {
  app = await boot();
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  await buildGroup(app, ana, [ben]);
  await buildPrivateChat(app, ana, ben);
});
afterAll(() => app.close());

const privacy = (user: TestUser, change: object) => api(app, user).put('/profile/privacy', change);
const seenBy = (viewer: TestUser, user: TestUser) => api(app, viewer).get(`/users/${user.id}`);

describe('profiles', () => {
  test('a stranger sees the public part, on both paths', async () => {
    await api(app, ana).put('/profile', { bio: 'Walks', phone_number: '+386 1 234' });
    await api(app, ana).put('/profile/status', { status_message: 'On the trail' });
    for (const path of [`/users/${ana.id}`, `/users/${ana.id}/profile`])
      expect(await api(app, eve).get(path)).toMatchObject({
        status: 200,
        body: {
          id: ana.id,
          username: ana.username,
          display_name: 'ana',
          full_name: 'ana',
          bio: 'Walks',
          status_message: 'On the trail',
          status: 'offline',
          is_online: false,
        },
      });
    const seen = JSON.stringify((await seenBy(eve, ana)).body);
    for (const secret of [ana.email, '234', 'language', 'is_verified']) expect(seen).not.toContain(secret);
  });

  test('nobody, and an account that is not active, are not found', async () => {
    const gone = await buildUser(app, 'gone');
    await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [gone.id]);
    for (const id of [gone.id, '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'])
      expect(await api(app, eve).get(`/users/${id}`)).toMatchObject({ status: 404, body: { code: 'user.not_found' } });
    expect((await api(app, eve).get('/users/nobody')).status).toBe(422);
    expect((await api(app).get(`/users/${ana.id}`)).status).toBe(401);
  });

  test('status and message change together or alone; null empties', async () => {
    const set = async (change: object) => (await api(app, ben).put('/profile/status', change)).body;
    expect(await set({ status: 'away', status_message: 'Lunch 🍜' })).toMatchObject({ status_message: 'Lunch 🍜' });
    expect(await set({ status: 'online' })).toMatchObject({ status_message: 'Lunch 🍜' });
    expect(await set({ status_message: null })).toMatchObject({ status_message: null });
    expect(await set({ status: 'invisible' })).toMatchObject({ status: 422, code: 'validation.failed' });
  });

  test('last_seen is when the last connection ended, unless its owner hides', async () => {
    const [gus, hid] = await buildUsers(app, 'gus', 'hid');
    await api(app, hid).put('/profile/status', { status: 'offline' });
    for (const user of [gus, hid]) {
      const [one, two] = [await connect(app, user), await connect(app, user)];
      one.close();
      two.close();
    }
    await until('gus was seen', async () => (await api(app, gus).get('/profile')).body.last_seen !== null);
    expect((await seenBy(eve, gus)).body.last_seen).toMatch(/^\d{4}-.*Z$/);
    expect((await seenBy(eve, hid)).body.last_seen).toBeNull();
  });

  test('hostile text is refused or kept faithfully, never a fault of ours', async () => {
    const hostile = ['a\u0000b', 'a\ud800b', '\u202Eevil\u202C', 'x'.repeat(10_000), '👩‍👩‍👧', '  '];
    const bodies = hostile.flatMap((text) => [
      ['/profile/status', { status_message: text }],
      ['/profile/status', { status: text }],
      ['/profile', { display_name: text }],
      ['/profile', { bio: text }],
      ['/profile', { phone_number: text }],
      ['/profile', { timezone: text }],
      ['/profile', { language: text }],
      ['/profile/privacy', { find_me: text }],
    ]) as [string, object][];
    for (const [path, body] of bodies) {
      const { status } = await api(app, eve).put(path, body);
      expect({ path, body, status }).toMatchObject({ status: [200, 422].includes(status) ? status : 'neither' });
    }
    const rtl = await api(app, eve).put('/profile/status', { status_message: '\u202Eevil' });
    expect(rtl.body.status_message).toBe('\u202Eevil');
  });

  test('a phone number is as long as it can be kept, and a language is none that is empty', async () => {
    const put = (change: object) => api(app, ana).put('/profile', change);
    const longest = `+${'1'.repeat(19)}`;
    expect(await put({ phone_number: longest })).toMatchObject({ status: 200, body: { phone_number: longest } });
    for (const change of [{ phone_number: `${longest}1` }, { language: '' }])
      expect(await put(change)).toMatchObject({ status: 422, body: { code: 'validation.failed' } });
  });

  test('no body grants a role, a verified address or another tenant', async () => {
    const greedy = { role: 'admin', is_verified: true, tenant_id: 'other', is_active: false, id: ana.id };
    await api(app, eve).put('/profile', { bio: 'x', ...greedy });
    await api(app, eve).put('/profile/status', { status_message: 'x', ...greedy });
    await api(app, eve).put('/settings/privacy', { messages: 'everyone', ...greedy });
    const account = { email: 'greedy@example.org', username: 'greedy', password: 'correct horse battery' };
    expect((await api(app).post('/register', { ...account, ...greedy })).status).toBe(201);
    const rows = await app.db.query(
      'SELECT DISTINCT is_verified, tenant_id FROM users WHERE username = $1 OR id = $2',
      ['greedy', eve.id],
    );
    expect(rows).toEqual([{ is_verified: false, tenant_id: 'default' }]);
  });
});

describe('privacy', () => {
  test('is open at first; what is given changes, on both paths', async () => {
    const fay = await buildUser(app, 'fay');
    const who = { find_me: 'everyone', last_seen: 'everyone', messages: 'everyone', groups: 'everyone' };
    const open = { ...who, read_receipts: true };
    expect((await api(app, fay).get('/profile/privacy')).body).toEqual(open);
    expect((await privacy(fay, { last_seen: 'contacts' })).body).toEqual({ ...open, last_seen: 'contacts' });
    await api(app, fay).put('/settings/privacy', { groups: 'nobody' });
    expect((await api(app, fay).get('/settings/privacy')).body).toEqual({
      ...open,
      last_seen: 'contacts',
      groups: 'nobody',
    });
    expect((await privacy(fay, { messages: 'all' })).status).toBe(422);
  });

  test('who shares a chat sees the profile; strangers only if they may find its owner', async () => {
    for (const find_me of ['contacts', 'nobody']) {
      await privacy(ana, { find_me });
      expect((await seenBy(ben, ana)).status).toBe(200);
      expect((await seenBy(ana, ana)).status).toBe(200);
      expect((await seenBy(eve, ana)).body.code).toBe('user.not_found');
    }
    await privacy(ana, { find_me: 'everyone' });
    expect((await seenBy(eve, ana)).status).toBe(200);
  });

  test('whether somebody is there, and was last, is shown to whom he lets see it', async () => {
    await app.db.query('UPDATE users SET last_seen = now() WHERE id = $1', [ana.id]);
    const socket = await connect(app, ana);
    const here = async (viewer: TestUser) => {
      const { body } = await seenBy(viewer, ana);
      return [body.status, body.is_online, body.last_seen !== null];
    };
    const [shown, hidden] = [['online', true, true], ['offline', false, false]]; // oxfmt-ignore
    for (const [last_seen, toContact, toStranger] of [
      ['everyone', shown, shown],
      ['contacts', shown, hidden],
      ['nobody', hidden, hidden],
    ] as const) {
      await privacy(ana, { last_seen });
      expect([await here(ben), await here(eve)]).toEqual([toContact, toStranger]);
    }
    await privacy(ana, { last_seen: 'everyone' });
    socket.close();
  });

  test('who writes first is no contact by that, nor is who is in the same group; whoever is answered is, and is told', async () => {
    const joe = await buildUser(app, 'joe');
    await buildGroup(app, ana, [joe]);
    const chat = await buildPrivateChat(app, joe, ana);
    const write = async (from: TestUser) =>
      expect((await api(app, from).post(`/chats/${chat}/messages`, { content: 'hello' })).status).toBe(201);
    await write(joe);
    const [joes, bens] = await Promise.all([connect(app, joe), connect(app, ben)]);
    await privacy(ana, { last_seen: 'contacts', groups: 'contacts', find_me: 'contacts' });
    const anas = await connect(app, ana);
    const isOnline = ({ user_id, status }: { user_id: string; status: string }) =>
      user_id === ana.id && status === 'online';
    await bens.next('user_status', isOnline);
    const may = async () => {
      const found = (await api(app, joe).get(`/users/search?q=${ana.username}`)).body.users;
      const { body } = await api(app, joe).get(`/chats/${chat}/participants`);
      const shown = body.participants.find(({ user_id }: { user_id: string }) => user_id === ana.id);
      const group = { chat_type: 'group', name: 'New', participant_ids: [ana.id] };
      const { status } = await api(app, joe).post('/chats', group);
      return [found.length, (await seenBy(joe, ana)).body.is_online, shown.is_online, status];
    };
    expect(await may()).toEqual([0, false, false, 403]);
    expect(joes.all('user_status').some(isOnline)).toBe(false);
    await write(ana);
    await joes.next('user_status', isOnline);
    expect(await may()).toEqual([1, true, true, 201]);
    await privacy(ana, { last_seen: 'everyone', groups: 'everyone', find_me: 'everyone' });
    [anas, bens, joes].forEach((socket) => socket.close());
  });

  test('who may not write to or add somebody can’t begin a chat with him', async () => {
    const make = async (user: TestUser, body: object) => (await api(app, user).post('/chats', body)).body;
    const group = { chat_type: 'group', name: 'New', participant_ids: [ana.id] };
    await privacy(ana, { messages: 'contacts', groups: 'contacts' });
    const refused = { status: 403, code: 'chat.not_permitted', params: { user_ids: ana.id } };
    expect(await make(eve, { participant_ids: [ana.id] })).toMatchObject(refused);
    expect(await make(eve, group)).toMatchObject(refused);
    expect(await make(ben, group)).toMatchObject({ participant_count: 2 });
    expect(await make(ben, { participant_ids: [ana.id] })).toMatchObject({ chat_type: 'private' });
    await privacy(ana, { messages: 'nobody', groups: 'nobody' });
    expect(await make(ben, group)).toMatchObject(refused);
    expect(await make(ben, { participant_ids: [ana.id] })).toMatchObject({ chat_type: 'private' });
    expect(await app.db.query('SELECT FROM chats WHERE created_by = $1', [eve.id])).toEqual([]);
  });
});
