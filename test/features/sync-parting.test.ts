import { AccountWorkers } from 'src/modules/account/account.workers';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, mod: TestUser;
beforeAll(async () => {
  [app, node] = await bootTwo();
});
beforeEach(async () => {
  [ana, ben, mod] = await buildUsers(app, 'ana', 'ben', 'mod');
  await app.db.query(`UPDATE users SET role = 'moderator' WHERE id = $1`, [mod.id]);
});
afterAll(() => closeAll(node, app));

const post = async (user: TestUser, chat: number, body: object) =>
  (await api(app, user).post(`/chats/${chat}/messages`, body)).body;
const send = (user: TestUser, chat: number, content: string) => post(user, chat, { content });
const deleteForAll = (user: TestUser, { id }: { id: number }) => api(node, user).delete(`/messages/${id}?for=all`);

async function deleteByModerator({ id }: { id: number }, reporter: TestUser) {
  const report = await api(app, reporter).post(`/messages/${id}/report`, { reason: 'spam' });
  const done = await api(node, mod).post(`/moderation/reports/${report.body.id}/resolve`, {
    actions: ['delete_message'],
  });
  expect(done.status).toBe(200);
}

test('what changes in a private chat of two who have parted, either is told', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const [one, other, bad] = [
    await send(ben, chat, 'one'),
    await send(ana, chat, 'other'),
    await send(ben, chat, 'bad'),
  ];
  await api(app, ana).post(`/users/${ben.id}/block`);
  await app.settle();
  const held = await verifySync(app, ben, async () => {
    expect((await deleteForAll(ben, one)).status).toBe(204);
    await deleteForAll(ana, other);
  }); // oxfmt-ignore
  expect(held.state.chats).toMatchObject([
    { messages: [{ is_deleted: true }, { is_deleted: true }, { content: 'bad' }] },
  ]);
  await verifySync(app, ana, () => deleteByModerator(bad, ana), { node });
});

test('a chat that somebody has deleted for himself comes back with what is new, or with his own preferences, and not else', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const [one, other] = [await send(ana, chat, 'one'), await send(ana, chat, 'other')];
  await api(app, ben).delete(`/chats/${chat}`);
  const held = await verifySync(
    app,
    ben,
    async () => {
      await api(app, ana).put(`/messages/${one.id}`, { content: 'edited' });
      await api(app, ana).put(`/messages/${one.id}/reactions`, { emojis: ['👍'] });
      await deleteForAll(ana, other);
    },
    { node },
  );
  expect(held.state.chats).toEqual([]);
  const back = await verifySync(app, ben, () => api(app, ben).put(`/chats/${chat}/preferences`, { is_muted: true }));
  expect(back.state.chats).toMatchObject([{ id: chat, is_muted: true, messages: [] }]);
  await api(app, ben).delete(`/chats/${chat}`);
  const again = await verifySync(app, ben, () => send(ana, chat, 'new'));
  expect(again.state.chats).toMatchObject([{ id: chat, messages: [{ content: 'new' }] }]);
});

test('how a thread began is shown to nobody who has cleared that or deleted it for himself', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const root = await send(ana, chat, 'root');
  await api(app, ben).delete(`/chats/${chat}/messages`);
  const reply = await post(ana, chat, { content: 'reply', thread_id: root.id });
  const hidden = await post(ana, chat, { content: 'hidden', thread_id: root.id });
  await api(app, ben).delete(`/messages/${hidden.id}?for=me`);
  await api(app, ana).put(`/messages/${root.id}`, { content: 'changed behind his back' });
  const thread = (await api(app, ben).get(`/messages/${reply.id}/thread`)).body;
  expect(thread).toMatchObject({ root: null, messages: [{ id: reply.id }] });
  expect((await api(app, ana).get(`/messages/${reply.id}/thread`)).body.root.id).toBe(root.id);
  const { body } = await api(app, ben).post('/sync', { chats: { [chat]: 0 } });
  expect(body.chats[0].events.map(({ data }: any) => data.id)).toEqual([reply.id]);
});

test('those who stay are told when an account is erased: its name, its places and its reactions are nowhere any more', async () => {
  const [group, pair] = [await buildGroup(app, ana, [ben]), await buildPrivateChat(app, ana, ben)];
  const said = await send(ben, group, 'said by ben');
  for (const chat of [group, pair]) {
    const metadata = { latitude: 45.77, longitude: 14.35 };
    const place = await post(ana, chat, { message_type: 'location', metadata });
    await api(app, ben).put(`/messages/${place.id}/reactions`, { emojis: ['👍'] });
    expect((await api(app, ana).put(`/messages/${place.id}/pin`)).status).toBe(200);
    await send(ana, chat, 'said by ana');
  }
  await api(app, ana).put(`/messages/${said.id}/reactions`, { emojis: ['🎉'] });
  await api(app, ana).delete('/profile', { body: { password: ana.password } });
  await app.db.query(`UPDATE users SET deletion_due_at = now() - interval '1 day' WHERE id = $1`, [ana.id]);
  const { state } = await verifySync(
    app,
    ben,
    async () => {
      await app.get(AccountWorkers).beginErasures();
      await app.settle();
    },
    { node },
  );
  const text = JSON.stringify(state);
  for (const trace of [ana.id, ana.username, '45.77', '👍', '🎉']) expect(text).not.toContain(trace);
  const places = state.chats.flatMap(({ messages }) => messages.filter((one: any) => one.message_type === 'location'));
  expect(places).toMatchObject(Array(2).fill({ is_deleted: true, metadata: null, pinned_at: null, reactions: [] }));
});

test('what becomes of the messages of an erased account, and what quotes them, each hears in his language', async () => {
  const group = await buildGroup(app, ana, [ben, mod]);
  const [quoted, pinned, deleted] = [
    await send(ana, group, '1'),
    await send(ana, group, '2'),
    await send(ana, group, '3'),
  ];
  await api(app, ana).delete('/profile', { body: { password: ana.password } });
  await app.db.query(`UPDATE users SET deletion_due_at = now() - interval '1 day' WHERE id = $1`, [ana.id]);
  await app.get(AccountWorkers).beginErasures();
  await app.settle();
  await api(app, ben).put('/profile', { language: 'ko' });
  const { state } = await verifySync(app, mod, async () => {
    await post(ben, group, { content: 'as she said', reply_to_id: quoted.id });
    expect((await api(node, ben).put(`/messages/${pinned.id}/pin`)).status).toBe(200);
    expect((await deleteForAll(ben, deleted)).status).toBe(204);
  });
  expect(state.chats[0].last_message.reply_to_sender).toBe('Deleted account');
});

test('what two have read and got is told to neither while one has blocked the other, and again when that ends', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const [one, other] = [await send(ben, chat, 'one'), await send(ben, chat, 'other')];
  await api(app, ana).put(`/messages/${one.id}/read`);
  await api(app, ana).post(`/users/${ben.id}/block`);
  const { cursor } = (await api(app, ben).get('/sync')).body;
  await api(app, ana).put(`/messages/${other.id}/read`);
  const personIn = ({ body }: any) => body.participants.find(({ user_id }: any) => user_id === ana.id);
  const hidden = { last_read_seq: null, last_delivered_seq: 0 };
  expect(
    (await api(app, ben).get(`/sync?cursor=${cursor}`)).body.marks.map(({ user_id }: any) => user_id),
  ).not.toContain(ana.id);
  expect(personIn(await api(app, ben).get(`/chats/${chat}`))).toMatchObject(hidden);
  const listed = (await api(app, ben).get('/chats')).body.chats.find(({ id }: any) => id === chat);
  expect(personIn({ body: listed })).toMatchObject(hidden);
  expect((await api(app, ben).get(`/messages/${one.id}/receipts`)).body).toMatchObject({
    receipts: [{ user_id: ana.id, status: 'sent' }],
    ...{ read_count: 0, delivered_count: 0 },
  });
  const marks = { last_read_seq: other.seq, last_delivered_seq: other.seq };
  expect(personIn(await api(app, ana).get(`/chats/${chat}`))).toMatchObject(marks);
  const before = await verifySync(app, ben, async () => {
    await api(app, ben).post(`/users/${ana.id}/block`);
    await api(app, ben).post(`/users/${ana.id}/unblock`);
  });
  expect(before.state.chats).toMatchObject([{ last_seq: other.seq }]);
  const back = await verifySync(app, ben, () => api(app, ana).post(`/users/${ben.id}/unblock`), { node });
  expect(back.state.chats[0].participants.find(({ user_id }: any) => user_id === ana.id)).toMatchObject(marks);
});

test('what somebody gets of a private chat of two who have parted, his own devices are told', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const { id: message_id, seq } = await send(ben, chat, 'one');
  await api(app, ana).post(`/users/${ben.id}/block`);
  const phone = await connect(app, ana);
  const held = await verifySync(app, ana, () => phone.ask('message_delivered', { chat_id: chat, message_id }), {
    node,
  });
  phone.close();
  const marks = held.state.chats[0].participants.find(({ user_id }: any) => user_id === ana.id);
  expect(marks).toMatchObject({ last_read_seq: 0, last_delivered_seq: seq });
});

test('who comes in by a link, and what a group is changed to, all are told', async () => {
  const chat = await buildGroup(app, ana, [mod]);
  await send(mod, chat, 'before');
  const { token } = (await api(app, ana).post(`/chats/${chat}/invites`, {})).body;
  const bens = await verifySync(app, ben, () => api(node, ben).post(`/invites/${token}/join`), { node });
  expect(bens.state.chats).toMatchObject([{ id: chat, participant_count: 3 }]);
  const [eve] = await buildUsers(app, 'eve');
  const settings = { who_may_post: 'admins', slow_mode_seconds: 30 };
  const bensNow = await verifySync(app, ben, async () => {
    expect((await api(app, eve).post(`/invites/${token}/join`)).status).toBe(200);
    expect((await api(node, ana).put(`/chats/${chat}`, { settings })).status).toBe(200);
  });
  expect(bensNow.state.chats).toMatchObject([{ participant_count: 4, settings }]);
});
