import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers } from 'test/factories/users';
import { boot } from 'test/support/boot';
import { api } from 'test/support/http';
import { launch, startProcess } from 'test/support/process';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

/** Holds the chats' locks until it is released: whoever sends has to wait. */
function holdChats(app: Awaited<ReturnType<typeof boot>>) {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let taken!: () => void;
  const held = new Promise<void>((resolve) => (taken = resolve));
  const done = app.db.tx(async () => {
    await app.db.query('LOCK TABLE chats IN EXCLUSIVE MODE');
    taken();
    await released;
  });
  return { held, release: () => (release(), done) };
}

test('shutting down: new requests are refused with 503, what is under way is answered, sockets close, nothing is lost', async () => {
  const node = await boot();
  const keeper = await boot({ beside: node, roles: ['worker'] });
  const [ana, ben] = await buildUsers(node, 'ana', 'ben');
  const chat = await buildPrivateChat(node, ana, ben);
  const socket = await connect(node, ben);
  const lock = holdChats(keeper);
  await lock.held;
  const sending = api(node, ana).post(`/chats/${chat}/messages`, { content: 'last words' });
  await until('the send waits for its chat', async () => {
    const waiting = `SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'chats'::regclass`;
    return (await keeper.db.query(waiting)).length > 0;
  });
  let closed = false;
  const closing = node.app.close().then(() => (closed = true));
  await until('it tells that it leaves', async () => {
    const reply = await api(node)
      .get('//health/ready')
      .catch(() => undefined);
    return closed || reply === undefined || reply.status === 503;
  });
  await lock.release();
  expect(await sending).toMatchObject({ status: 201, body: { seq: 1 } });
  await closing;
  expect(socket.raw.connected).toBe(false);
  await expect(fetch(node.url)).rejects.toThrow();
  await keeper.settle();
  const [message] = await keeper.db.query('SELECT content FROM messages');
  expect(message).toEqual({ content: 'last words' });
  await keeper.close();
  await node.release();
});

test('readiness names what is down, and requests get 503 until it is back; liveness goes on', async () => {
  const app = await boot({ roles: ['api'] });
  const [ana] = await buildUsers(app, 'ana');
  const name = new URL(app.settings.DATABASE_URL!).pathname.slice(1);
  await app.admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await app.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  const ready = await api(app).get('//health/ready');
  expect(ready).toMatchObject({
    status: 503,
    body: { status: 'unavailable', checks: { database: 'down', redis: 'up' }, down: ['database'] },
  });
  const refused = await api(app, ana).get('/profile');
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await api(app).get('//health/live')).body).toEqual({ status: 'ok' });
  await app.admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  expect((await api(app).get('//health/ready')).status).toBe(200);
  expect((await api(app, ana).get('/profile')).status).toBe(200);
  await app.close();
});

test('what can’t start says so', async () => {
  const app = await boot({ roles: ['api'] });
  const { port } = new URL(app.url);
  await expect(boot({ beside: app, roles: ['api'], env: { PORT: port } })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await expect(boot({ beside: app, env: { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' } })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await expect(boot({ beside: app, env: { REDIS_URL: 'redis://127.0.0.1:1' } })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await app.close();
});

// As the first process of a container it is not ended by a signal that it does not heed, and would go on to serve.
test.each(['src/main.ts', 'src/migrate.ts'])(
  '%s heeds SIGTERM also while it starts',
  async (main) => {
    const app = await boot({ roles: ['api'] });
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { child } = launch({
      beside: app,
      roles: ['api'],
      main,
      env: { DATABASE_URL: `postgresql://muster@127.0.0.1:${port}/muster`, DATABASE_TIMEOUT_MS: '60000' },
    });
    await once(silent, 'connection');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([main === 'src/main.ts' ? 0 : 143, null]);
    silent.close();
    await app.close();
  },
  60_000,
);

test('who is told twice to stop ends what he has begun all the same', async () => {
  const app = await boot();
  const node = await startProcess({ beside: app, roles: ['api'] });
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildPrivateChat(app, ana, ben);
  const lock = holdChats(app);
  await lock.held;
  const sending = api(node, ana).post(`/chats/${chat}/messages`, { content: 'last words' });
  await until('the send waits for its chat', async () => {
    const waiting = `SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'chats'::regclass`;
    return (await app.db.query(waiting)).length > 0;
  });
  node.tell('SIGTERM');
  await until('it takes nobody in', () => api(node).get('//health/live').then(() => false, () => true)); // oxfmt-ignore
  node.tell('SIGTERM');
  await lock.release();
  expect(await sending).toMatchObject({ status: 201 });
  expect(await node.ended()).toBe(0);
  await app.close();
}, 60_000);
