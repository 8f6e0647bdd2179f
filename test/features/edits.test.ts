import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, eve: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'eve');
  chat = await buildGroup(app, ana, [ben, cid]);
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const send = async (user: TestUser, body: object, to = chat) =>
  (await api(app, user).post(`/chats/${to}/messages`, body)).body;
const edit = (user: TestUser, id: number, content: string) => api(app, user).put(`/messages/${id}`, { content });
const remove = (user: TestUser, id: number, whose = 'all') => api(app, user).delete(`/messages/${id}?for=${whose}`);
const fetched = async (user: TestUser, id: number, from = chat) =>
  (await api(app, user).get(`/chats/${from}/messages?limit=100`)).body.messages.find((one: any) => one.id === id);

describe('editing', () => {
  test('everybody hears it under the next number, and what was said before stays readable', async () => {
    const bens = await connect(node, ben);
    const first = await send(ana, { content: 'Were are you?' });
    const edited = await edit(ana, first.id, 'Where are you?');
    expect(edited).toMatchObject({ status: 200, body: { content: 'Where are you?', is_edited: true, seq: first.seq } });
    const heard = await bens.next('message_updated', ({ id }) => id === first.id);
    expect(heard).toEqual({ ...edited.body, change_seq: first.seq + 1 });
    expect(await fetched(ben, first.id)).toEqual(edited.body);
    await edit(ana, first.id, 'Where?');
    const { body } = await api(app, ben).get(`/messages/${first.id}/edits`);
    expect(body).toMatchObject({
      edits: [{ content: 'Were are you?', written_at: first.created_at }, { content: 'Where are you?' }],
      next_cursor: null,
    });
    bens.close();
  });

  test('saying the same again is no edit', async () => {
    const { id } = await send(ana, { content: 'same' });
    const before = (await api(app, ana).get(`/chats/${chat}`)).body.last_seq;
    expect((await edit(ana, id, ' same ')).body).toMatchObject({ content: 'same', is_edited: false });
    expect((await api(app, ana).get(`/chats/${chat}`)).body.last_seq).toBe(before);
  });

  test('only its sender may, only texts, and not for ever', async () => {
    const { id } = await send(ana, { content: 'mine' });
    expect(await edit(ben, id, 'yours')).toMatchObject({ status: 403, body: { code: 'message.not_yours' } });
    for (const reply of [
      await edit(eve, id, 'x'),
      await api(app, eve).get(`/messages/${id}/edits`),
      await edit(ana, 999_999, 'x'),
    ])
      expect(reply).toMatchObject({ status: 404, body: { code: 'message.not_found' } });
    expect((await edit(ana, id, '')).body).toMatchObject({
      code: 'validation.failed',
      errors: [{ field: 'content', code: 'too_small' }],
    });
    const place = await send(ana, { message_type: 'location', metadata: { latitude: 1, longitude: 2 } });
    expect((await edit(ana, place.id, 'x')).body.code).toBe('message.not_editable');
    await app.db.query(`UPDATE messages SET created_at = now() - interval '48 hours' WHERE id = $1`, [id]);
    expect((await edit(ana, id, 'late')).body).toMatchObject({
      code: 'message.too_old_to_edit',
      params: { hours: 48 },
    });
    expect((await edit(ana, id, 'mine')).status).toBe(200);
  });

  test('a quote says what the quoted message says now', async () => {
    const { id } = await send(ana, { content: 'first' });
    const reply = await send(ben, { content: 'indeed', reply_to_id: id });
    await edit(ana, id, 'second');
    expect(await fetched(ben, reply.id)).toMatchObject({ reply_to_content: 'second', reply_to_is_deleted: false });
  });

  test('a retry of the first send still gets its message', async () => {
    const sent = await send(ana, { content: 'once', client_id: 'edited-1' });
    await edit(ana, sent.id, 'twice');
    expect(await send(ana, { content: 'once', client_id: 'edited-1' })).toMatchObject({
      id: sent.id,
      content: 'twice',
    });
  });

  test('whoever has left, or is kept out of the private chat by a block, can’t', async () => {
    const pair = await buildPrivateChat(app, ben, cid);
    const { id } = await send(ben, { content: 'hi' }, pair);
    await api(app, cid).post('/settings/privacy/block', { user_id: ben.id });
    expect((await edit(ben, id, 'x')).body.code).toBe('chat.closed');
    await api(app, cid).post('/settings/privacy/unblock', { user_id: ben.id });
    expect((await edit(ben, id, 'x')).status).toBe(200);
    const group = await buildGroup(app, ana, [ben]);
    const sent = await send(ben, { content: 'hi' }, group);
    await app.db.query('UPDATE chat_participants SET left_at = now() WHERE chat_id = $1 AND user_id = $2', [
      group,
      ben.id,
    ]);
    expect((await edit(ben, sent.id, 'x')).body.code).toBe('message.not_found');
    expect((await remove(ben, sent.id)).body.code).toBe('message.not_found');
  });
});

describe('deleting', () => {
  test('for all: a tombstone, and nothing of what it said is left anywhere', async () => {
    const bens = await connect(node, ben);
    const { id, seq } = await send(ana, { content: 'secretword @all https://secret.example.org' });
    await edit(ana, id, 'secretword again');
    await api(app, ben).put(`/messages/${id}/reactions`, { emojis: ['👍'] });
    const reply = await send(ben, { content: 'what?', reply_to_id: id });
    expect((await remove(ana, id)).status).toBe(204);
    const heard = await bens.next('message_deleted', ({ message_id }) => message_id === id);
    expect(heard).toMatchObject({
      chat_id: chat,
      id,
      seq,
      content: '',
      is_deleted: true,
      is_edited: false,
      reactions: [],
      metadata: null,
    });
    const { change_seq: _, message_id: __, ...tombstone } = heard;
    expect(await fetched(ben, id)).toEqual(tombstone);
    expect(await fetched(ben, reply.id)).toMatchObject({
      reply_to_id: id,
      reply_to_content: null,
      reply_to_is_deleted: true,
    });
    expect((await api(app, ben).get(`/messages/${id}/edits`)).body.edits).toEqual([]);
    await app.settle();
    const left = await app.db.query<{ found: boolean }>(
      `SELECT (SELECT count(*) FROM messages m WHERE m::text LIKE '%secret%') + (SELECT count(*) FROM message_edits e WHERE e::text LIKE '%secret%')
         + (SELECT count(*) FROM message_reactions WHERE message_id = $1) + (SELECT count(*) FROM message_mentions WHERE message_id = $1) AS found`,
      [id],
    );
    expect(left).toEqual([{ found: 0 }]);
    bens.close();
  });

  test('once is enough; nothing can be done with a tombstone', async () => {
    const { id } = await send(ana, { content: 'gone' });
    await remove(ana, id);
    const before = (await api(app, ana).get(`/chats/${chat}`)).body.last_seq;
    expect((await remove(ana, id)).status).toBe(204);
    expect((await api(app, ana).get(`/chats/${chat}`)).body.last_seq).toBe(before);
    for (const reply of [
      await edit(ana, id, 'x'),
      await api(app, ben).put(`/messages/${id}/reactions`, { emojis: ['👍'] }),
      await api(app, ana).put(`/messages/${id}/pin`),
    ])
      expect(reply).toMatchObject({ status: 409, body: { code: 'message.deleted' } });
  });

  test('those who govern a group may delete what others sent; members may not; in a private chat only the sender', async () => {
    const bens = await send(ben, { content: 'from ben' });
    expect((await remove(cid, bens.id)).body.code).toBe('message.not_yours');
    expect((await remove(ana, bens.id)).status).toBe(204);
    const pair = await buildPrivateChat(app, ana, ben);
    const sent = await send(ben, { content: 'hi' }, pair);
    expect((await remove(ana, sent.id)).body.code).toBe('message.not_yours');
  });

  test('for oneself: gone from one’s own pages and devices, and from nobody else’s', async () => {
    const [phone, tablet, bens] = await Promise.all([connect(app, ana), connect(node, ana), connect(app, ben)]);
    const { id } = await send(ben, { content: 'not for me' });
    expect((await remove(ana, id, 'me')).status).toBe(204);
    for (const device of [phone, tablet])
      expect(await device.next('message_hidden')).toMatchObject({ chat_id: chat, message_id: id });
    expect(await fetched(ana, id)).toBeUndefined();
    expect(await fetched(ben, id)).toMatchObject({ content: 'not for me' });
    expect((await edit(ana, id, 'x')).body.code).toBe('message.not_found');
    for (const path of [`/messages/${id}/receipts`, `/chats/${chat}/messages?around=${id}`])
      expect((await api(app, ana).get(path)).body.code).toBe('message.not_found');
    expect((await remove(ana, id, 'me')).status).toBe(204);
    expect((await remove(eve, id, 'me')).body.code).toBe('message.not_found');
    await app.settle();
    expect(bens.all('message_hidden')).toEqual([]);
    expect(phone.all('message_hidden')).toHaveLength(1);
    [phone, tablet, bens].forEach((socket) => socket.close());
  });
});

test('edit against delete: whoever comes first, a tombstone stays empty', async () => {
  for (let round = 0; round < 8; round++) {
    const { id } = await send(ana, { content: 'before' });
    const [edited, removed] = await Promise.all([
      api(round % 2 ? app : node, ana).put(`/messages/${id}`, { content: 'after' }),
      api(round % 2 ? node : app, ana).delete(`/messages/${id}`),
    ]);
    expect(removed.status).toBe(204);
    expect([200, 409]).toContain(edited.status);
    expect(await fetched(ben, id)).toMatchObject({ content: '', is_deleted: true, is_edited: false });
    expect((await api(app, ben).get(`/messages/${id}/edits`)).body.edits).toEqual([]);
  }
});
