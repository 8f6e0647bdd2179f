import { Writable } from 'node:stream';
import { ChatRooms } from 'src/modules/chats/chat-rooms';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';
import { Wire } from 'test/support/wire';

// Socket.IO's own client comes back by itself when its line is closed, and never when it is told to go.

let app: TestApp, node: TestApp;
let wire: Wire;
let ana: TestUser;
let log = '';
beforeAll(async () => {
  app = await boot();
  wire = await Wire.to(app.settings.DATABASE_URL!);
  const logTo = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
  node = await boot({ beside: app, roles: ['api'], env: { DATABASE_URL: wire.url, LOG_LEVEL: 'warn' }, logTo });
  ana = await buildUser(app, 'ana');
});
afterAll(async () => {
  await node.close();
  await app.close();
  await wire.close();
});

const STOCK = { reconnection: true };

test.each(['websocket', 'polling'])('who comes by %s while PostgreSQL is away is in when it is back', async (way) => {
  wire.cut();
  log = '';
  const connecting = connect(node, ana, { ...STOCK, transports: [way] });
  await until('it can’t be told who he is', () => log.includes('"unavailable: '));
  wire.mend();
  (await connecting).close();
});

test('so is he whose connection could not be set up', async () => {
  const rooms = node.get(ChatRooms) as unknown as { chats: { heardBy(ids: string[]): Promise<unknown> } };
  const { chats } = rooms;
  let failures = 0;
  rooms.chats = { heardBy: () => Promise.reject(new Error(`terminating connection ${++failures}`)) };
  const connecting = connect(node, ana, STOCK);
  await until('it has failed', () => failures > 0);
  rooms.chats = chats;
  (await connecting).close();
});

test('and he who was in when his node stopped', async () => {
  const other = await boot({ beside: app, roles: ['api'] });
  const socket = await connect(other, ana, STOCK);
  await other.close();
  await until('he is out', () => !socket.raw.connected);
  expect(socket.raw.active).toBe(true); // and tries again
  socket.close();
});
