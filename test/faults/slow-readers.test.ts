import type { Socket as Tcp } from 'node:net';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { runInContext } from 'src/core/context/context';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

const SLOW = 20;
const LARGE = 'x'.repeat(500_000);

let app: TestApp;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(() => app.close());

const wireOf = ({ raw }: TestSocket) => (raw.io.engine.transport as unknown as { ws: { _socket: Tcp } }).ws._socket;
const figure = async (name: string) =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec((await api(app).get('//metrics')).body as string)![1]);

test('who reads nothing is let go before what waits for him costs memory; others hear all, and he syncs', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const quick = await connect(app, ana);
  const slow = await Promise.all(Array.from({ length: SLOW }, () => connect(app, ben)));
  slow.forEach((socket) => wireOf(socket).pause());
  const everybody = [ana, ben].map(({ id }) =>
    runInContext({ tenantId: 'default', traceId: '', language: 'en' }, () => room('user', id)),
  );
  const { server } = app.get(Realtime) as unknown as {
    server: { to(rooms: string[]): { emit(name: string, text: string): void } };
  };
  let sent = 0;
  await until('all who do not read are let go', async () => {
    server.to(everybody).emit('flood', LARGE);
    sent++;
    await quick.ask('ping');
    return (await figure('muster_sockets_open')) === 1;
  });
  expect(await figure('muster_sockets_too_slow')).toBe(SLOW);
  await until('the quick one has heard all', () => quick.heard.filter(({ name }) => name === 'flood').length === sent);

  const message = (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'meanwhile' })).body;
  slow.forEach((socket) => wireOf(socket).destroy());
  const again = await connect(app, ben);
  const { chats } = (await again.ask('sync', { chats: { [chat]: 0 } })).data;
  expect(JSON.stringify(chats)).toContain(`"id":${message.id}`);
  [quick, again].forEach((socket) => socket.close());
});
