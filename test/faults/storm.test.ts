import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startProcess, type NodeProcess } from 'test/support/process';
import { startCounting } from 'test/support/queries';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

// What it costs, and how long it takes: bench/faults/storm.

const PEOPLE = 100;
const DEVICES = 20;
/** All at once take long on a busy machine; what counts is that all come. */
const PATIENCE_SECONDS = 120;
const PATIENT = { timeout: PATIENCE_SECONDS * 1000 };

let app: TestApp, node: NodeProcess;
let people: TestUser[];
beforeAll(async () => {
  // all 2,000 ask PostgreSQL at once
  app = await boot({ roles: ['api'], env: { DATABASE_TIMEOUT_MS: '60000' } });
  node = await startProcess({ beside: app, roles: ['api'] });
  people = await buildUsers(app, ...Array.from({ length: PEOPLE }, (_, index) => `p${index}`));
}, 120_000);
afterAll(async () => {
  await node.kill();
  await app.close();
});

interface Synced {
  cursor: string;
  more: boolean;
  chats: { events: { type: string; data: { id: number } }[] }[];
}

/** The messages that there have been since the cursor, and the next one. */
async function sync({ raw }: TestSocket, cursor?: string): Promise<{ cursor: string; messages: number[] }> {
  const asked = raw.timeout(PATIENT.timeout).emitWithAck('sync', cursor ? { cursor } : {});
  const reply = (await asked) as { ok: boolean; data: Synced };
  expect(reply).toMatchObject({ ok: true });
  const events = reply.data.chats.flatMap((chat) => chat.events).filter(({ type }) => type === 'new_message');
  const messages = events.map(({ data }) => data.id);
  if (!reply.data.more) return { cursor: reply.data.cursor, messages };
  const rest = await sync({ raw } as TestSocket, reply.data.cursor);
  return { ...rest, messages: [...messages, ...rest.messages] };
}

test('a node dies, and all its 2,000 connections come to the other at once: all are served, by four statements each at most, and have what they missed', async () => {
  const [ana, ...others] = people as [TestUser, ...TestUser[]];
  const chat = await buildGroup(app, ana, others);
  const say = async (content: string): Promise<number> =>
    (await api(app, ana).post(`/chats/${chat}/messages`, { content })).body.id;
  const devices = people.flatMap((user) => Array.from({ length: DEVICES }, () => user));
  const before = await Promise.all(devices.map((user) => connect(node, user, PATIENT)));
  const held = await Promise.all(before.map((socket) => sync(socket)));
  await node.kill();
  await until('all have noticed', () => before.every(({ raw }) => !raw.connected));
  const missed = [await say('one'), await say('another')];

  const lives: number[] = [];
  let isOver = false;
  const watch = async () => {
    while (!isOver) lives.push((await api(app).get('//health/live')).status);
  };
  const watching = watch();
  const statements = startCounting(app);
  const again = await Promise.all(devices.map((user) => connect(app, user, PATIENT)));
  statements.stop();
  // token, session, chats (those of one moment together) and what is shared with whom
  expect(statements.count).toBeLessThanOrEqual(4 * devices.length);
  const synced = await Promise.all(again.map((socket, index) => sync(socket, held[index]!.cursor)));
  isOver = true;
  await watching;
  expect(new Set(lives)).toEqual(new Set([200]));
  expect(new Set(synced.map(({ messages }) => String(messages)))).toEqual(new Set([String(missed)]));

  const id = await say('all here?');
  const hears = (socket: TestSocket) => socket.all('new_message').some((one) => one.id === id);
  await until('all hear it', () => again.every(hears), PATIENCE_SECONDS);
  again.forEach((socket) => socket.close());
}, 240_000);
