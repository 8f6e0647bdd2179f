import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';

interface Addresses {
  databaseUrl: string;
  redisUrl: string;
}

let services: ChildProcessByStdio<Writable, Readable, null> | undefined;

/** PostgreSQL (its superuser) and Redis for this run: those of TEST_DATABASE_URL and TEST_REDIS_URL, or temporary ones. */
export async function findServices(): Promise<Addresses> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  if (TEST_DATABASE_URL && TEST_REDIS_URL) return { databaseUrl: TEST_DATABASE_URL, redisUrl: TEST_REDIS_URL };
  return startServices();
}

/** Ends what `findServices` has started, and waits until it has cleaned up. */
export async function endServices(): Promise<void> {
  if (!services || services.exitCode !== null) return;
  services.stdin.end();
  await once(services, 'exit');
}

/** They run in a session of their own: Ctrl-C ends Jest, and they end, and clean up, when Jest is gone. */
async function startServices(): Promise<Addresses> {
  const program = ['scripts/test-services.mjs'];
  services = spawn(process.execPath, program, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: services.stdout })) return JSON.parse(line) as Addresses;
  throw new Error('PostgreSQL and Redis for the tests could not be started.');
}
