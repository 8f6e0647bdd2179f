import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { connect } from 'test/support/socket';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, eve: TestUser;
let chat: number;
let messages: { id: number; seq: number }[];
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
});
afterAll(async () => {
  await node.close();
  await app.close();
});
beforeEach(async () => {
  [ana, ben, cid, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'eve');
  chat = await buildGroup(app, ana, [ben, cid]);
  messages = [];
  for (const content of ['one', 'two', 'three'])
    messages.push((await api(app, ana).post(`/chats/${chat}/messages`, { content })).body);
});

const receiptsOf = async (viewer: TestUser, message: { id: number }, query = '') =>
  (await api(app, viewer).get(`/messages/${message.id}/receipts${query}`)).body;

test('who has got and who has read a message is told for each participant but its sender', async () => {
  const bens = await connect(node, ben);
  await bens.ask('message_delivered', { chat_id: chat, message_id: messages[2]!.id });
  await api(app, ben).put(`/messages/${messages[0]!.id}/read`);
  bens.close();
  expect(await receiptsOf(ana, messages[0]!)).toMatchObject({
    receipts: [
      { user_id: ben.id, username: ben.username, status: 'read' },
      { user_id: cid.id, status: 'sent' },
    ],
    delivered_count: 1,
    read_count: 1,
    next_cursor: null,
  });
  expect(await receiptsOf(cid, messages[2]!)).toMatchObject({
    receipts: [
      { user_id: ben.id, status: 'delivered' },
      { user_id: cid.id, status: 'sent' },
    ],
    delivered_count: 1,
    read_count: 0,
  });
  const first = await receiptsOf(ana, messages[0]!, '?limit=1');
  expect(first).toMatchObject({ receipts: [{ user_id: ben.id }], read_count: 1 });
  const rest = await receiptsOf(ana, messages[0]!, `?limit=1&cursor=${first.next_cursor}`);
  expect(rest).toMatchObject({ receipts: [{ user_id: cid.id }], read_count: 1, next_cursor: null });
  expect((await api(app, eve).get(`/messages/${messages[0]!.id}/receipts`)).status).toBe(404);
});

test('marks go up only, whatever comes last, even at once from many devices', async () => {
  const put = (index: number, on: TestApp) => api(on, ben).put(`/messages/${messages[index]!.id}/read`);
  await Promise.all([put(2, app), put(0, node), put(1, app), put(0, app), put(2, node)]);
  const { body } = await put(0, node);
  expect(body).toMatchObject({ seq: 1, read_count: 3, unread_count: 0 });
  expect((await api(app, ben).get(`/chats/${chat}`)).body).toMatchObject({ last_read_seq: 3, unread_count: 0 });
});

test('what is unread comes from the server, to every device of the reader, and to nobody else', async () => {
  const [phone, tablet, anas] = await Promise.all([connect(app, ben), connect(node, ben), connect(node, ana)]);
  const { body } = await api(app, ben).post(`/chats/${chat}/messages/mark-read?up_to_message_id=${messages[1]!.id}`);
  expect(body).toEqual({ chat_id: chat, last_read_seq: 2, read_count: 2, unread_count: 1, unread_mentions: 0 });
  for (const device of [phone, tablet])
    expect(await device.next('message_read')).toMatchObject({
      user_id: ben.id,
      seq: 2,
      read_count: 2,
      unread_count: 1,
    });
  expect(await anas.next('message_read')).toEqual({
    ...{ chat_id: chat, user_id: ben.id, message_id: messages[1]!.id, seq: 2, at: expect.any(String) },
  });
  expect((await api(app, ben).post(`/chats/${chat}/messages/mark-read`)).body).toMatchObject({ unread_count: 0 });
  const empty = await buildGroup(app, ana, [ben]);
  expect((await api(app, ben).post(`/chats/${empty}/messages/mark-read`)).body).toMatchObject({ unread_count: 0 });
  expect((await api(app, eve).post(`/chats/${chat}/messages/mark-read`)).body.code).toBe('chat.not_found');
  const other = (await api(app, ana).post(`/chats/${empty}/messages`, { content: 'x' })).body;
  const wrong = await api(app, ben).post(`/chats/${chat}/messages/mark-read?up_to_message_id=${other.id}`);
  expect(wrong.body.code).toBe('message.not_found');
  [phone, tablet, anas].forEach((socket) => socket.close());
});

test('up to where all is read may be said in the query or in the body', async () => {
  const read = (query: string, body?: object) => api(app, ben).post(`/chats/${chat}/messages/mark-read${query}`, body);
  expect((await read('', { up_to_message_id: messages[0]!.id })).body.last_read_seq).toBe(1);
  expect((await read(`?up_to_message_id=${messages[1]!.id}`, {})).body.last_read_seq).toBe(2);
  expect((await read('', { up_to_message_id: 'x' })).body.errors).toMatchObject([{ field: 'up_to_message_id' }]);
  expect((await read('', {})).body.last_read_seq).toBe(3);
});

test('who keeps to himself what he reads is not seen reading, and doesn’t see it of others; his own devices agree all the same', async () => {
  await api(app, ben).put('/settings/privacy', { read_receipts: false });
  const [bens, anas, cids] = await Promise.all([connect(node, ben), connect(app, ana), connect(node, cid)]);
  await api(app, ben).put(`/messages/${messages[2]!.id}/read`);
  await api(app, cid).put(`/messages/${messages[1]!.id}/read`);
  await anas.next('message_read', ({ user_id }) => user_id === cid.id);
  await bens.next('message_read', ({ user_id }) => user_id === ben.id);
  await cids.next('message_read', ({ user_id }) => user_id === cid.id);
  const heard = (socket: typeof anas) => socket.all('message_read').map(({ user_id }) => user_id);
  expect(heard(anas)).toEqual([cid.id]);
  expect(heard(bens)).toEqual([ben.id]);
  expect(heard(cids)).toEqual([cid.id]);
  // but that it has reached them they may know
  for (const socket of [anas, cids])
    await socket.next('message_delivered', ({ user_id, seq }) => user_id === ben.id && seq === 3);
  await bens.next('message_delivered', ({ user_id, seq }) => user_id === cid.id && seq === 2);
  expect(bens.all('message_delivered').filter(({ user_id }) => user_id === ben.id)).toEqual([]);
  const marks = async (viewer: TestUser) =>
    (await api(app, viewer).get(`/chats/${chat}`)).body.participants.map(
      (one: { last_read_seq: number }) => one.last_read_seq,
    );
  expect(await marks(ana)).toEqual([3, null, 2]);
  expect(await marks(ben)).toEqual([null, 3, null]);
  expect((await receiptsOf(ana, messages[1]!)).receipts).toMatchObject([{ status: 'delivered' }, { status: 'read' }]);
  expect((await receiptsOf(ben, messages[1]!)).receipts).toMatchObject([{ status: 'read' }, { status: 'delivered' }]);
  const since = new Date(Date.now() - 60_000).toISOString();
  const { body } = await api(app, ana).post('/sync', { chats: { [chat]: 3 }, marks_since: since });
  expect(body.marks).toEqual(
    expect.arrayContaining([
      {
        chat_id: chat,
        user_id: ben.id,
        last_read_seq: null,
        last_delivered_seq: 3,
        read_count: null,
        unread_mentions: null,
      },
      {
        chat_id: chat,
        user_id: cid.id,
        last_read_seq: 2,
        last_delivered_seq: 2,
        read_count: null,
        unread_mentions: null,
      },
    ]),
  );
  [bens, anas, cids].forEach((socket) => socket.close());
});

test('who does not see what others read does not learn it by changes of who takes part either', async () => {
  const [dan, eli, fay] = await buildUsers(app, 'dan', 'eli', 'fay');
  const group = await buildGroup(app, dan, [eli, fay]);
  await api(app, fay).put('/settings/privacy', { read_receipts: false });
  const { body: message } = await api(app, dan).post(`/chats/${group}/messages`, { content: 'read me' });
  await api(app, eli).put(`/messages/${message.id}/read`);
  const [dans, fays] = await Promise.all([connect(app, dan), connect(node, fay)]);
  await api(app, dan).put(`/chats/${group}/participants/${eli.id}`, { role: 'admin' });
  const told = await Promise.all([dans, fays].map((socket) => socket.next('participant_updated')));
  expect(told.map(({ participant }) => participant.last_read_seq)).toEqual([message.seq, null]);
  expect(told[0]!.change_seq).toBe(told[1]!.change_seq);
  expect(fays.all('participant_updated')).toHaveLength(1);
  const missed = async (user: TestUser) => {
    const { body } = await api(app, user).post('/sync', { chats: { [group]: message.seq } });
    return body.chats[0].events.find(({ type }: { type: string }) => type === 'participant_updated').data;
  };
  expect((await missed(dan)).participant.last_read_seq).toBe(message.seq);
  expect((await missed(fay)).participant.last_read_seq).toBeNull();
  [dans, fays].forEach((socket) => socket.close());
});

test('what is unread, and what of it names one, is told absolute wherever it changes', async () => {
  const say = async (content: string) => (await api(app, ana).post(`/chats/${chat}/messages`, { content })).body;
  const [named, all, again] = [await say(`@${ben.username}`), await say('@all'), await say(`you, @${ben.username}?`)];
  const shown = async () => {
    const { last_message, unread_count, unread_mentions } = (await api(app, ben).get('/chats')).body.chats[0];
    return [last_message?.id ?? null, unread_count, unread_mentions];
  };
  const bens = await connect(node, ben);
  const hide = ({ id }: { id: number }) => api(app, ben).delete(`/messages/${id}?for=me`);
  expect(await shown()).toEqual([again.id, 6, 3]);
  await api(app, ben).put(`/messages/${messages[0]!.id}/read`);
  expect(await bens.next('message_read')).toMatchObject({ read_count: 1, unread_count: 5, unread_mentions: 3 });
  await hide(again);
  const hidden = await bens.next('message_hidden', ({ message_id }) => message_id === again.id);
  expect(hidden).toMatchObject({ read_count: 2, unread_count: 4, unread_mentions: 2 });
  expect(await shown()).toEqual([all.id, 4, 2]);
  await api(app, ana).delete(`/messages/${all.id}?for=all`); // what is left of it is still to be seen
  expect(await shown()).toEqual([all.id, 4, 1]);
  await hide(messages[0]!); // read already
  expect(await shown()).toEqual([all.id, 4, 1]);
  const marked = (await api(app, ben).put(`/messages/${messages[2]!.id}/read`)).body;
  expect(marked).toMatchObject({ read_count: 4, unread_count: 2, unread_mentions: 1 });
  const since = new Date(Date.now() - 60_000).toISOString();
  const { body } = await api(app, ben).post('/sync', { chats: { [chat]: 0 }, marks_since: since });
  expect(body.chats).toMatchObject([{ message_count: 6, read_count: 4, unread_count: 2, unread_mentions: 1 }]);
  expect(body.marks[0]).toMatchObject({ user_id: ben.id, last_read_seq: 3, read_count: 4, unread_mentions: 1 });
  await Promise.all([hide(named), hide(all), api(node, ben).put(`/messages/${named.id}/read`)]);
  expect(await shown()).toEqual([messages[2]!.id, 0, 0]);
  await say('@all');
  expect((await api(app, ben).delete(`/chats/${chat}/messages`)).status).toBe(200);
  expect(await shown()).toEqual([null, 0, 0]);
  expect((await receiptsOf(ana, named)).receipts).toMatchObject([{ user_id: ben.id, status: 'read' }, {}]);
  await say('new');
  expect((await shown()).slice(1)).toEqual([1, 0]);
  bens.close();
});

test('a receipt takes as many statements in a large group as in a small one', async () => {
  const crowd = await buildUsers(app, ...Array.from({ length: 30 }, (_, index) => `m${index}`));
  const large = await buildGroup(app, ana, [ben, ...crowd]);
  const { body } = await api(app, ana).post(`/chats/${large}/messages`, { content: 'x' });
  await app.settle();
  const count = (message: { id: number }) => countQueries(app, () => api(app, ben).put(`/messages/${message.id}/read`));
  expect(await count(body)).toBeLessThanOrEqual((await count(messages[2]!)) + 1);
});
