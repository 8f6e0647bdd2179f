import path from 'node:path';
import { Presence } from 'src/core/realtime/presence';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startProcess, type NodeProcess } from 'test/support/process';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// One node's clock is five minutes ahead.

const AHEAD_MS = 300_000;
let app: TestApp, ahead: NodeProcess;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  ahead = await startProcess({
    beside: app,
    roles: ['api', 'worker'],
    env: {
      CLOCK_AHEAD_MS: String(AHEAD_MS),
      NODE_OPTIONS: `--require ${path.resolve('test/support/clock-ahead.cjs')}`,
    },
  });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
}, 120_000);
afterAll(async () => {
  await ahead.kill();
  await app.close();
});

test('numbers and times of messages are the same whichever node took them, and the figures tell how far it is off', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const sent = [];
  for (const at of [app, ahead, ahead, app])
    sent.push((await api(at, ana).post(`/chats/${chat}/messages`, { content: 'x' })).body);
  const first = sent[0].seq as number;
  expect(sent.map(({ seq }) => seq)).toEqual([first, first + 1, first + 2, first + 3]);
  for (const { created_at: at } of sent) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(AHEAD_MS / 2);
  const figure = /^muster_clock_ahead_seconds (\S+)/m.exec((await api(ahead).get('//metrics')).body as string)!;
  expect(Math.abs(Number(figure[1]) - AHEAD_MS / 1000)).toBeLessThan(10);
});

test('tokens of others are good there; its own are refused elsewhere, for they are from the future', async () => {
  expect((await api(ahead, ana).get('/profile')).status).toBe(200);
  const { body } = await api(ahead).post('/login', { email: ana.email, password: ana.password });
  expect((await api(ahead, { token: body.access_token }).get('/profile')).status).toBe(200);
  expect((await api(app, { token: body.access_token }).get('/profile')).status).toBe(401);
});

test('who is connected to either node is online for both, also after that one has looked', async () => {
  const sockets = await Promise.all([connect(app, ana), connect(ahead, ben)]);
  const { body } = await api(ahead, ben).get(`/users/${ana.id}`);
  expect(body).toMatchObject({ status: 'online' });
  expect(await app.get(Presence).online([ana.id, ben.id])).toEqual(new Set([ana.id, ben.id]));
  const before = await sweeps();
  const [, bens] = sockets;
  await until('it has looked', async () => (await sweeps()) > before, 40);
  expect(bens.all('user_status').filter(({ status }) => status === 'offline')).toEqual([]);
  expect((await api(app, ben).get(`/users/${ana.id}`)).body).toMatchObject({ status: 'online' });
  sockets.forEach((socket) => socket.close());
});

/** How often the node whose clock is wrong has looked who is gone. */
async function sweeps(): Promise<number> {
  const text = (await api(ahead).get('//metrics')).body as string;
  return Number(/^muster_job_seconds_count\{handler="presence.sweep",outcome="done"\} (\d+)/m.exec(text)?.[1] ?? 0);
}
