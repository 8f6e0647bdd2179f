import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { connect } from 'test/support/socket';

let app: TestApp, quiet: TestApp;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot();
  quiet = await boot({ beside: app, roles: ['api'] }); // no worker, whose statements would count
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(async () => {
  await quiet.close();
  await app.close();
});

const send = (by: TestUser, chat: number, content = 'x') => api(app, by).post(`/chats/${chat}/messages`, { content });
const list = async (of: TestUser, query = '') => (await api(app, of).get(`/chats?${query}`)).body;
const ids = async (of: TestUser, query = ''): Promise<number[]> =>
  (await list(of, query)).chats.map(({ id }: { id: number }) => id);
const prefer = (by: TestUser, chat: number, body: object) => api(app, by).put(`/chats/${chat}/preferences`, body);

test('each chat comes with the first of the others, and with whether they are there; the number of statements does not grow', async () => {
  const [cid, ...others] = await buildUsers(app, 'cid', 'o1', 'o2', 'o3', 'o4', 'o5', 'o6');
  const pair = await buildPrivateChat(app, cid, others[0]);
  await buildGroup(app, cid, [others[0]]);
  await Promise.all(await ids(cid).then((all) => all.map((id) => send(cid, id))));
  await app.settle();
  const counted = async () => {
    await api(quiet, cid).get('/chats'); // his session is known now
    return countQueries(quiet, () => api(quiet, cid).get('/chats?limit=100'));
  };
  const few = await counted();
  const group = await buildGroup(app, cid, others);
  for (let index = 0; index < 20; index++) await buildGroup(app, cid, others.slice(0, 2), `g${index}`);
  await Promise.all((await ids(cid)).map((id) => send(cid, id)));
  await app.settle();
  const socket = await connect(app, others[0]);
  expect(await counted()).toBe(few);
  const { chats } = await list(cid, 'limit=100');
  expect(chats).toHaveLength(23);
  const shown = (id: number) => chats.find((chat: { id: number }) => chat.id === id).participants;
  expect(shown(pair)).toMatchObject([{ user_id: others[0].id, is_online: true, username: others[0].username }]);
  expect(shown(group).map(({ user_id }: { user_id: string }) => user_id)).toEqual(
    others.slice(0, 5).map(({ id }) => id),
  );
  socket.close();
});

test('pinned chats come first, archived ones not at all, across pages; all devices hear of it and nobody else', async () => {
  const dan = await buildUser(app, 'dan');
  const [one, two, three, four] = (await Promise.all(
    ['1', '2', '3', '4'].map((name) => buildGroup(app, dan, [ana], name)),
  )) as [number, number, number, number];
  for (const id of [one, two, three, four]) await send(dan, id);
  const [phone, anas] = await Promise.all([connect(app, dan), connect(app, ana)]);
  expect((await prefer(dan, one, { is_pinned: true })).body).toMatchObject({ chat_id: one, is_pinned: true });
  await prefer(dan, three, { is_archived: true });
  expect(await ids(dan)).toEqual([one, four, two]);
  expect(await ids(dan, 'archived=true')).toEqual([three]);
  expect(await ids(dan, 'archived=any')).toEqual([one, four, three, two]);
  const paged: number[] = [];
  for (let cursor = ''; ;) {
    const { chats, next_cursor: next } = await list(dan, `archived=any&limit=1${cursor}`);
    paged.push(chats[0].id);
    if (!next) break;
    cursor = `&cursor=${next}`;
  }
  expect(paged).toEqual([one, four, three, two]);
  const told = await phone.next('chat_preferences_updated', ({ chat_id }) => chat_id === three);
  expect(told).toMatchObject({ is_archived: true, is_pinned: false, user_seq: 2 });
  await send(ana, three);
  expect(await ids(dan)).toEqual([one, four, two]); // what is archived stays so
  await prefer(dan, three, { is_archived: false });
  await prefer(dan, one, { is_pinned: false });
  expect(await ids(dan)).toEqual([three, four, two, one]);
  expect(anas.all('chat_preferences_updated')).toEqual([]);
  [phone, anas].forEach((socket) => socket.close());
});

test('a muted chat brings no push, until its time, but of messages that name one', async () => {
  const eve = await buildUser(app, 'eve');
  const chat = await buildGroup(app, ana, [eve, ben]);
  const pushed = async (to: TestUser) => {
    await app.settle();
    const sql = 'SELECT count(*)::int AS count FROM push_notifications WHERE user_id = $1';
    return (await app.db.query<{ count: number }>(sql, [to.id]))[0]!.count;
  };
  expect((await prefer(eve, chat, { is_muted: true })).body).toMatchObject({ is_muted: true, muted_until: null });
  await send(ana, chat);
  expect(await pushed(eve)).toBe(0);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect((await prefer(eve, chat, { muted_until: until })).body).toMatchObject({ is_muted: true, muted_until: until });
  expect((await list(eve)).chats[0]).toMatchObject({ id: chat, is_muted: true, muted_until: until });
  await send(ana, chat);
  expect(await pushed(eve)).toBe(0);
  // as it is told, it can be sent back
  const { body: told } = await prefer(eve, chat, { is_muted: true, muted_until: null });
  expect(told).toMatchObject({ is_muted: true, muted_until: null });
  expect((await prefer(eve, chat, { is_muted: false, muted_until: null })).body).toMatchObject({ is_muted: false });
  await prefer(eve, chat, { muted_until: '2020-01-01T00:00:00Z' });
  expect((await list(eve)).chats[0]).toMatchObject({ is_muted: false, muted_until: null });
  await send(ana, chat);
  expect(await pushed(eve)).toBe(1);
  await prefer(eve, chat, { is_muted: true });
  await send(ana, chat, `come, @${eve.username}`);
  await send(ana, chat, 'come, @all');
  expect(await pushed(eve)).toBe(3);
  for (const body of [{ is_muted: 'yes' }, { muted_until: 'later' }, { is_muted: false, muted_until: until }])
    expect((await prefer(eve, chat, body)).status).toBe(422);
});

test('clearing takes what was said from the caller alone; deleting takes the chat from his list until something new is said', async () => {
  const [fay, gus] = await buildUsers(app, 'fay', 'gus');
  const chat = await buildPrivateChat(app, fay, gus);
  const { body: old } = await send(gus, chat, 'old');
  const phone = await connect(app, fay);
  const messages = async (of: TestUser, query = '') =>
    (await api(app, of).get(`/chats/${chat}/messages?${query}`)).body.messages.map(
      ({ content }: { content: string }) => content,
    );
  expect((await api(app, fay).delete(`/chats/${chat}/messages`)).body).toEqual({ chat_id: chat, up_to_seq: old.seq });
  expect(await phone.next('chat_cleared')).toMatchObject({ chat_id: chat, up_to_seq: old.seq });
  expect((await list(fay)).chats).toMatchObject([{ id: chat, last_message: null, unread_count: 0 }]);
  expect([await messages(fay), await messages(fay, 'after_seq=0'), await messages(gus)]).toEqual([[], [], ['old']]);
  for (const path of [`/chats/${chat}/messages?around=${old.id}`, `/messages/${old.id}/receipts`])
    expect((await api(app, fay).get(path)).status).toBe(404);
  const found = async (of: TestUser) => (await api(app, of).get('/messages/search?q=old')).body.messages;
  expect([await found(fay), await found(gus)]).toMatchObject([[], [{ content: 'old' }]]);

  expect((await api(app, fay).delete(`/chats/${chat}`)).status).toBe(204);
  expect(await phone.next('chat_removed')).toMatchObject({ chat_id: chat, reason: 'hidden' });
  expect([await ids(fay), await ids(gus)]).toEqual([[], [chat]]);
  await send(gus, chat, 'new');
  expect((await list(fay)).chats).toMatchObject([{ id: chat, unread_count: 1, last_message: { content: 'new' } }]);
  expect(await messages(fay)).toEqual(['new']);

  await api(app, fay).delete(`/chats/${chat}`);
  const again = await api(app, fay).post('/chats', { participant_ids: [gus.id] });
  expect(again).toMatchObject({ status: 200, body: { id: chat } });
  expect(await ids(fay)).toEqual([chat]);
  phone.close();
});

test('one’s saved messages are one chat, made once even by two devices at the same moment, and called so in one’s language', async () => {
  const hal = await buildUser(app, 'hal');
  const make = () => api(app, hal).post('/chats', { chat_type: 'saved' }, { headers: { 'X-Language': 'ja' } });
  const made = await Promise.all([make(), make(), make()]);
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  expect(made[0].body).toMatchObject({ chat_type: 'saved', name: '保存メッセージ', participant_count: 1 });
  expect((await send(hal, made[0].body.id, 'remember')).status).toBe(201);
  expect((await list(hal)).chats[0]).toMatchObject({ name: 'Saved messages', unread_count: 0, participants: [] });
  expect((await api(app, hal).post('/chats', { chat_type: 'saved', participant_ids: [ana.id] })).body.code).toBe(
    'chat.saved_needs_nobody',
  );
  expect((await api(app, ana).get(`/chats/${made[0].body.id}`)).status).toBe(404);
});

test('each device hears of one’s saved messages under the name that it would fetch', async () => {
  const ina = await buildUser(app, 'ina');
  const auth = { token: ina.token, language: 'ko' };
  const phone = await connect(app, ina, { auth });
  const made = await api(app, ina).post('/chats', { chat_type: 'saved' }, { headers: { 'X-Language': 'ja' } });
  const { id, name } = await phone.next('chat_created');
  const { data } = await phone.ask('sync');
  phone.close();
  expect(id).toBe(made.body.id);
  expect(name).toBe(data.chats[0].chat.name);
});

test('only whom the group lets may write, and in slow mode only after the wait; a retry gets its first answer', async () => {
  const [ida, jon] = await buildUsers(app, 'ida', 'jon');
  const chat = await buildGroup(app, ida, [jon]);
  const govern = (settings: object) => api(app, ida).put(`/chats/${chat}`, { settings });
  await govern({ who_may_post: 'admins' });
  expect(await send(jon, chat)).toMatchObject({ status: 403, body: { code: 'chat.posting_not_allowed' } });
  expect((await send(ida, chat)).status).toBe(201);
  await govern({ who_may_post: 'members', slow_mode_seconds: 60 });
  const keyed = () => api(app, jon).post(`/chats/${chat}/messages`, { content: 'once', client_id: 'k' });
  const first = await keyed();
  expect(first.status).toBe(201);
  const slowed = await send(jon, chat);
  expect(slowed).toMatchObject({ status: 429, body: { code: 'chat.slow_mode' } });
  expect(Number(slowed.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect((await keyed()).body).toEqual(first.body);
  expect([(await send(ida, chat)).status, (await send(ida, chat)).status]).toEqual([201, 201]);
  await app.db.query(`UPDATE chat_participants SET last_sent_at = now() - interval '61 seconds' WHERE chat_id = $1`, [
    chat,
  ]);
  const both = await Promise.all([send(jon, chat), send(jon, chat)]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 429]);
});
