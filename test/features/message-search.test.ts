import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries, plansOf } from 'test/support/queries';

let app: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
let chat: number, other: number, secret: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  chat = await buildGroup(app, ana, [ben]);
  other = await buildGroup(app, ana, [ben]);
  secret = await buildGroup(app, eve, [ben]);
});
afterAll(() => app.close());

const post = async (content: string, to = chat, user = ana) =>
  (await api(app, user).post(`/chats/${to}/messages`, { content })).body;
const search = async (q: string, filters: Record<string, string> = {}, user = ana, path = '/messages/search') =>
  (await api(app, user).get(`${path}?${new URLSearchParams({ q, ...filters }).toString()}`)).body;
const said = (body: any) => body.messages.map(({ content }: { content: string }) => content);
const found = async (q: string, filters?: Record<string, string>) => said(await search(q, filters));

test('words are found by their beginnings, in any case and order, with and without accents', async () => {
  await post('Tomorrow we climb the Große Café mountain');
  for (const q of ['climb', 'CLI', 'mountain tomorrow', 'cafe', 'café', 'große climb'])
    expect(await found(q)).toEqual(['Tomorrow we climb the Große Café mountain']);
  for (const q of ['limb', 'climb never', '?!']) expect(await found(q)).toEqual([]);
});

test('Chinese, Japanese and Korean are found by any part', async () => {
  const texts = ['明天我们去东京塔看日出', '東京都へ行きます', '내일 서울역에서 만나요', 'ｶﾀｶﾅのテスト', '东方有京剧'];
  for (const text of texts) await post(text);
  expect(await found('东京')).toEqual([texts[0]]);
  expect(await found('日出')).toEqual([texts[0]]);
  expect(await found('出')).toEqual([texts[0]]);
  expect(await found('京都')).toEqual([texts[1]]);
  expect(await found('行きます')).toEqual([texts[1]]);
  expect(await found('서울역')).toEqual([texts[2]]);
  expect(await found('울역 만나')).toEqual([texts[2]]);
  expect(await found('カタカナ')).toEqual([texts[3]]);
  expect(await found('京东')).toEqual([]);
});

test('in one chat or in all of one’s own, never in those of others, nor in one that one has left', async () => {
  await post('kingfisher one');
  await post('kingfisher two', other);
  await post('kingfisher three', secret, eve);
  expect(await found('kingfisher')).toEqual(['kingfisher two', 'kingfisher one']);
  expect(said(await search('kingfisher', {}, ana, `/chats/${chat}/messages/search`))).toEqual(['kingfisher one']);
  expect(await search('kingfisher', {}, ana, `/chats/${secret}/messages/search`)).toMatchObject({
    code: 'chat.not_found',
  });
  const leaving = await buildGroup(app, ana, [ben]);
  await post('kingfisher four', leaving);
  await app.db.query('UPDATE chat_participants SET left_at = now() WHERE chat_id = $1 AND user_id = $2', [
    leaving,
    ben.id,
  ]);
  expect(said(await search('kingfisher four', {}, ben))).toEqual([]);
});

test('by sender, type and date, in pages', async () => {
  const sent = [];
  for (const [user, text] of [
    [ana, 'heron 1'],
    [ben, 'heron 2'],
    [ana, 'heron 3'],
  ] as const)
    // oxfmt-ignore
    sent.push(await post(text, chat, user));
  await api(app, ben).post(`/chats/${chat}/messages`, {
    message_type: 'location',
    metadata: { latitude: 1, longitude: 2, name: 'Heron pond' },
  });
  expect(await found('heron', { sender_id: ana.id })).toEqual(['heron 3', 'heron 1']);
  expect(await found('heron', { type: 'text' })).toEqual(['heron 3', 'heron 2', 'heron 1']);
  expect((await search('pond', { type: 'location' })).messages).toMatchObject([{ metadata: { name: 'Heron pond' } }]);
  expect(await found('heron', { from: sent[1].created_at, to: sent[2].created_at })).toEqual(['heron 2']);
  const first = await search('heron', { limit: '2', type: 'text' });
  expect(said(first)).toEqual(['heron 3', 'heron 2']);
  expect(await search('heron', { limit: '2', type: 'text', cursor: first.next_cursor })).toMatchObject({
    items: [{ content: 'heron 1' }],
    next_cursor: null,
  });
  const bad: Record<string, string>[] = [
    { sender_id: 'x' },
    { type: 'telepathy' },
    { from: 'yesterday' },
    { limit: '0' },
    { cursor: 'forged' },
    { q: '' },
    { q: 'a\0b' },
    { q: 'x'.repeat(201) },
  ];
  for (const filters of bad) expect((await search('heron', filters)).code).toBe('validation.failed');
});

test('what was edited is found as it is now; what is deleted or hidden is not', async () => {
  const [edited, deleted, hidden] = [
    await post('osprey old'),
    await post('osprey gone'),
    await post('osprey hidden', chat, ben),
  ];
  await api(app, ana).put(`/messages/${edited.id}`, { content: 'osprey new' });
  await api(app, ana).delete(`/messages/${deleted.id}`);
  await api(app, ana).delete(`/messages/${hidden.id}?for=me`);
  expect(await found('osprey')).toEqual(['osprey new']);
  expect(await found('osprey old')).toEqual([]);
  expect(said(await search('osprey', {}, ben))).toEqual(['osprey hidden', 'osprey new']);
});

test('nothing that is typed can break a query', async () => {
  for (const q of [
    `' | '#${secret}`,
    `a'; DROP TABLE messages; --`,
    '\\',
    ':* & |',
    '!(a)',
    '<->',
    '🙂',
    `${'x'.repeat(199)}é`,
  ])
    expect(await search(q)).toHaveProperty('messages');
});

test('links and media of a chat, newest first, in pages', async () => {
  const group = await buildGroup(app, ana, [ben]);
  await post('nothing here', group);
  await post('see example.org/one', group);
  const { id } = await post('地図はhttps://example.com/二', group);
  const gif = { message_type: 'gif', metadata: { url: 'https://media.giphy.com/x.gif' } };
  await api(app, ana).post(`/chats/${group}/messages`, gif);
  const links = (query = '') => api(app, ben).get(`/chats/${group}/links?${query}`);
  const first = (await links('limit=1')).body;
  expect(first.messages).toMatchObject([{ id }]);
  expect(said((await links(`limit=1&cursor=${first.next_cursor}`)).body)).toEqual(['see example.org/one']);
  expect((await api(app, ben).get(`/chats/${group}/media`)).body.messages).toMatchObject([gif]);
  await api(app, ana).put(`/messages/${id}`, { content: 'no link any more' });
  expect(said((await links()).body)).toEqual(['see example.org/one']);
  for (const list of ['links', 'media']) expect((await api(app, eve).get(`/chats/${group}/${list}`)).status).toBe(404);
});

test('among many messages an index is used, and the number of statements stays', async () => {
  await app.db.query(
    `INSERT INTO messages (chat_id, seq, ordinal, sender_id, content, terms)
     SELECT $1::bigint, 1000 + n, 1000 + n, $2::uuid, repeat('filler ', 100) || n, ('''#' || $1::bigint || ''' ''filler'':1 ''word' || n || ''':2')::tsvector FROM generate_series(1, 20000) n`,
    [other, ben.id],
  );
  await app.db.query('ANALYZE messages');
  await post('今日は鰻丼を食べた', other);
  const [plan] = await plansOf(app, 'm.terms @@', () => search('鰻丼'));
  expect(plan).toContain('ix_messages_terms');
  expect(plan).not.toContain('Seq Scan on messages');
  await app.settle();
  const few = await countQueries(app, () => search('word777'));
  expect(await countQueries(app, () => search('filler', { limit: '100' }))).toBe(few);
  const [links] = await plansOf(app, 'm.links IS NOT NULL', () => api(app, ana).get(`/chats/${other}/links`));
  expect(links).toContain('ix_messages_links');
});
