import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Storage } from 'src/core/storage/storage';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';
import { Wire } from 'test/support/wire';
import { ZipFile } from 'yazl';

// PostgreSQL hangs, breaks off, is slow, or has no connection to spare. `keeper` reaches it by another way.

const POOL = 4;
const TIMEOUT_MS = 1000;
/** The one promise about time: so soon, with room for a busy machine, everybody hears that it is away. */
const LONGEST_MS = 3 * TIMEOUT_MS;
let wire: Wire;
let keeper: TestApp, app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
let bens: TestSocket;
let log = '';
beforeAll(async () => {
  keeper = await boot({ roles: ['worker'] });
  wire = await Wire.to(keeper.settings.DATABASE_URL!);
  app = await boot({
    beside: keeper,
    roles: ['api'],
    env: {
      DATABASE_URL: wire.url,
      DATABASE_POOL_SIZE: String(POOL),
      DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
      LOG_LEVEL: 'warn',
    },
    logTo: new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) }),
  });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  chat = await buildPrivateChat(app, ana, ben);
  bens = await connect(app, ben);
});
beforeEach(() => {
  log = '';
  wire.mend();
});
afterAll(async () => {
  bens.close();
  await app.close();
  await wire.close();
  await keeper.close();
});

let number = 0;
const send = (content = `message-${++number}`) =>
  api(app, ana).post(`/chats/${chat}/messages`, { content }, { headers: { 'idempotency-key': content } });
const stored = async () =>
  (await keeper.db.query<{ content: string }>('SELECT content FROM messages ORDER BY seq')).map((row) => row.content);
const ready = () => api(app).get('//health/ready');

/** Refused in time and told so, though the process lives and sockets stay; then well again by itself, and nothing is stored twice. */
async function isAwayUntil(mend: () => unknown, { isDown = true } = {}) {
  const content = `message-${++number}`;
  const body = { chat_id: chat, content: 'over a socket', client_id: `socket-${content}` };
  const began = Date.now();
  const took: number[] = [];
  const timed = <T>(answer: Promise<T>) => answer.finally(() => took.push(Date.now() - began));
  const [refused, over, live, readiness] = await Promise.all([
    timed(send(content)),
    timed(bens.raw.timeout(30_000).emitWithAck('send_message', body) as Promise<unknown>),
    timed(api(app).get('//health/live')),
    isDown && timed(ready()), // of one that is slow it would say only that it is slow
    ...Array.from({ length: 3 * POOL }, () => timed(api(app, ana).get('/profile'))),
  ]);
  if (isDown) expect(Math.max(...took)).toBeLessThan(LONGEST_MS);
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(over).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  expect(live.status).toBe(200);
  const down = { status: 503, body: { checks: { redis: 'up' }, down: ['database'] } };
  if (isDown) expect(readiness).toMatchObject(down);
  expect(bens.raw.connected).toBe(true);
  await mend();
  await until('it is back', async () => (await ready()).status === 200);
  const sent = await send(content);
  expect(sent.status).toBe(201);
  await bens.next('new_message', ({ id }) => id === sent.body.id);
  const all = await stored();
  expect(all.filter((one) => one === content)).toHaveLength(1);
  expect(log).toContain('"unavailable: ');
  const figures = (await api(app).get('//metrics')).body;
  expect(figures).toMatch(/muster_http_seconds_count\{[^}]*messages"[^}]*status="503"\} [1-9]/);
}

test('it hangs', async () => {
  await send();
  wire.silence();
  await isAwayUntil(() => wire.mend());
});

test('its connections break off, and no new one is made', async () => {
  await send();
  wire.cut();
  await isAwayUntil(() => wire.mend());
});

test('its connections are killed under load: who is acknowledged is stored, a retry makes nothing twice', async () => {
  const name = new URL(keeper.settings.DATABASE_URL!).pathname.slice(1);
  const contents = Array.from({ length: 30 }, (_, index) => `under-fire-${index}`);
  const statuses: number[] = [];
  const insist = async (content: string) => {
    for (let status = 0; status !== 201; statuses.push(status)) ({ status } = await send(content));
  };
  const sending = Promise.all(contents.map(insist));
  for (let time = 0; time < 5; time++)
    await keeper.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  await sending;
  expect(statuses.filter((status) => ![201, 503].includes(status))).toEqual([]);
  expect((await stored()).filter((one) => one.startsWith('under-fire')).sort()).toEqual(contents.sort());
});

test.each([
  ['it is far away', { delay: 100 }],
  ['little comes through at once', { rate: 10_000 }],
])('%s: all is answered, if later, and life goes on', async (_title, fault) => {
  Object.assign(wire, fault);
  const [sent, live] = await Promise.all([send(), api(app).get('//health/live')]);
  expect([sent.status, live.status]).toEqual([201, 200]);
  wire.mend();
});

test('of an answer only drips come through: it is given up though there is never silence, and life goes on', async () => {
  await send();
  wire.rate = 200;
  await expect(app.db.query(`SELECT repeat('x', 100000)`)).rejects.toThrow('terminated');
  wire.mend();
  await until('it is back', async () => (await ready()).status === 200);
  expect((await send()).status).toBe(201);
});

test('it is so slow that no statement is answered in time: who asks is told so, and life goes on', async () => {
  await send();
  wire.delay = 1000;
  await isAwayUntil(() => wire.mend(), { isDown: false });
});

test('no connection is to spare: those who would wait too long are refused, and it is over when they are', async () => {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const holding = keeper.db.tx(async () => {
    await keeper.db.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    await released;
  });
  await until('all wait', async () => {
    const replies = await Promise.all(Array.from({ length: 3 * POOL }, () => api(app, ana).get('/profile')));
    return replies.every(({ status, body }) => status === 503 && body.code === 'unavailable');
  });
  const waiting = Promise.all(Array.from({ length: 3 * POOL }, () => api(app, ana).get('/profile')));
  expect((await api(app).get('//health/live')).status).toBe(200);
  release();
  await holding;
  await waiting;
  await until('it is back', async () => (await ready()).status === 200);
  expect((await api(app, ana).get('/profile')).status).toBe(200);
});

test('it hangs, and is given a minute: readiness does not wait for it', async () => {
  const env = { DATABASE_URL: wire.url, DATABASE_TIMEOUT_MS: '60000' };
  const patient = await boot({ beside: keeper, roles: ['api'], env });
  wire.silence();
  const readiness = await api(patient).get('//health/ready');
  wire.mend();
  expect(readiness).toMatchObject({ status: 503, body: { checks: { redis: 'up' }, down: ['database'] } });
  await patient.close();
});

describe('a commit whose answer is lost: what was stored for it stays', () => {
  test('a file, which a retry then names', async () => {
    const insist = () => upload(app, ana, { bytes: 'words' }, { headers: { 'idempotency-key': 'lost' } });
    wire.losesCommitOf = 'INSERT INTO files';
    expect(await insist()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    const { status, body } = await insist();
    expect(status).toBe(201);
    expect((await download(app, ana, body.file_url)).bytes.toString()).toBe('words');
  });

  test('the pictures of a pack of stickers', async () => {
    await keeper.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
    const zip = new ZipFile();
    zip.addBuffer(image('with-alpha.png'), 'a.png');
    const stickers = [{ file: 'a.png', emoji: '🦇', keywords: [] }];
    zip.addBuffer(Buffer.from(JSON.stringify({ name: 'Lost', stickers })), 'pack.json');
    zip.end();
    wire.losesCommitOf = 'INSERT INTO stickers';
    const headers = { authorization: `Bearer ${ana.token}`, 'content-type': 'application/octet-stream' };
    const body = new Uint8Array(await buffer(zip.outputStream));
    const reply = await fetch(`${app.url}/api/v1/media/stickers/packs`, { method: 'POST', headers, body });
    expect(reply.status).toBe(503);
    const { packs } = (await api(app, ana).get('/media/stickers/packs')).body;
    const { id } = packs.find(({ name }: { name: string }) => name === 'Lost');
    const [bat] = (await api(app, ana).get(`/media/stickers/packs/${id}`)).body.stickers;
    expect((await download(app, ana, bat.image_url)).status).toBe(200);
  });

  test('the squares of an avatar', async () => {
    wire.losesCommitOf = 'INSERT INTO files';
    const refused = await upload(app, ana, { bytes: image('Landscape_1.jpg') }, { to: '/profile/avatar' });
    expect(refused.status).toBe(503);
    const [file] = await keeper.db.query<{ storage_key: string }>(
      `SELECT storage_key FROM files WHERE owner_id = $1 AND file_name = 'avatar.jpg'`,
      [ana.id],
    );
    expect((await app.get(Storage).head(file!.storage_key)).contentType).toBe('image/jpeg');
  });
});
