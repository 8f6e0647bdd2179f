import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startProcess, type NodeProcess } from 'test/support/process';
import { startCounting } from 'test/support/queries';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const PEOPLE = 20;
const DEVICES = 5;
/** All at once take long on a busy machine; what counts is that all come. */
const PATIENT = { timeout: 60_000 };

let app: TestApp, node: NodeProcess;
let people: TestUser[];
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  node = await startProcess({ beside: app, roles: ['api'] });
  people = await buildUsers(app, ...Array.from({ length: PEOPLE }, (_, index) => `p${index}`));
}, 120_000);
afterAll(async () => {
  await node.kill();
  await app.close();
});

test('a node dies, and all its connections come to the other at once: all are served, by four statements each at most', async () => {
  const [ana, ...others] = people as [TestUser, ...TestUser[]];
  const chat = await buildGroup(app, ana, others);
  const devices = people.flatMap((user) => Array.from({ length: DEVICES }, () => user));
  const before = await Promise.all(devices.map((user) => connect(node, user, PATIENT)));
  await node.kill();
  await until('all have noticed', () => before.every(({ raw }) => !raw.connected));

  const statements = startCounting(app);
  const [again, live] = await Promise.all([
    Promise.all(devices.map((user) => connect(app, user, PATIENT))),
    api(app).get('//health/live'),
  ]);
  statements.stop();
  expect(live.status).toBe(200);
  // token, session, chats (those of one moment together) and what is shared with whom
  expect(statements.count).toBeLessThanOrEqual(4 * devices.length);
  const { id } = (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'all here?' })).body;
  await until('all hear it', () => again.every((socket) => socket.all('new_message').some((one) => one.id === id)));
  again.forEach((socket) => socket.close());
});
