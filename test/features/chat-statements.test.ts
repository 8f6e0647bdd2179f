import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';

let app: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(() => app.close());

const post = async (chat: number, body: object) => {
  const { status, body: message } = await api(app, ana).post(`/chats/${chat}/messages`, body);
  expect(status).toBe(201);
  return message;
};

test('a page takes as many statements whatever its messages quote, name, belong to and are answered with', async () => {
  const [plain, rich] = [await buildGroup(app, ana, [ben, cid]), await buildGroup(app, ana, [ben, cid])];
  const root = await post(rich, { content: 'root' });
  for (let n = 0; n < 50; n++) {
    const { id } = await post(rich, { content: `@${ben.username}`, reply_to_id: root.id, thread_id: root.id });
    await api(app, cid).put(`/messages/${id}/reactions`, { emojis: ['👍'] });
  }
  await post(plain, { content: 'plain' });
  await app.db.settle();
  const read = (chat: number) =>
    countQueries(app, async () => {
      const { status } = await api(app, ben).get(`/chats/${chat}/messages?limit=50`);
      expect(status).toBe(200);
    });
  await read(plain);
  expect(await read(rich)).toBe(await read(plain));
});

test('to send takes as many statements in a large group as in a small one, and few more for what quotes and belongs to a thread', async () => {
  const [small, large] = [await buildGroup(app, ana, [ben, cid]), await buildGroup(app, ana, [ben, cid])];
  await app.db.query(
    `WITH crowd AS (
       INSERT INTO users (id, tenant_id, username, email, password_hash)
       SELECT gen_random_uuid(), 'default', 'crowd_' || n, 'crowd_' || n || '@example.org', 'x' FROM generate_series(1, 97) n RETURNING id)
     INSERT INTO chat_participants (chat_id, user_id) SELECT $1, id FROM crowd`,
    [large],
  );
  await app.db.query('UPDATE chats SET participant_count = 100 WHERE id = $1', [large]);
  const roots = new Map([small, large].map((chat) => [chat, post(chat, { content: 'root' })]));
  await Promise.all(roots.values());
  await app.db.settle();
  const send = async (chat: number, body: object) => {
    const count = await countQueries(app, () => post(chat, { content: `hello @${ben.username}`, ...body }));
    await app.db.settle();
    return count;
  };
  const answering = async (chat: number) => {
    const { id } = await roots.get(chat)!;
    return send(chat, { reply_to_id: id, thread_id: id });
  };
  await send(small, {});
  const plain = await send(small, {});
  expect(await send(large, {})).toBe(plain);
  expect(await answering(large)).toBe(await answering(small));
  expect((await answering(large)) - plain).toBeLessThanOrEqual(3);
});
