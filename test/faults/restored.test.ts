import { stepOver } from 'src/core/database/restored';
import { Jobs } from 'src/core/jobs/jobs';
import { OutboxRelay } from 'src/core/jobs/relay';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

// A backup is restored, which is older than what clients, Redis and people hold.

const HOUR_MS = 3_600_000;
const LOST = 5;

let first: TestApp, app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
beforeAll(async () => {
  first = await boot();
  [ana, ben] = await buildUsers(first, 'ana', 'ben');
  chat = await buildPrivateChat(first, ana, ben);
  await send('kept', first);
  await first.settle();
  await first.app.close();
});
afterAll(async () => {
  await app.app.close();
  await first.release();
});

const database = () => new URL(first.settings.DATABASE_URL!).pathname.slice(1);
const send = async (content: string, through = app) =>
  (await api(through, ana).post(`/chats/${chat}/messages`, { content, client_id: content })).body;
const block = (method: 'post' | 'delete', through = app) => api(through, ana)[method](`/users/${ben.id}/block`);
const sync = async (body: object, through = app) => (await api(through, ana).post('/sync', body)).body;

test('what was numbered after the backup is never another thing: clients are told of gaps, and work is done', async () => {
  await first.admin(`CREATE DATABASE ${database()}_backup TEMPLATE ${database()}`);

  app = await boot({ beside: first });
  const lost = [];
  for (let n = 0; n < LOST; n++) lost.push(await send(`lost-${n}`));
  await block('post');
  await app.settle();
  const held = await sync({});
  expect(held.user.last_seq).toBeGreaterThan(0);
  // these wait in Redis, under the ids of rows that will be gone
  const jobs = Array.from({ length: 50 }, () => ({ file_id: 1 }));
  await app.get(Jobs).enqueueAll('files.hash', jobs, { delayMs: HOUR_MS });
  const queue = () => app.get(OutboxRelay).queues.get('slow')!;
  await until('all wait', async () => (await queue().getDelayedCount()) >= jobs.length);
  await app.app.close();

  await first.admin(`DROP DATABASE ${database()} WITH (FORCE)`);
  await first.admin(`ALTER DATABASE ${database()}_backup RENAME TO ${database()}`);
  for (let time = 0; time < 3; time++) await stepOver(first.settings.DATABASE_URL!);

  app = await boot({ beside: first });
  const after = [];
  for (let n = 0; n < 2 * LOST; n++) after.push(await send(`after-${n}`));
  await block('post');
  await block('delete');
  await app.get(Jobs).enqueueAll('files.hash', [...jobs, ...jobs]);
  await app.settle();
  const now = await sync({ cursor: held.cursor });
  expect(now.user).toMatchObject({ gap: true, events: [] });
  expect(now.chats).toMatchObject([{ chat_id: chat, gap: true, last_seq: after.at(-1).seq }]);
  expect(after[0].id).toBeGreaterThan(lost.at(-1).id);
  const shown = (await api(app, ana).get(`/chats/${chat}/messages?limit=100`)).body.messages;
  expect(shown.map(({ content }: { content: string }) => content).sort()).toEqual(
    ['kept', ...after.map(({ content }) => content)].sort(),
  );
  expect(await sync({ cursor: now.cursor })).toMatchObject({ user: { gap: false, events: [] }, chats: [] });
});
