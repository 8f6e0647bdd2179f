import { ChangesService } from 'src/modules/chats/changes.service';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

// Something was acknowledged, and those who stay connected were not told of it.

let app: TestApp, beside: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  app = await boot();
  beside = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(async () => {
  await beside.close();
  await app.close();
});

describe('when what is to be told can’t be read', () => {
  /** The first so many reads fail, as when PostgreSQL ends their connections. */
  const failing = async (times: number, work: () => Promise<unknown>) => {
    const changes = app.get(ChangesService);
    const events = changes.events.bind(changes);
    let left = times;
    changes.events = (rows) => (left-- > 0 ? Promise.reject(new Error('terminating connection')) : events(rows));
    await work();
    await app.settle();
    Reflect.deleteProperty(changes, 'events');
  };
  const edit = async (chat: number) => {
    const { body } = await api(app, ana).post(`/chats/${chat}/messages`, { content: 'befroe' });
    await app.settle();
    return () => api(app, ana).put(`/messages/${body.id}`, { content: 'after' });
  };

  test('once, it is told all the same', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const bens = await connect(beside, ben);
    await failing(1, await edit(chat));
    await bens.next('message_updated', ({ content }) => content === 'after');
    expect(bens.all('sync_needed')).toEqual([]);
    bens.close();
  });

  test('again, those in the chat are told to sync, on every node, and nobody else', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const sockets = await Promise.all([connect(app, ana), connect(beside, ben), connect(beside, cid)]);
    await failing(2, await edit(chat));
    await Promise.all(sockets.slice(0, 2).map((socket) => socket.next('sync_needed')));
    await api(app, ana).post(`/chats/${await buildGroup(app, ana, [cid])}/messages`, { content: 'later' });
    await sockets[2].next('new_message', ({ content }) => content === 'later');
    expect(sockets[2].all('sync_needed')).toEqual([]);
    for (const socket of sockets) socket.close();
  });
});
