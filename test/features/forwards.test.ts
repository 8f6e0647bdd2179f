import { PushService } from 'src/modules/push/push.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';
import { watchPushes } from 'test/support/pushed';
import { countQueries } from 'test/support/queries';
import { connect } from 'test/support/socket';
import { rowsOf, unzip } from 'test/support/unzip';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
/** Ana’s and Ben’s, and Ben’s and Cid’s. */
let source: number, target: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  source = await buildGroup(app, ana, [ben]);
  target = await buildGroup(app, ben, [cid], 'others');
});
afterAll(() => app.close());

const send = (user: TestUser, chat: number, body: object) => api(app, user).post(`/chats/${chat}/messages`, body);
const said = async (user: TestUser, chat: number, body: object) => {
  const { status, body: message } = await send(user, chat, body);
  expect(status).toBe(201);
  return message;
};
/** Ben passes on to Cid what Ana has said. */
const forward = (message: { id: number }, more: object = {}) => send(ben, target, { forward_of: message.id, ...more });
const newest = async (user: TestUser, chat: number) =>
  (await api(app, user).get(`/chats/${chat}/messages?limit=1`)).body.messages[0];
const uploaded = async (name: string, bytes: Buffer | string) =>
  (await upload(app, ana, { name, bytes })).body.id as number;

describe('what is passed on', () => {
  const carrying = (message_type: string, more: object) => (file_id: number) => ({
    message_type,
    file_id,
    ...more,
  });
  const ALL: Record<string, (picture: number) => object | Promise<object>> = {
    'a text': () => ({ content: 'Where are you? https://example.org/a' }),
    'a picture': carrying('image', { content: 'a caption' }),
    'a picture as a file': carrying('file', {}),
    'a sticker of one’s own': carrying('sticker', { metadata: { emoji: '🙂' } }),
    'a GIF of one’s own': carrying('gif', {}),
    'a film': async () => {
      const bytes = Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1'), Buffer.alloc(64)]);
      return { message_type: 'video', file_id: await uploaded('a.mp4', bytes), content: 'a caption' };
    },
    'a recording': async () => {
      const bytes = Buffer.alloc(64);
      bytes.write('RIFF8\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0', 'latin1');
      const file_id = await uploaded('a.wav', bytes);
      return { message_type: 'audio', file_id, metadata: { is_voice: true } };
    },
    'a sticker of a pack': async () => {
      const { stickers } = (await api(app, ana).get('/media/stickers?q=bat')).body;
      return { message_type: 'sticker', sticker_id: stickers[0].id };
    },
    'a GIF from Giphy': () => ({
      message_type: 'gif',
      metadata: { url: 'https://media2.giphy.com/media/x/giphy.gif', title: 'Hello' },
    }),
    'a point': () => ({ message_type: 'location', metadata: { latitude: 45.7, longitude: 14.3, name: 'Mill' } }),
  };

  test.each(Object.entries(ALL))(
    '%s comes as it was said, over REST and sockets, and says no more',
    async (_, make) => {
      const first = await said(ana, source, await make(await uploaded('a.jpg', await photograph(1))));
      await app.settle();
      expect(first.is_forwarded).toBe(false);
      const cids = await connect(app, cid);
      const bens = await connect(app, ben);
      const same = ({ content, message_type, metadata, file_id }: any) => ({
        content,
        message_type,
        metadata,
        file_id,
      });
      const asked = await bens.ask('send_message', { chat_id: target, forward_of: first.id });
      expect(asked).toMatchObject({ ok: true, data: { ...same(first), is_forwarded: true } });
      const { status, body } = await forward(first);
      expect(status).toBe(201);
      const own = { chat_id: target, sender_id: ben.id, mentions: [], reply_to_id: null, is_forwarded: true };
      expect(body).toMatchObject({ ...same(first), ...own });
      expect(await newest(cid, target)).toEqual(body);
      const heard = await cids.next('new_message', ({ id }) => id === body.id);
      expect(heard).toMatchObject({ ...body, change_seq: body.seq });
      for (const view of [body, heard, asked.data]) {
        expect(Object.keys(view)).not.toContain('forward_of');
        expect(JSON.stringify({ ...view, client_id: null })).not.toContain(ana.id);
      }
      cids.close();
      bens.close();
    },
  );

  test('is found by its words, links and media, and can be passed on again', async () => {
    const [text, notes] = [
      await said(ana, source, { content: 'Zanzibar https://example.org/b' }),
      await said(ana, source, { message_type: 'file', file_id: await uploaded('Quagga.txt', 'words') }),
    ];
    const [passed, file] = [(await forward(text)).body, (await forward(notes)).body];
    const ids = async (path: string) =>
      (await api(app, cid).get(path)).body.messages.map(({ id }: { id: number }) => id) as number[];
    expect(await ids('/messages/search?q=zanzi')).toEqual([passed.id]);
    expect(await ids('/messages/search?q=quagga')).toEqual([file.id]);
    expect(await ids(`/chats/${target}/links`)).toContain(passed.id);
    expect(await ids(`/chats/${target}/media?type=file`)).toContain(file.id);
    const third = await buildPrivateChat(app, cid, ana);
    const again = { content: text.content, is_forwarded: true, sender_id: cid.id };
    expect(await said(cid, third, { forward_of: passed.id })).toMatchObject(again);
  });

  test('is what the message says then; what becomes of that later changes nothing', async () => {
    const first = await said(ana, source, { content: 'before' });
    await api(app, ana).put(`/messages/${first.id}`, { content: 'after' });
    const { body } = await forward(first);
    await api(app, ana).delete(`/messages/${first.id}`);
    expect(await newest(cid, target)).toMatchObject({ id: body.id, content: 'after', is_edited: false });
    expect((await api(app, cid).get(`/messages/${body.id}/edits`)).body.edits).toEqual([]);
  });

  test('answers and belongs to threads of the chat to which it goes', async () => {
    const first = await said(ana, source, { content: 'elsewhere' });
    const root = await said(cid, target, { content: 'root' });
    const { body } = await forward(first, { reply_to_id: root.id, thread_id: root.id });
    expect(body).toMatchObject({ reply_to_id: root.id, thread_id: root.id, content: 'elsewhere' });
    expect((await forward(first, { reply_to_id: first.id })).body.code).toBe('message.reply_not_in_chat');
  });

  test('names nobody, neither in the list nor by a push', async () => {
    await app.settle(); // what was said before is told
    const device = { token: 'device-of-cid', device_type: 'android' };
    expect((await api(app, cid).post('/push-notifications/device-tokens', device)).status).toBe(201);
    const { shown } = watchPushes(app);
    const notify = jest.spyOn(app.get(PushService), 'notify');
    const first = await said(ana, source, { content: `@${cid.username} @all look` });
    const { body } = await forward(first);
    expect(body).toMatchObject({ content: first.content, mentions: [], mentions_all: false });
    await app.settle();
    expect((await api(app, cid).get(`/chats/${target}`)).body.unread_mentions).toBe(0);
    expect(shown(device.token)).toEqual([expect.stringContaining('look')]);
    const notes = notify.mock.calls.flat(2).filter(({ userId }) => userId === cid.id);
    expect(notes.map(({ category }) => category)).toEqual([undefined]);
  });
});

describe('is refused', () => {
  const notFound = { status: 404, body: { code: 'message.not_found' } };

  test('of what its sender can’t read: strangers’, hidden, cleared, deleted, what came before he left', async () => {
    const strangers = await said(ana, await buildPrivateChat(app, ana, cid), { content: 'not for Ben' });
    const hidden = await said(ana, source, { content: 'hidden' });
    await api(app, ben).delete(`/messages/${hidden.id}?for=me`);
    const deleted = await said(ana, source, { content: 'deleted' });
    await api(app, ana).delete(`/messages/${deleted.id}`);
    const left = await buildGroup(app, ana, [ben], 'left');
    const before = await said(ana, left, { content: 'before' });
    expect((await forward(before)).status).toBe(201);
    await api(app, ben).post(`/chats/${left}/leave`);
    const cleared = await buildGroup(app, ana, [ben], 'cleared');
    const old = await said(ana, cleared, { content: 'old' });
    await api(app, ben).delete(`/chats/${cleared}/messages`);
    for (const { id } of [strangers, hidden, deleted, before, old, { id: 4_711_000 }]) {
      expect(await forward({ id })).toMatchObject(notFound);
      const socket = await connect(app, ben);
      const asked = await socket.ask('send_message', { chat_id: target, forward_of: id });
      expect(asked).toMatchObject({ ok: false, error: { code: 'message.not_found' } });
      socket.close();
    }
    expect((await newest(cid, target)).content).toBe('before');
  });

  test('of what Muster says, of live shares, of GIFs at hosts that are not trusted any more, and of files taken back', async () => {
    const { body: share } = await api(app, ana).post('/location/shares', { chat_id: source, duration_minutes: 10 });
    const live = await said(ana, source, { message_type: 'location', metadata: { share_id: share.id } });
    await api(app, ana).put(`/chats/${source}`, { name: 'Walkers' });
    const notice = await newest(ben, source);
    expect(notice.message_type).toBe('system');
    const url = 'https://media2.giphy.com/media/x/giphy.gif';
    const gif = await said(ana, source, { message_type: 'gif', metadata: { url } });
    await app.db.query(`UPDATE messages SET metadata = '{"url": "https://example.org/spy.gif"}' WHERE id = $1`, [
      gif.id,
    ]);
    for (const one of [live, notice, gif])
      expect(await forward(one)).toMatchObject({ status: 422, body: { code: 'message.not_forwardable' } });
    const file_id = await uploaded('a.txt', 'words');
    const file = await said(ana, source, { message_type: 'file', file_id });
    await api(app, ana).delete(`/files/${file_id}`);
    expect(await forward(file)).toMatchObject({ status: 404, body: { code: 'file.not_found' } });
  });

  test('where he could not write either: as a stranger, where only admins do, too soon, in a closed chat', async () => {
    const first = await said(ana, source, { content: 'news' });
    expect((await send(ana, target, { forward_of: first.id })).body.code).toBe('chat.not_found');
    const group = await buildGroup(app, cid, [ben], 'governed');
    const govern = (settings: object) => api(app, cid).put(`/chats/${group}`, { settings });
    await govern({ who_may_post: 'admins' });
    expect((await send(ben, group, { forward_of: first.id })).body.code).toBe('chat.posting_not_allowed');
    await govern({ who_may_post: 'members', slow_mode_seconds: 60 });
    expect((await send(ben, group, { forward_of: first.id })).status).toBe(201);
    expect((await send(ben, group, { forward_of: first.id })).body.code).toBe('chat.slow_mode');
    const pair = await buildPrivateChat(app, ben, cid);
    await api(app, cid).post(`/users/${ben.id}/block`);
    expect((await send(ben, pair, { forward_of: first.id })).body.code).toBe('chat.closed');
    await api(app, cid).post(`/users/${ben.id}/unblock`);
  });

  test.each([
    ['beside a text', { forward_of: 1, content: 'x' }, 'content: either_or'],
    ['without either', {}, 'content: required'],
    ['of no id', { forward_of: 'one' }, 'forward_of: invalid_type'],
  ])('%s it is no message', async (_, body, fault) => {
    const { status, body: problem } = await send(ben, target, body);
    const faults = problem.errors.map(({ field, code }: { field: string; code: string }) => `${field}: ${code}`);
    expect([status, faults]).toEqual([422, [fault]]);
  });
});

test('a retry is answered with the first, whatever has become of what was passed on; another message under its name is refused', async () => {
  const [first, other] = [await said(ana, source, { content: 'once' }), await said(ana, source, { content: 'once' })];
  const { body } = await forward(first, { client_id: 'f1' });
  await api(app, ana).put(`/messages/${first.id}`, { content: 'changed' });
  expect(await forward(first, { client_id: 'f1' })).toMatchObject({ status: 201, body });
  await api(app, ana).delete(`/messages/${first.id}`);
  const socket = await connect(app, ben);
  const again = { chat_id: target, forward_of: first.id, client_id: 'f1' };
  expect(await socket.ask('send_message', again)).toMatchObject({ ok: true, data: { id: body.id } });
  socket.close();
  const mismatch = { status: 422, body: { code: 'idempotency.mismatch' } };
  expect(await forward(other, { client_id: 'f1' })).toMatchObject(mismatch);
  expect(await send(ben, target, { content: 'once', client_id: 'f1' })).toMatchObject(mismatch);
  expect(await send(ben, target, { content: 'once', client_id: 'f2' })).toMatchObject({ status: 201 });
  expect(await forward(other, { client_id: 'f2' })).toMatchObject(mismatch);
  // twice in one moment
  const both = await Promise.all([1, 2].map(() => forward(other, { client_id: 'f3' })));
  expect(new Set(both.map(({ status, body: { id } }) => `${status} ${id}`)).size).toBe(1);
});

test('it can’t be edited, but deleted, answered with an emoji and pinned', async () => {
  const { body } = await forward(await said(ana, source, { content: 'as it is' }));
  const edit = await api(app, ben).put(`/messages/${body.id}`, { content: 'other' });
  expect(edit).toMatchObject({ status: 422, body: { code: 'message.not_editable' } });
  expect((await api(app, cid).put(`/messages/${body.id}/reactions`, { emojis: ['👍'] })).status).toBe(200);
  expect((await api(app, ben).put(`/messages/${body.id}/pin`)).body).toMatchObject({ is_forwarded: true });
  expect((await api(app, cid).delete(`/messages/${body.id}`)).body.code).toBe('message.not_yours');
  expect((await api(app, ben).delete(`/messages/${body.id}`)).status).toBe(204);
  const [row] = await app.db.query('SELECT forward_of, content FROM messages WHERE id = $1', [body.id]);
  expect(row).toEqual({ forward_of: null, content: '' });
  expect(await newest(cid, target)).toMatchObject({ is_deleted: true, is_forwarded: false });
});

test('who heard it live, who synced, and who fetches hold the same, also of what becomes of its file', async () => {
  const replica = await verifySync(app, cid, async () => {
    const file_id = await uploaded('a.jpg', await photograph(1));
    const picture = await said(ana, source, { message_type: 'image', file_id });
    // before a worker has looked into the file, maybe: a preview is told in every chat
    await Promise.all([forward(picture), forward(await said(ana, source, { content: 'text' }))]);
    await app.settle();
    const gone = await uploaded('b.txt', 'words');
    await forward(await said(ana, source, { message_type: 'file', file_id: gone }));
    await api(app, ana).delete(`/files/${gone}`);
  });
  const { messages, last_message } = replica.state.chats.find(({ id }) => id === target);
  const [picture] = messages.filter(({ message_type }: any) => message_type === 'image').slice(-1);
  expect(picture).toMatchObject({ is_forwarded: true, file: { preview: 'ready' } });
  expect(last_message).toMatchObject({ message_type: 'file', file: null, is_forwarded: true });
});

test('is in the export of whoever passed it on, as his message, and tells no more than that', async () => {
  const first = await said(ana, source, { content: 'exported' });
  const { body } = await forward(first);
  await api(app, ben).post('/settings/account/export');
  await app.settle();
  const { download_url: url } = (await api(app, ben).get('/profile/export')).body;
  const response = await fetch(`${app.url}/api/v1${url.slice(url.indexOf('/exports/'))}`);
  const files = await unzip(Buffer.from(await response.arrayBuffer()));
  const row = rowsOf(files, 'messages').find(({ id }: any) => Number(id) === body.id);
  expect(row).toMatchObject({ content: 'exported', is_forwarded: true });
  expect(row).not.toHaveProperty('forward_of');
});

test('takes a statement more than a text, and with a file two; one that passes nothing on takes none more', async () => {
  const text = await said(ana, source, { content: 'text' });
  const file = await said(ana, source, { message_type: 'file', file_id: await uploaded('c.txt', 'words') });
  const count = async (body: object) => {
    await app.settle();
    return countQueries(app, () => said(ben, target, body));
  };
  await count({ content: 'warm' });
  const plain = await count({ content: 'text' });
  expect(await count({ forward_of: text.id })).toBe(plain + 1);
  // that, its lock, and its view, which shows the file
  expect(await count({ forward_of: file.id })).toBeLessThanOrEqual(plain + 3);
});
