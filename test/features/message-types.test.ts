import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import sharp from 'sharp';
import { download, upload } from 'test/support/files';
import { connect } from 'test/support/socket';

let app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  chat = await buildGroup(app, ana, [ben]);
});
afterAll(() => app.close());

const send = (body: object) => api(app, ana).post(`/chats/${chat}/messages`, body);

const GOOD: Record<string, object> = {
  'a text, whose type need not be said': { content: 'hello' },
  'a point': { message_type: 'location', metadata: { latitude: 45.7, longitude: 14.3, accuracy: 8, name: 'Mill' } },
  'a GIF from Giphy': {
    message_type: 'gif',
    metadata: { url: 'https://media2.giphy.com/media/x/giphy.gif', width: 480, height: 270, title: 'Hello' },
  },
};

test.each(Object.entries(GOOD))('%s comes back as it was sent, over REST and sockets', async (_, body) => {
  const bens = await connect(app, ben);
  const sent = await send(body);
  expect(sent).toMatchObject({ status: 201, body: { content: '', metadata: null, message_type: 'text', ...body } });
  expect((await api(app, ben).get(`/chats/${chat}/messages?limit=1`)).body.messages).toEqual([sent.body]);
  const heard = await bens.next('new_message', ({ id }) => id === sent.body.id);
  expect(heard).toMatchObject({ ...sent.body, change_seq: sent.body.seq });
  const asked = await bens.ask('send_message', { chat_id: chat, ...body });
  expect(asked).toMatchObject({ ok: true, data: { ...body } });
  bens.close();
});

test('a live share is the sender’s own, with this chat, somebody in it or all contacts; another is not found', async () => {
  const eve = await buildUser(app, 'eve');
  const other = await buildGroup(app, ana, [eve]);
  const start = async (by: TestUser, body: object): Promise<number> =>
    (await api(app, by).post('/location/shares', { duration_minutes: 10, ...body })).body.id;
  const point = (id: number, client_id?: string) =>
    send({ message_type: 'location', metadata: { share_id: id }, client_id });
  const [here, there] = [await start(ana, { chat_id: chat }), await start(ana, { chat_id: other })];
  const [bens, eves] = [await start(ben, { chat_id: chat }), await start(ana, { target_user_id: eve.id })];
  const bad = { status: 404, body: { code: 'location.share_not_found' } };
  for (const id of [there, bens, eves, 4711]) expect(await point(id)).toMatchObject(bad);
  for (const id of [await start(ana, { target_user_id: ben.id }), await start(ana, { audience: 'contacts' })])
    expect((await point(id)).status).toBe(201);
  const sent = await point(here, 'live');
  expect(sent).toMatchObject({ status: 201, body: { content: '', metadata: { share_id: here } } });
  expect((await api(app, ben).get(`/chats/${chat}/messages?limit=1`)).body.messages).toEqual([sent.body]);
  await api(app, ana).put(`/location/shares/${here}`, { is_active: false });
  expect(await point(here)).toMatchObject(bad);
  expect(await point(here, 'live')).toMatchObject({ status: 201, body: { id: sent.body.id } }); // a retry
});

test('what a message of a live share points to moves as its owner does, and ends for those who see it', async () => {
  await api(app, ana).delete('/location/shares');
  const bens = await connect(app, ben);
  const start = await api(app, ana).post('/location/shares', { chat_id: chat, duration_minutes: 10 });
  const sent = await send({ message_type: 'location', metadata: { share_id: start.body.id } });
  const heard = await bens.next('new_message', ({ id }) => id === sent.body.id);
  const { share_id: pointer } = heard.metadata as { share_id: number };
  for (const heading of [1, 2]) {
    await api(app, ana).post('/location/update', { latitude: 45.7, longitude: 14.3 + heading / 1000, heading });
    const moved = await bens.next('shared_location_update', (one) => one.heading === heading);
    expect(moved).toMatchObject({ share_id: pointer, user_id: ana.id, longitude: 14.3 + heading / 1000 });
  }
  await api(app, ana).delete(`/location/shares/${pointer}`);
  const stopped = await bens.next('location_share_stopped', ({ share_id }) => share_id === pointer);
  expect(stopped).toMatchObject({ reason: 'stopped', chat_id: chat, user_id: ana.id });
  const { body } = await api(app, ben).get(`/location/shares/${pointer}`);
  expect(body).toMatchObject({ is_active: false, stopped_at: stopped.stopped_at });
  bens.close();
});

const BAD: Record<string, object> = {
  'a text without content': { message_type: 'text' },
  'a text of 16,385 bytes': { content: `${'é'.repeat(8192)}x` },
  'a type that there is not': { message_type: 'telepathy', content: 'x' },
  'a message that claims to be the system’s': { message_type: 'system', content: 'x', metadata: { event: 'x' } },
  'a point without a longitude': { message_type: 'location', metadata: { latitude: 1 } },
  'a point beyond the pole': { message_type: 'location', metadata: { latitude: 91, longitude: 0 } },
  'a share of another kind of id': { message_type: 'location', metadata: { share_id: '7' } },
  'a GIF from a server of the sender’s choice': {
    message_type: 'gif',
    metadata: { url: 'https://evil.example/giphy.com.gif' },
  },
  'a GIF from a host that only ends alike': { message_type: 'gif', metadata: { url: 'https://notgiphy.com/x.gif' } },
  'a GIF without TLS': { message_type: 'gif', metadata: { url: 'http://media.giphy.com/x.gif' } },
  'a GIF whose preview is elsewhere': {
    message_type: 'gif',
    metadata: { url: 'https://media.giphy.com/x.gif', preview_url: 'https://evil.example/x.gif' },
  },
  'a sticker of nothing': { message_type: 'sticker', metadata: { emoji: '🦇' } },
  'a sticker both of a pack and of a file': { message_type: 'sticker', sticker_id: 1, file_id: 1 },
  'a sticker whose id is none': { message_type: 'sticker', sticker_id: '1' },
  'a NUL in a name': { message_type: 'location', metadata: { latitude: 1, longitude: 1, name: 'a\0b' } },
  'metadata that is no object': { message_type: 'gif', metadata: 'https://media.giphy.com/x.gif' },
};

test.each(Object.entries(BAD))('%s is refused, and nothing is stored', async (_, body) => {
  const before = (await api(app, ana).get(`/chats/${chat}`)).body.last_seq;
  expect(await send(body)).toMatchObject({ status: 422, body: { code: 'validation.failed' } });
  expect((await api(app, ana).get(`/chats/${chat}`)).body.last_seq).toBe(before);
});

test.each<[string, object, string[]]>([
  ['no place', {}, ['metadata: invalid_type']],
  ['a text', { metadata: '{}' }, ['metadata: invalid_type']],
  [
    'half a point',
    { metadata: { latitude: 1 } },
    ['metadata.share_id: invalid_type', 'metadata.longitude: invalid_type'],
  ],
  ['a bad latitude', { metadata: { latitude: 'x', longitude: 2 } }, ['metadata.latitude: invalid_type']],
  ['a bad share', { metadata: { share_id: 'x' } }, ['metadata.share_id: invalid_type']],
  ['no sticker', { message_type: 'sticker' }, ['sticker_id: required']],
  ['a sticker twice', { message_type: 'sticker', sticker_id: 1, file_id: 1 }, ['sticker_id: either_or']],
  ['no GIF', { message_type: 'gif' }, ['metadata: required']],
])('of %s it is told what is wrong', async (_, body, faults) => {
  const { errors } = (await send({ message_type: 'location', ...body })).body;
  expect(errors.map(({ field, code }: { field: string; code: string }) => `${field}: ${code}`)).toEqual(faults);
});

test('16 KiB are measured as they are kept, in UTF-8, and the error says so', async () => {
  expect((await send({ content: '語'.repeat(5461) })).status).toBe(201);
  expect((await send({ content: '語'.repeat(5462) })).body.errors).toMatchObject([
    { field: 'content', code: 'too_many_bytes', message: 'This may have at most 16,384 bytes in UTF-8.' },
  ]);
});

test('what a type does not have is not kept', async () => {
  const { body } = await send({
    content: 'hello',
    metadata: { latitude: 1, longitude: 2 },
    seq: 99,
    sender_id: ben.id,
    mentions_all: true,
  });
  expect(body).toMatchObject({ metadata: null, sender_id: ana.id, mentions_all: false });
  expect(body.seq).not.toBe(99);
  const place = await send({
    message_type: 'location',
    content: 'x',
    metadata: { latitude: 1, longitude: 2, altitude: 3 },
  });
  expect(place.body).toMatchObject({ content: '', metadata: { latitude: 1, longitude: 2 } });
  expect(place.body.metadata).not.toHaveProperty('altitude');
});

test('a retry is known by all that a type carries', async () => {
  const point = (latitude: number) =>
    send({ message_type: 'location', metadata: { longitude: 2, latitude }, client_id: 'place-1' });
  const first = await point(1.5);
  expect((await point(1.5)).body).toEqual(first.body);
  expect(await point(1.6)).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
});

describe('stickers of packs', () => {
  const stickers = async (path: string, user = ana) =>
    (await api(app, user).get(`/media/stickers${path}`)).body.stickers;
  const recent = async () => (await stickers('/recent')).map(({ id }: { id: number }) => id);

  test('are sent by their id: what they are, the server says, and remembers whose they are', async () => {
    const [bat, cat] = await stickers('?limit=2');
    const bens = await connect(app, ben);
    const sticker = (sticker_id: number, more = {}) => send({ message_type: 'sticker', sticker_id, ...more });
    const sent = await sticker(bat.id, {
      metadata: { emoji: '🏔', url: 'https://evil.example/' },
      client_id: 'sticker-1',
    });
    expect(sent).toMatchObject({ status: 201, body: { message_type: 'sticker', content: '', file_id: null } });
    const { pack_id, emoji, image_url: url, width, height, is_animated } = bat;
    expect(sent.body.metadata).toEqual({ sticker_id: bat.id, pack_id, emoji, url, width, height, is_animated });
    expect((await bens.next('new_message', ({ id }) => id === sent.body.id)).metadata).toEqual(sent.body.metadata);
    expect((await download(app, ben, url)).status).toBe(200);
    const asked = await bens.ask('send_message', { chat_id: chat, message_type: 'sticker', sticker_id: cat.id });
    expect(asked).toMatchObject({ ok: true, data: { metadata: { sticker_id: cat.id } } });
    expect(await stickers('/recent', ben)).toEqual([cat]);
    expect((await sticker(cat.id)).status).toBe(201);
    expect(await recent()).toEqual([cat.id, bat.id]);

    expect((await sticker(bat.id, { client_id: 'sticker-1' })).body).toEqual(sent.body);
    expect((await sticker(cat.id, { client_id: 'sticker-1' })).body.code).toBe('idempotency.mismatch');
    expect(await recent()).toEqual([cat.id, bat.id]);
    bens.close();
  });

  test('that there are not are not found, and nothing is remembered', async () => {
    const [bat, eve] = [(await stickers('?q=🦇'))[0], await buildUser(app, 'eve')];
    const before = await recent();
    expect(await send({ message_type: 'sticker', sticker_id: 999_999 })).toMatchObject({
      status: 404,
      body: { code: 'sticker.not_found' },
    });
    const body = { message_type: 'sticker', sticker_id: bat.id };
    expect((await api(app, eve).post(`/chats/${chat}/messages`, body)).status).toBe(404);
    expect([await recent(), await stickers('/recent', eve)]).toEqual([before, []]);
  });
});

describe('messages that carry files', () => {
  const fileOf = async (user: TestUser, name: string, bytes: Buffer | string) =>
    (await upload(app, user, { name, bytes })).body;
  const carry = (message_type: string, file_id: number, more: object = {}) => send({ message_type, file_id, ...more });

  test('whoever reads the message sees the file and may read it, as long as both are there', async () => {
    const file = await fileOf(ana, 'trip plan.txt', 'to the hut');
    expect((await download(app, ben, `/files/${file.id}`)).status).toBe(404);
    const { body } = await carry('file', file.id, { content: 'our plan' });
    expect(body).toMatchObject({
      file_id: file.id,
      file_name: 'trip plan.txt',
      file_size: 10,
      file_url: file.file_url,
      content: 'our plan',
      file: { content_type: file.content_type },
    });
    await app.settle();
    expect((await download(app, ben, body.file_url)).bytes.toString()).toBe('to the hut');
    expect((await api(app, ben).get(`/messages/search?q=trip`)).body.messages).toMatchObject([{ id: body.id }]);
    expect((await api(app, ben).get(`/chats/${chat}/media?type=file`)).body.messages).toMatchObject([{ id: body.id }]);
    await api(app, ana).put(`/messages/${body.id}`, { content: '' });
    expect((await api(app, ben).get(`/messages/search?q=trip`)).body.messages).toHaveLength(1);
    await api(app, ana).delete(`/messages/${body.id}`);
    await app.settle();
    for (const user of [ana, ben]) expect((await download(app, user, `/files/${file.id}`)).status).toBe(404);
    expect(
      (await api(app, ben).get(`/chats/${chat}/media`)).body.messages.filter(
        ({ id }: { id: number }) => id === body.id,
      ),
    ).toEqual([]);
  });

  test('a file in two messages stays until the last of them has gone', async () => {
    const file = await fileOf(ana, 'a.txt', 'twice');
    const [one, two] = [(await carry('file', file.id)).body, (await carry('file', file.id)).body];
    await api(app, ana).delete(`/messages/${one.id}`);
    await app.settle();
    expect((await download(app, ben, `/files/${file.id}`)).status).toBe(200);
    await api(app, ana).delete(`/messages/${two.id}`);
    await app.settle();
    expect((await download(app, ana, `/files/${file.id}`)).status).toBe(404);
  });

  test('what its owner takes back is gone from the message too, and everybody is told', async () => {
    const file = await fileOf(ana, 'a.txt', 'mine');
    const { body } = await carry('file', file.id);
    const bens = await connect(app, ben);
    await api(app, ana).delete(`/files/${file.id}`);
    expect(await bens.next('message_updated', ({ id }) => id === body.id)).toMatchObject({
      file: null,
      file_url: null,
    });
    bens.close();
  });

  test('only one’s own files, and only those that are what the type says', async () => {
    const bens = await fileOf(ben, 'a.txt', 'not yours');
    for (const id of [bens.id, 999_999])
      expect(await carry('file', id)).toMatchObject({ status: 404, body: { code: 'file.not_found' } });
    const text = await fileOf(ana, 'picture.png', 'no picture at all');
    for (const type of ['image', 'video', 'audio', 'sticker', 'gif'])
      expect(await carry(type, text.id)).toMatchObject({ status: 422, body: { code: 'message.wrong_file' } });
    const picture = await fileOf(
      ana,
      'x.bin',
      await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    for (const type of ['image', 'sticker', 'gif', 'file']) expect((await carry(type, picture.id)).status).toBe(201);
    expect((await carry('image', picture.id, { content: 'A @b caption' })).body).toMatchObject({
      content: 'A @b caption',
      message_type: 'image',
    });
    expect((await send({ message_type: 'image', content: 'no file' })).body.errors).toMatchObject([
      { field: 'file_id' },
    ]);
    expect(
      (await send({ message_type: 'gif', file_id: picture.id, metadata: { url: 'https://media.giphy.com/x.gif' } }))
        .status,
    ).toBe(422);
    expect((await carry('audio', picture.id, { metadata: { is_voice: true } })).body.code).toBe('message.wrong_file');
  });

  test('one draft that is refused takes none of the others with it', async () => {
    const replies = await Promise.all([send({ content: 'a' }), carry('file', 999_999), send({ content: 'b' })]);
    expect(replies.map(({ status }) => status)).toEqual([201, 404, 201]);
  });
});

test('a page shows each message as it is shown alone, of whatever kind it is', async () => {
  const group = await buildGroup(app, ana, [ben]);
  const post = async (body: object) => (await api(app, ana).post(`/chats/${group}/messages`, body)).body;
  const first = await post({ content: 'two\nlines, "quoted" \u2028 語 @ben' });
  await api(app, ben).put(`/messages/${first.id}/reactions`, { emojis: ['👍', '🎉'] });
  await api(app, ana).put(`/messages/${first.id}/pin`);
  const file = (await upload(app, ana, { name: 'a.txt', bytes: 'text' })).body;
  await post({ message_type: 'file', file_id: file.id, reply_to_id: first.id });
  await post(GOOD['a point']!);
  const last = await post({ content: 'gone', reply_to_id: first.id });
  await api(app, ana).delete(`/messages/${last.id}`);
  await api(app, ana).put(`/chats/${group}`, { name: 'Walkers' });
  const { messages, items } = (await api(app, ben).get(`/chats/${group}/messages`)).body;
  expect(messages.map(({ message_type }: { message_type: string }) => message_type)).toEqual(
    expect.arrayContaining(['system', 'text', 'location', 'file']),
  );
  expect(items).toEqual(messages);
  for (const message of messages) {
    const alone = (await api(app, ben).get(`/messages/${message.id}/thread`)).body.root;
    expect(message).toEqual(alone);
    expect(Object.keys(message).sort()).toEqual(Object.keys(alone).sort());
  }
});
