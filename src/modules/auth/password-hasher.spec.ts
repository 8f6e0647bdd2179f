import bcrypt from 'bcrypt';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import type { Env } from 'src/config/env';
import { PasswordHasher } from 'src/modules/auth/password-hasher';

/** Takes some 50 ms, after the process has begun: long enough to be broken off. */
const LONG = 10;
const AT_ONCE = 2;

let hasher: PasswordHasher;
beforeEach(() => (hasher = new PasswordHasher({ PASSWORDS_AT_ONCE: AT_ONCE } as Env)));
afterEach(() => hasher.onApplicationShutdown());

const childOf = () => (hasher as unknown as { hashing: { child: ChildProcess } }).hashing.child;

async function kill() {
  const child = childOf();
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('what it hashes it knows again, and nothing else', async () => {
  const hash = await hasher.hash('right', 4);
  expect(bcrypt.getRounds(hash)).toBe(4);
  expect(await Promise.all(['right', 'wrong'].map((digest) => hasher.compare(digest, hash)))).toEqual([true, false]);
});

test('what a process that died has not answered, the next one answers', async () => {
  const hash = await bcrypt.hash('right', 4);
  const answers = Promise.all([hasher.hash('right', LONG), hasher.hash('right', LONG)]);
  await kill();
  expect(await hasher.compare('right', hash)).toBe(true);
  for (const made of await answers) expect(bcrypt.getRounds(made)).toBe(LONG);
});

test('what two have died of is given up, and others are served', async () => {
  const refused = expect(hasher.hash('right', LONG)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  await kill();
  await kill();
  await refused;
  expect(bcrypt.getRounds(await hasher.hash('right', 4))).toBe(4);
});

test('at shutdown the process ends, and who waits is told', async () => {
  const refused = expect(hasher.hash('right', LONG)).rejects.toMatchObject({ code: 'unavailable' });
  const gone = once(childOf(), 'exit');
  hasher.onApplicationShutdown();
  await Promise.all([gone, refused]);
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('the threads that hash have a lower priority, and so has their session', async () => {
  await Promise.all([hasher.hash('one', 4), hasher.hash('two', 4)]);
  const place = `/proc/${childOf().pid}`;
  const threads = readdirSync(`${place}/task`).map((thread) => getPriority(Number(thread)));
  // the one that asks them, too; those that V8 has begun before are left
  expect(threads.filter((priority) => priority > getPriority())).toHaveLength(AT_ONCE + 1);
  const [, , , session] = readFileSync(`${place}/stat`, 'utf8').split(') ')[1]!.split(' ');
  expect(Number(session)).toBe(childOf().pid);
  // only some kernels share out the processor by sessions
  if (existsSync(`${place}/autogroup`)) expect(readFileSync(`${place}/autogroup`, 'utf8')).toMatch(/ nice 10\n$/);
});
