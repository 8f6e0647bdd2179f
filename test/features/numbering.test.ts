import { runInContext, DEFAULT_TENANT } from 'src/core/context/context';
import { Streams } from 'src/core/streams/streams';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
const as = <T>(user: TestUser, work: () => Promise<T>) =>
  runInContext({ tenantId: DEFAULT_TENANT, traceId: 'test', language: 'en', user: principalOf(user) }, work);
const failing = async (work: Promise<unknown>) => {
  await work;
  throw new Error('on purpose');
};

test('messages and other changes of a chat share its numbers, from two nodes, with work rolled back in between: no gap, no repeat', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const first = (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'first' })).body;
  const touched = { type: 'new_message' as const, messageId: first.id as number };
  const send = (on: TestApp) =>
    api(on, ben)
      .post(`/chats/${chat}/messages`, { content: 'x' })
      .then(({ body }) => [body.seq as number]);
  const change = (on: TestApp) =>
    as(ana, () => on.db.tx(() => on.get(ChatLog).append(chat, touched, touched))).then((last) => [last - 1, last]);
  const rollBack = (on: TestApp) =>
    as(ana, () => on.db.tx(() => failing(on.get(ChatLog).append(chat, touched)))).catch(() => []);
  const work = upTo(90).map((index) => [send, change, rollBack][index % 3]!(index % 2 ? app : node));
  expect(sorted([1, ...(await Promise.all(work)).flat()])).toEqual(upTo(91));
  expect((await api(app, ben).get(`/chats/${chat}`)).body).toMatchObject({
    last_seq: 91,
    last_message: { sender_id: ben.id },
  });
});

test('the newest message and what is unread do not depend on the numbers that other changes took', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const send = (user: TestUser) => api(app, user).post(`/chats/${chat}/messages`, { content: 'x' });
  const { body: first } = await send(ana);
  await as(ana, () => app.db.tx(() => app.get(ChatLog).append(chat, { type: 'new_message', messageId: first.id })));
  const { body: second } = await send(ana);
  expect([first.seq, second.seq]).toEqual([1, 3]);
  const seenBy = async (user: TestUser) => (await api(app, user).get(`/chats/${chat}`)).body;
  expect(await seenBy(ben)).toMatchObject({ unread_count: 2, last_message: { id: second.id } });
  expect(await seenBy(ana)).toMatchObject({ unread_count: 0, last_read_seq: 3 });
  await api(app, ben).put(`/messages/${first.id}/read`);
  expect(await seenBy(ben)).toMatchObject({ unread_count: 1, last_read_seq: 1 });
  await send(ben);
  expect(await seenBy(ben)).toMatchObject({ unread_count: 0, last_read_seq: 4 });
});

test('each user’s own stream is numbered for himself, and every device hears it under its number', async () => {
  const [cid, dan, eve] = await buildUsers(app, 'cid', 'dan', 'eve');
  const phone = await connect(app, cid);
  const tablet = await connect(node, cid);
  const tell = (on: TestApp, users: TestUser[]) => {
    const ids = users.map(({ id }) => id);
    const event = { user_id: eve.id, is_blocked: true };
    return as(eve, () => on.db.tx(() => on.get(Streams).append(ids, 'block_changed', event)));
  };
  const rollBack = (on: TestApp) => as(eve, () => on.db.tx(() => failing(tell(on, [dan, cid])))).catch(() => undefined);
  const done = await Promise.all(
    upTo(60).map((index) => {
      const on = index % 2 ? app : node;
      return index % 4 === 0
        ? rollBack(on)
        : tell(
            on,
            index % 4 === 1
              ? [cid]
              : [
                  [cid, dan],
                  [dan, cid],
                ][index % 2]!,
          );
    }),
  );
  const numbersOf = (user: TestUser) => sorted(done.flatMap((numbers) => numbers?.get(user.id) ?? []));
  expect(numbersOf(cid)).toEqual(upTo(45));
  expect(numbersOf(dan)).toEqual(upTo(30));
  for (const device of [phone, tablet]) {
    await device.next('block_changed', () => device.all('block_changed').length === 45);
    expect(sorted(device.all('block_changed').map(({ user_seq }) => user_seq))).toEqual(upTo(45));
    device.close();
  }
});

test('a number is given only in the transaction of its change', async () => {
  await expect(app.get(Streams).append(ana.id, 'block_changed', { user_id: ben.id, is_blocked: true })).rejects.toThrow(
    'outside a transaction',
  );
  await expect(
    app.db.tx(() => app.get(ChatLog).append(999_999, { type: 'new_message', messageId: 1 })),
  ).rejects.toThrow('does not exist');
});
