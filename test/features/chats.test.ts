import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { until } from 'test/support/until';
import { connect } from 'test/support/socket';

let app: TestApp;
let node: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
beforeAll(async () => {
  const env = { TYPING_SECONDS: '1' };
  app = await boot({ env });
  node = await boot({ beside: app, roles: ['api'], env });
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
});
afterAll(async () => {
  await node.close();
  await app.close();
});

describe('chats', () => {
  test('a pair has one private chat, even when both make it in the same moment', async () => {
    const [cid, dan] = await buildUsers(app, 'cid', 'dan');
    const make = (one: TestUser, other: TestUser) => api(app, one).post('/chats', { participant_ids: [other.id] });
    const made = await Promise.all([make(cid, dan), make(dan, cid), make(cid, dan), make(dan, cid)]);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(made[0].body).toMatchObject({
      chat_type: 'private',
      name: 'dan',
      participant_count: 2,
      last_message: null,
    });
    expect(made[1].body).toMatchObject({ name: 'cid' });
  });

  test('a group has a name, an owner and members; a stranger is told that it does not exist', async () => {
    const made = await api(app, ana).post('/chats', {
      chat_type: 'group',
      name: 'Hikers',
      participant_ids: [ben.id, ben.id, ana.id],
    });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Hikers', created_by: ana.id, unread_count: 0, last_seq: 0 },
    });
    expect(made.body.participants).toMatchObject([
      { user_id: ana.id, role: 'owner' },
      { user_id: ben.id, role: 'member' },
    ]);
    expect((await api(app, ben).get(`/chats/${made.body.id}`)).body.participants).toHaveLength(2);
    for (const id of [made.body.id, 999_999])
      expect(await api(app, eve).get(`/chats/${id}`)).toMatchObject({ status: 404, body: { code: 'chat.not_found' } });
  });

  test('what can’t be made is refused: unknown people, a group without a name, a private chat of three', async () => {
    const post = async (body: object) => (await api(app, ana).post('/chats', body)).body.code;
    expect(await post({ participant_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'] })).toBe('chat.unknown_participants');
    expect(await post({ chat_type: 'group', participant_ids: [ben.id] })).toBe('chat.group_needs_name');
    expect(await post({ participant_ids: [ben.id, eve.id] })).toBe('chat.private_needs_one');
    expect(await post({ participant_ids: [ana.id] })).toBe('chat.private_needs_one');
    expect(await post({ participant_ids: ['nobody'] })).toBe('validation.failed');
  });

  test('a keyed POST makes one group however often it comes; another body is refused', async () => {
    const headers = { 'Idempotency-Key': 'make-hikers-1' };
    const group = { chat_type: 'group', name: 'Once', participant_ids: [ben.id] };
    const made = await Promise.all([1, 2, 3].map(() => api(app, ana).post('/chats', group, { headers })));
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    const other = await api(app, ana).post('/chats', { ...group, name: 'Twice' }, { headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
  });

  test('the list has the last active chat first, with its newest message and what is unread, in pages', async () => {
    const [fay, gus] = await buildUsers(app, 'fay', 'gus');
    const ids: number[] = [];
    for (const name of ['one', 'two', 'three']) ids.push(await buildGroup(app, fay, [gus], name));
    const [one, two, three] = ids as [number, number, number];
    for (const [id, content] of [
      [two, 'a'],
      [three, 'b'],
      [one, 'c'],
      [one, 'd'],
    ] as const)
      // oxfmt-ignore
      await api(app, fay).post(`/chats/${id}/messages`, { content });
    const first = await api(app, gus).get('/chats?limit=2');
    expect(first.body.chats).toMatchObject([
      { id: one, unread_count: 2, last_seq: 2, last_message: { content: 'd', sender_name: 'fay' } },
      { id: three, unread_count: 1 },
    ]);
    const rest = await api(app, gus).get(`/chats?limit=2&cursor=${first.body.next_cursor}`);
    expect(rest.body).toMatchObject({ items: [{ id: two }], next_cursor: null });
    expect(
      (await api(app, fay).get('/chats')).body.chats.map((chat: { unread_count: number }) => chat.unread_count),
    ).toEqual([0, 0, 0]);
    expect((await api(app, gus).get('/chats?cursor=forged')).status).toBe(422);
  });

  test('the list and a page take as many statements for many as for few', async () => {
    const hal = await buildUser(app, 'hal');
    await buildGroup(app, hal, [ana], 'g');
    const few = await countQueries(app, () => api(app, hal).get('/chats'));
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => buildGroup(app, hal, [ana], `g${index}`)));
    for (const id of ids) await api(app, hal).post(`/chats/${id}/messages`, { content: 'x' });
    await app.settle();
    const many = await countQueries(app, () => api(app, hal).get('/chats?limit=100'));
    expect(many).toBeLessThanOrEqual(few + 1);
  });
});

describe('messages', () => {
  test('sent over REST or a socket, on any node, each gets the next number and reaches every member’s devices as it was acknowledged', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const [anas, bens, bensTablet, eves] = await Promise.all([
      connect(app, ana),
      connect(node, ben),
      connect(app, ben),
      connect(node, eve),
    ]);
    const overSocket = await anas.ask('send_message', { chat_id: chat, content: 'hello', client_id: 'a-1' });
    expect(overSocket).toMatchObject({
      ok: true,
      data: { seq: 1, content: 'hello', sender_id: ana.id, client_id: 'a-1' },
    });
    const overRest = await api(node, ben).post(`/chats/${chat}/messages`, {
      content: 'hi',
      reply_to_id: overSocket.data.id,
    });
    expect(overRest).toMatchObject({
      status: 201,
      body: { seq: 2, reply_to_content: 'hello', reply_to_sender: 'ana' },
    });
    for (const socket of [anas, bens, bensTablet]) {
      await socket.next('new_message', ({ seq }) => seq === 2);
      expect(socket.all('new_message').filter(({ chat_id }) => chat_id === chat)).toMatchObject([
        { ...overSocket.data, change_seq: 1, message_count: 1 },
        { ...overRest.body, change_seq: 2, message_count: 2 },
      ]);
    }
    expect(eves.all('new_message')).toEqual([]);
    expect((await eves.ask('send_message', { chat_id: chat, content: 'x' })).error.code).toBe('chat.not_found');
    expect((await api(app, eve).get(`/chats/${chat}/messages`)).status).toBe(404);
    [anas, bens, bensTablet, eves].forEach((socket) => socket.close());
  });

  test('a new chat reaches the open devices of its members, and so do its messages at once', async () => {
    const bens = await connect(node, ben);
    const { body: chat } = await api(app, ana).post('/chats', {
      chat_type: 'group',
      name: 'Fresh',
      participant_ids: [ben.id],
    });
    expect(await bens.next('chat_created', ({ id }) => id === chat.id)).toMatchObject({
      name: 'Fresh',
      unread_count: 0,
    });
    await api(app, ana).post(`/chats/${chat.id}/messages`, { content: 'welcome' });
    await bens.next('new_message', ({ chat_id }) => chat_id === chat.id);
    bens.close();
  });

  test('a retry makes no second message: the same content gets the first answer, another is refused', async () => {
    const chat = await buildPrivateChat(app, ana, ben);
    const send = (content: string, to = chat) =>
      api(app, ana).post(`/chats/${to}/messages`, { content, client_id: 'r-1' });
    const sent = await Promise.all([send('once'), send('once'), send('once')]);
    expect(new Set(sent.map(({ body }) => body.id)).size).toBe(1);
    expect((await send('once')).body).toEqual(sent[0].body);
    const elsewhere = await buildGroup(app, ana, [ben]);
    for (const other of [await send('twice'), await send('once', elsewhere)])
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
    const keyed = () =>
      api(app, ana).post(`/chats/${chat}/messages`, { content: 'key' }, { headers: { 'Idempotency-Key': 'k-1' } });
    expect((await keyed()).body.id).toBe((await keyed()).body.id);
  });

  test('who is removed before the answer comes learns all the same that it was sent, and nothing of what became of it', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const send = (content: string) =>
      api(node, ben).post(`/chats/${chat}/messages`, { content, client_id: 'before-he-went' });
    const { body: sent } = await send('my last');
    expect((await api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`)).status).toBe(204);
    await api(app, ana).put(`/messages/${sent.id}/reactions`, { emojis: ['👋'] });
    expect(await send('my last')).toMatchObject({ status: 201, body: sent });
    expect(await send('another')).toMatchObject({ status: 404, body: { code: 'chat.not_found' } });
    await api(app, ana).delete(`/messages/${sent.id}`);
    expect(await send('my last')).toMatchObject({ status: 404, body: { code: 'chat.not_found' } });
  });

  test('pages go back and forth by number and never overlap', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    for (let index = 1; index <= 7; index++)
      await api(app, ana).post(`/chats/${chat}/messages`, { content: `${index}` });
    const seqs = async (query: string) => {
      const { body } = await api(app, ben).get(`/chats/${chat}/messages?${query}`);
      return {
        seqs: body.messages.map(({ seq }: { seq: number }) => seq),
        cursor: body.next_cursor,
        last: body.last_seq,
      };
    };
    const newest = await seqs('limit=3');
    expect(newest).toMatchObject({ seqs: [7, 6, 5], last: 7 });
    expect(await seqs(`limit=3&cursor=${newest.cursor}`)).toMatchObject({ seqs: [4, 3, 2] });
    expect(await seqs('before_seq=3')).toMatchObject({ seqs: [2, 1], cursor: null });
    const missed = await seqs('after_seq=2&limit=3');
    expect(missed).toMatchObject({ seqs: [3, 4, 5] });
    expect(await seqs(`limit=3&cursor=${missed.cursor}`)).toMatchObject({ seqs: [6, 7], cursor: null });
    expect((await api(app, ben).get(`/chats/${chat}/messages?before_seq=1&after_seq=1`)).status).toBe(422);
  });

  test('text is kept faithfully or refused, never a fault of the server', async () => {
    const chat = await buildPrivateChat(app, ana, ben);
    const post = (content: unknown) => api(app, ana).post(`/chats/${chat}/messages`, { content });
    for (const content of ['👩‍👩‍👧‍👦 e\u0301 \u202Eabc', '漢字かな交じり文', 'x'.repeat(16_384)])
      expect((await post(content)).body.content).toBe(content);
    for (const content of ['', '   ', 'a\u0000b', '\ud800', 'x'.repeat(16_385), 7, null, ['a'], {}])
      expect(await post(content)).toMatchObject({
        status: 422,
        body: { code: 'validation.failed', errors: [{ field: 'content' }] },
      });
    for (const id of ['0', '-1', 'abc', '9999999999999999', '1e3', '1.5'])
      expect((await api(app, ana).post(`/chats/${id}/messages`, { content: 'x' })).status).toBe(422);
    expect((await api(app, ana).post('/chats/9007199254740991/messages', { content: 'x' })).status).toBe(404);
  });
});

describe('receipts and typing', () => {
  test('marks move forward only, are each participant’s own, and reach the others', async () => {
    const chat = await buildGroup(app, ana, [ben, eve]);
    const ids: number[] = [];
    for (const content of ['1', '2', '3'])
      ids.push((await api(app, ana).post(`/chats/${chat}/messages`, { content })).body.id);
    const [anas, bens] = await Promise.all([connect(app, ana), connect(node, ben)]);
    expect(await bens.ask('message_delivered', { chat_id: chat, message_id: ids[2] })).toMatchObject({
      ok: true,
      data: { seq: 3 },
    });
    expect(await anas.next('message_delivered')).toMatchObject({ chat_id: chat, user_id: ben.id, seq: 3 });
    expect((await api(app, ben).put(`/messages/${ids[1]}/read`)).body).toMatchObject({ seq: 2, user_id: ben.id });
    expect(await anas.next('message_read')).toMatchObject({ chat_id: chat, message_id: ids[1], seq: 2 });
    await bens.ask('message_read', { chat_id: chat, message_id: ids[0] });
    const { participants, unread_count } = (await api(app, ben).get(`/chats/${chat}`)).body;
    expect(unread_count).toBe(1);
    expect(participants).toMatchObject([
      { user_id: ana.id, last_read_seq: 3 },
      { user_id: ben.id, last_read_seq: 2, last_delivered_seq: 3 },
      { user_id: eve.id, last_read_seq: 0, last_delivered_seq: 0 },
    ]);
    expect((await api(app, eve).put('/messages/999999/read')).body.code).toBe('message.not_found');
    anas.close();
    bens.close();
  });

  test('typing is told to the others of the chat alone, and ends by itself, and with the connection', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const [anas, bens, eves] = await Promise.all([connect(app, ana), connect(node, ben), connect(app, eve)]);
    const typing = { chat_id: chat, is_typing: true };
    const heard = () => bens.all('typing_indicator').map(({ is_typing: isTyping }) => isTyping);
    expect(await anas.ask('typing_indicator', typing)).toMatchObject({ ok: true });
    await until('it ends by itself', () => heard().length === 2);
    expect(bens.all('typing_indicator')[0]).toEqual({ ...typing, user_id: ana.id, expires_in: 1 });
    await anas.ask('typing_indicator', { chat_id: chat, is_typing: false }); // has ended: nothing to say
    await anas.ask('typing_indicator', typing);
    await anas.ask('typing_indicator', { chat_id: chat, is_typing: false });
    await until('it is over', () => heard().length === 4);
    await anas.ask('typing_indicator', typing);
    anas.close();
    await until('it ends with the connection', () => heard().length === 6);
    expect(heard()).toEqual([true, false, true, false, true, false]);

    const again = await connect(app, ana);
    const flood = await Promise.all(Array.from({ length: 60 }, () => again.ask('typing_indicator', typing)));
    expect(flood.filter(({ ok }) => !ok).map(({ error }) => error.code)).toContain('rate_limit.exceeded');
    for (const request of ['typing_indicator', 'join_chat', 'leave_chat'] as const)
      expect(await eves.ask(request, typing)).toMatchObject({ ok: false, error: { code: 'chat.not_found' } });
    expect([again, eves].flatMap((socket) => socket.all('typing_indicator'))).toEqual([]);
    for (const request of ['join_chat', 'leave_chat'])
      expect((await bens.ask(request, { chat_id: chat })).ok).toBe(true);
    [again, bens, eves].forEach((socket) => socket.close());
  });
});

test('who writes too fast is told to wait, over REST and sockets; nobody uses up what is everybody’s', async () => {
  const rates = {
    MESSAGES_PER_SECOND: '1',
    MESSAGES_BURST: '20',
    CHAT_MESSAGES_PER_SECOND: '1',
    CHAT_MESSAGES_BURST: '30',
  };
  const limited = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false', ...rates } });
  const [chat, other] = [await buildGroup(app, ana, [ben]), await buildGroup(app, ana, [ben])];
  const send = (user: TestUser, to = chat) => api(limited, user).post(`/chats/${to}/messages`, { content: 'x' });
  const many = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work));
  const { body: first } = await send(ana);
  await many(17, () => send(ana));
  expect((await api(limited, ana).put(`/messages/${first.id}`, { content: 'y' })).status).toBe(200);
  expect((await api(limited, ana).put(`/messages/${first.id}/reactions`, { emojis: ['👍'] })).status).toBe(200);
  const refused = await send(ana, other);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit.exceeded', params: { limit: 20 } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const socket = await connect(limited, ana);
  const message = { chat_id: chat, content: 'x' };
  expect(await socket.ask('send_message', message)).toMatchObject({
    error: { code: 'rate_limit.exceeded', params: { limit: 20, retry_after: expect.any(Number) } },
  });
  socket.close();
  // a stranger's don't count here
  for (let round = 0; round < 4; round++)
    for (const { status } of await many(5, () => send(eve))) expect(status).toBe(404);
  const bens = await many(13, () => send(ben));
  expect(bens.filter(({ status }) => status === 201)).toHaveLength(12);
  expect(bens.find(({ status }) => status === 429)!.body.params.limit).toBe(30);
  await limited.close();
});
