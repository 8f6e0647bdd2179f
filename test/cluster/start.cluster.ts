import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from 'test/support/until';

// `npm start` as its users have it: a process of its own that finds the packages and the build there, and nothing else.

interface Started {
  home: string;
  child: ChildProcess;
  /** What it has said so far. */
  said: { out: string; err: string };
  /** The status that it ends with. */
  end: Promise<number>;
}
const started: Started[] = [];
afterAll(async () => {
  for (const { child, end, home } of started) {
    child.kill('SIGINT'); // of a test that has failed
    await end;
    rmSync(home, { recursive: true, force: true });
  }
});

function start(settings: Record<string, string>): Started {
  const home = settings.MUSTER_HOME ?? mkdtempSync(path.join(tmpdir(), 'muster-start-'));
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', MUSTER_HOME: home, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const end = once(child, 'close').then(([status]) => status as number);
  const it = { home, child, said, end };
  started.push(it);
  return it;
}
const URL_SHOWN = /http:\/\/127\.0\.0\.1:\d+/;
/** The address at which it serves, once it does. */
async function addressOf({ said }: Started): Promise<string> {
  await until('Muster has started', () => URL_SHOWN.test(said.out), 60);
  return URL_SHOWN.exec(said.out)![0];
}
/** What notes there are of processes that it has started. */
const records = (home: string) => readdirSync(path.join(home, 'run'));

test.each([
  ['a database that is not there', { DATABASE_URL: 'postgresql://127.0.0.1:1/muster' }, [/^DATABASE_URL .*refused/i]],
  ['a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:1' }, [/^REDIS_URL .*refused/i]],
  [
    'wrong settings, all at once',
    { PORT: 'abc', LOG_LEVEL: 'loud', DATABASE_POOL_SIZE: '1' },
    [/^Invalid environment/, /PORT/, /LOG_LEVEL/, /DATABASE_POOL_SIZE/],
  ],
])('%s: a line each, status 1, and nothing is left running', async (_what, settings, lines) => {
  const { home, said, end } = start(settings);
  expect(await end).toBe(1);
  expect(said.err.trimEnd().split('\n')).toEqual(lines.map((line) => expect.stringMatching(line)));
  expect(records(home)).toEqual([]);
});

test('a port that somebody else has', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { home, said, end } = start({ PORT: String(port) });
    expect(await end).toBe(1);
    expect(said.err).toMatch(new RegExp(`^Port ${port} is in use[^\n]*\n$`));
    expect(records(home)).toEqual([]);
  } finally {
    server.close();
  }
});

test('it runs once; at Ctrl-C all ends, and what was made is there at the next start', async () => {
  const first = start({});
  const url = await addressOf(first);
  const someone = { email: 'ana@example.org', username: 'ana', password: 'correct horse battery' };
  const post = (base: string, door: string) =>
    fetch(`${base}/api/v1/${door}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(someone),
    });
  expect((await post(url, 'register')).status).toBe(201);

  const second = start({ MUSTER_HOME: first.home });
  expect(await second.end).toBe(1);
  expect(second.said.err).toMatch(/^Muster already runs [^\n]*\n$/);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);

  first.child.kill('SIGINT');
  expect(await first.end).toBe(0);
  expect(records(first.home)).toEqual([]);
  await expect(fetch(url)).rejects.toThrow();

  const again = start({ MUSTER_HOME: first.home });
  expect((await post(await addressOf(again), 'login')).status).toBe(200);
  again.child.kill('SIGINT');
  expect(await again.end).toBe(0);
});
