import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from 'pg';
import { DEFAULT_TENANT, runInContext } from 'src/core/context/context';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { KINDS } from 'test/faults/kinds/all';
import { ONCE } from 'test/faults/kinds/kind';
import { boot, type TestApp } from 'test/support/boot';

// Every kind of work is broken off at each of its statements, the commit too: at the first, then tried again and broken off at the second,
// and so on until it is done. Where it is broken off it loses PostgreSQL, as for good. Workers are really killed in workers.test.ts.

/** One try of some work. */
interface Try {
  /** How many statements go well before it is broken off. */
  left: number;
  isBroken: boolean;
  /** What it has set going goes on without being broken off, and who waited for a connection of it. */
  isOver: boolean;
}
type Asked = [string | { text: string }, ...unknown[]];

/** What each new connection is asked first: it may be for another. */
const isGreeting = ([asked]: Asked) => typeof asked === 'string' && asked.includes('synchronous_commit');

let app: TestApp, worker: TestApp | undefined;
const tries = new AsyncLocalStorage<Try>();
// oxlint-disable-next-line typescript/unbound-method -- put back as it was
const { query } = Client.prototype;
beforeAll(async () => {
  // each time nearly all connections are to be made anew, at once
  const env = { LOCATION_UPDATE_INTERVAL_MS: '0', DATABASE_POOL_SIZE: '40', DATABASE_TIMEOUT_MS: '60000' };
  app = await boot({ roles: ['api'], env });
  Client.prototype.query = function (this: Client, ...asked: Asked) {
    const one = tries.getStore();
    if (one && !one.isOver && !isGreeting(asked) && one.left-- <= 0) {
      one.isBroken = true;
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
    return (query as unknown as (this: Client, ...asked: Asked) => unknown).apply(this, asked);
  } as typeof query;
});
afterAll(async () => {
  Client.prototype.query = query;
  await worker?.close();
  await app.close();
});

type Outcome = 'done' | 'broken off' | 'broken off with another';

/** Tries some work that is to be broken off after so many statements. Who shares the connection with it is so, too. */
async function attempt({ name, work }: { name: string; work: object }, left: number): Promise<Outcome> {
  const one: Try = { left, isBroken: false, isOver: false };
  const context = { tenantId: DEFAULT_TENANT, traceId: name, language: 'en' };
  const run = async () => void (await app.get(WorkRegistry).get(name)!.run(work));
  try {
    await tries.run(one, () => runInContext(context, run));
    return one.isBroken ? 'broken off' : 'done';
  } catch (error) {
    if (one.isBroken) return 'broken off';
    if (String(error).includes('Connection terminated')) return 'broken off with another';
    throw new Error(`${name}, with ${left} statements: ${String(error)}`, { cause: error });
  } finally {
    one.isOver = true;
  }
}

/** A mail comes again when its work is broken off right after it, before it has noted that it was sent. */
const AGAIN = ['auth.mail_code', 'auth.mail_change_code'];
const atLeast = (figure: unknown) => Math.min(figure as number, ONCE);

test('work of every kind that is broken off at each of its statements in turn is done in the end, and its result is there once', async () => {
  const made = await Promise.all(Object.entries(KINDS).map(async ([name, make]) => ({ name, ...(await make(app)) })));
  await app.db.query('DELETE FROM outbox'); // only what the work itself brings about is to be done after it
  let breaks = 0;
  for (let left = made.map((kind) => ({ kind, passing: 0 })); left.length;) {
    const outcomes = await Promise.all(left.map(({ kind, passing }) => attempt(kind, passing)));
    outcomes.forEach((outcome, index) => outcome === 'broken off' && left[index]!.passing++);
    breaks += outcomes.filter((outcome) => outcome === 'broken off').length;
    left = left.filter((_one, index) => outcomes[index] !== 'done');
    // what the broken one was sending is left alone for so long
    await app.db.query(`UPDATE push_notifications SET claimed_at = claimed_at - interval '1 minute'`);
    // a picture over which work breaks off five times is given up
    await app.db.query('UPDATE files SET attempts = 0');
  }
  expect(breaks).toBeGreaterThan(5 * made.length);

  worker = await boot({ beside: app, roles: ['worker'] });
  await app.settle();
  const seen = await Promise.all(
    made.map(async ({ name, look }) => [name, AGAIN.includes(name) ? atLeast(await look()) : await look()]),
  );
  const wanted = made.map(({ name, is }) => [name, is]);
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
}, 120_000);
