import type { Socket as Tcp } from 'node:net';
import type { Server } from 'socket.io';
import { Realtime } from 'src/core/realtime/realtime';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

// What they cost, and what others feel of them: bench/faults/slow-readers.

const SLOW = 500;
/** With as many devices each as one may have connected. */
const CROWD = SLOW / 50;
const AT_ONCE = 20;
/** On a machine that others keep busy, too. */
const PATIENCE_SECONDS = 120;
/** As large as a message may be. */
const LARGE = '漢'.repeat(5_400);

let app: TestApp;
let speaker: TestUser, listener: TestUser, crowd: TestUser[];
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  // whoever reads nothing answers no pings: on a busy machine that would be noticed before so much waits for him
  const { server } = app.get(Realtime) as unknown as { server: Server };
  server.engine.opts.pingTimeout = 2 * PATIENCE_SECONDS * 1000;
  [speaker, listener] = await buildUsers(app, 'speaker', 'listener');
  crowd = await buildUsers(app, ...Array.from({ length: CROWD }, (_, index) => `p${index}`));
});
afterAll(() => app.close());

const wireOf = ({ raw }: TestSocket) => (raw.io.engine.transport as unknown as { ws: { _socket: Tcp } }).ws._socket;
const figure = async (name: string) =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec((await api(app).get('//metrics')).body as string)![1]);

test('500 who read nothing are let go before what waits for them costs memory; the server lives, others hear all, and they sync', async () => {
  const chat = await buildGroup(app, speaker, [listener, ...crowd]);
  const [quick, speaking] = [await connect(app, listener), await connect(app, speaker)];
  const slow = await Promise.all(Array.from({ length: SLOW }, (_, n) => connect(app, crowd[n % crowd.length])));
  slow.forEach((socket) => wireOf(socket).pause());
  const said: number[] = [];
  await until(
    'all who do not read are let go',
    async () => {
      const say = { chat_id: chat, content: LARGE };
      const replies = await Promise.all(
        Array.from({ length: AT_ONCE }, () =>
          speaking.raw.timeout(PATIENCE_SECONDS * 1000).emitWithAck('send_message', say),
        ),
      );
      // on a fast machine some come too fast for one speaker
      said.push(...(replies as { data?: { id: number } }[]).flatMap(({ data }) => data?.id ?? []));
      expect((await api(app).get('//health/live')).status).toBe(200);
      return (await figure('muster_sockets_open')) === 2;
    },
    PATIENCE_SECONDS,
  );
  expect(await figure('muster_sockets_too_slow')).toBe(SLOW);
  const heard = () => quick.all('new_message').map(({ id }) => id);
  await until('the quick one has heard all', () => heard().length >= said.length, PATIENCE_SECONDS);
  expect(heard().sort((a, b) => a - b)).toEqual(said.sort((a, b) => a - b));

  slow.forEach((socket) => wireOf(socket).destroy());
  const again = await connect(app, crowd[0]);
  const { chats } = (await again.ask('sync', { chats: { [chat]: said.length - 3 } })).data;
  expect(JSON.stringify(chats)).toContain(`"id":${said.at(-1)}`);
  [quick, speaking, again].forEach((socket) => socket.close());
}, 240_000);
