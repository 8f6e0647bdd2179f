import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, mod: TestUser;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
});
beforeEach(async () => {
  [ana, ben, mod] = await buildUsers(app, 'ana', 'ben', 'mod');
  await app.db.query(`UPDATE users SET role = 'moderator' WHERE id = $1`, [mod.id]);
});
afterAll(async () => {
  await node.close();
  await app.close();
});

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
  }); // prettier-ignore
  expect(held.state.chats).toMatchObject([
    { messages: [{ is_deleted: true }, { is_deleted: true }, { content: 'bad' }] },
  ]);
  await verifySync(app, ana, () => deleteByModerator(bad, ana), { node });
});
