import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from 'test/support/until';

// The proxy of deploy/, by itself: it meets floods from one address before they reach a node. Here addresses of this machine count, and the
// bounds are a hundredth.

const CONNECTIONS = 20;
const REQUESTS = 50;
let node: Server, haproxy: ChildProcess, folder: string, port: number;
let reached = 0;
const held: Socket[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;
/** Replaces what must be there. */
const swap = (text: string, [old, now]: [string, string]) => {
  expect(text).toContain(old);
  return text.replace(old, now);
};

beforeAll(async () => {
  node = createServer((_asked, reply) => (reached++, reply.end('ok'))).listen(0, '127.0.0.1');
  const free = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(node, 'listening'), once(free, 'listening')]);
  port = portOf(free);
  await new Promise((resolve) => free.close(resolve));
  folder = mkdtempSync(path.join(tmpdir(), 'muster-door-'));
  const file = path.join(folder, 'haproxy.cfg');
  const text = readFileSync('deploy/haproxy.cfg', 'utf8').replaceAll('maxconn 20000', 'maxconn 500');
  const changes: [string, string][] = [
    ['bind :8080', `bind 127.0.0.1:${port}`],
    ['acl inside src 127.0.0.0/8 ', 'acl inside src '],
    ['sc0_conn_cur gt 2000', `sc0_conn_cur gt ${CONNECTIONS}`],
    ['sc0_http_req_rate gt 5000', `sc0_http_req_rate gt ${REQUESTS}`],
    [/^ {2}server-template .*$/m.exec(text)![0], `  server api-1 127.0.0.1:${portOf(node)}`],
  ];
  writeFileSync(file, changes.reduce(swap, text));
  haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  await until('it serves', async () => (await ask('/proxy/health').catch(() => 0)) === 200);
});
afterAll(async () => {
  held.forEach((socket) => socket.destroy());
  haproxy.kill();
  await once(haproxy, 'exit');
  await new Promise((resolve) => node.close(resolve));
  rmSync(folder, { recursive: true });
});

const ask = (at: string, { agent, from = '127.0.0.1' }: { agent?: Agent; from?: string } = {}) =>
  new Promise<number>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path: at, agent, localAddress: from }, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode!));
    });
    call.on('error', reject).end();
  });

test('the file as it is deployed is one that HAProxy takes', () => {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', 'deploy/haproxy.cfg'], {
    env: { ...process.env, API_HOST: 'localhost' },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
});

test('one address holds so many connections and no more; others come in', async () => {
  const hold = async () => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    held.push(socket);
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', (chunk) => (heard += String(chunk)));
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it is answered or cut off', () => heard !== '' || socket.destroyed);
    return heard.startsWith('HTTP/1.1 200');
  };
  const open = [];
  for (let count = 0; count < CONNECTIONS + 10; count++) open.push(await hold());
  expect(open.filter(Boolean)).toHaveLength(CONNECTIONS);
  expect(await ask('/x', { from: '127.0.0.3' })).toBe(200);
});

test('one address asks so often and no more, and the rest reaches no node; others are answered', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  reached = 0;
  const statuses = [];
  for (let count = 0; count < 2 * REQUESTS; count++) statuses.push(await ask('/x', { agent, from: '127.0.0.4' }));
  agent.destroy();
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(statuses.filter((status) => status === 200)).toHaveLength(REQUESTS);
  expect(reached).toBe(REQUESTS);
  expect(await ask('/x', { from: '127.0.0.3' })).toBe(200);
});

test('nobody gets figures by it', async () => {
  reached = 0;
  for (const at of ['/metrics', '/metrics/', '/metrics?x', '/%6detrics'])
    expect(await ask(at, { from: '127.0.0.5' })).toBe(404);
  expect(reached).toBe(0);
});
