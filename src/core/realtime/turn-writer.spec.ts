import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket as Tcp } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io, type Socket as Client } from 'socket.io-client';
import { Packet } from 'src/core/realtime/packets';
import { TurnWriter } from 'src/core/realtime/turn-writer';

const writer = new TurnWriter();
const seats: ((socket: Socket) => void)[] = [];
const clients: Client[] = [];
let http: HttpServer, server: Server;
beforeAll(async () => {
  http = createServer();
  server = new Server(http);
  server.on('connection', (socket) => {
    writer.serve(socket.conn);
    seats.shift()!(socket);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  clients.forEach((client) => client.disconnect());
  await server.close();
});

/** Both ends of a connection, and what the client hears. */
async function connect(transports: string[]) {
  const seat = new Promise<Socket>((resolve) => seats.push(resolve));
  const client = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, { transports, forceNew: true });
  clients.push(client);
  const heard: unknown[] = [];
  client.onAny((_name, value: unknown) => heard.push(value));
  return { socket: await seat, client, heard };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const packet = (value: unknown) => new Packet(`2${JSON.stringify(['said', value])}`);
/** Of one frame header each, and of more bytes than characters. */
const TEXTS = ['short', '漢字'.repeat(40), 'x'.repeat(118), 'y'.repeat(300), 'z'.repeat(70_000)];

test.each([['websocket'], ['polling'], ['polling', 'websocket']])(
  'packets of one turn come whole and in order, with what is sent otherwise between them, over %s %s',
  async (...transports) => {
    const { socket, client, heard } = await connect(transports.filter((one) => one));
    const sent: unknown[] = [];
    // some turns long, so that the client changes its transport meanwhile
    for (let turn = 0; turn < 60; turn++) {
      for (const [index, text] of TEXTS.entries()) {
        const value = { turn, index, text: turn < 2 ? text : '' };
        sent.push(value);
        if ((turn + index) % 4) writer.send(socket.conn, packet(value), turn % 3 === 0);
        else socket.emit('said', value);
      }
      await new Promise((resolve) => setTimeout(resolve, turn % 3));
    }
    const last = await new Promise((resolve) => {
      client.on('last', resolve);
      writer.send(socket.conn, new Packet('2["last",1]'));
    });
    expect(heard).toEqual([...sent, last]);
  },
);

test('what waits is sent before a connection is closed, and to a closed one nothing', async () => {
  const { socket, client, heard } = await connect(['websocket']);
  const closed = new Promise((resolve) => client.on('disconnect', resolve));
  writer.send(socket.conn, packet('farewell'));
  socket.disconnect(true);
  writer.send(socket.conn, packet('too late'));
  await closed;
  expect(heard).toEqual(['farewell']);
});

test('who is told little does not wait for those who are told much, to whom it is written a few a turn', async () => {
  const crowd = await Promise.all(Array.from({ length: 8 }, () => connect(['websocket'])));
  const quick = await connect(['websocket']);
  await turn();
  const written = ({ socket }: { socket: Socket }) =>
    (socket.conn.transport as unknown as { socket: { _socket: Tcp } }).socket._socket.bytesWritten;
  const before = new Map([...crowd, quick].map((one) => [one, written(one)]));
  const told = (some: typeof crowd) => some.filter((one) => written(one) > before.get(one)!).length;

  const much = packet('漢'.repeat(400_000));
  crowd.forEach(({ socket }) => writer.send(socket.conn, much));
  writer.send(quick.socket.conn, packet('little'));
  await turn();
  expect(told([quick])).toBe(1);
  expect(told(crowd)).toBe(0);
  crowd.forEach(({ socket }) => writer.send(socket.conn, packet('more')));
  await turn();
  expect(told(crowd)).toBe(1);

  crowd.forEach(({ socket }) => writer.send(socket.conn, packet('last')));
  while (crowd.some(({ heard }) => heard.length < 3)) await turn();
  for (const { heard } of crowd) expect(heard).toEqual(['漢'.repeat(400_000), 'more', 'last']);
});
