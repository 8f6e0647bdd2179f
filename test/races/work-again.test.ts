import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_TENANT, runInContext } from 'src/core/context/context';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { KINDS } from 'test/faults/kinds/all';
import { ONCE, type Kind } from 'test/faults/kinds/kind';
import { boot, type TestApp } from 'test/support/boot';
import { Moments } from 'test/support/moments';

// Every kind of work is done by another worker, too, at each moment between two of its statements, as when the first is taken for dead: its
// result is there once.

jest.setTimeout(300_000);

/** What all have in common is filled once; the mails with codes come twice. */
const ONLY_ONE = 'nearby.fill';
const TWICE = ['auth.mail_code', 'auth.mail_change_code'];
/** Of work that has more to do the more has been prepared for others. */
const MOMENTS = 30;

let app: TestApp, node: TestApp;
let moments: Moments;
beforeAll(async () => {
  const env = { LOCATION_UPDATE_INTERVAL_MS: '0' };
  app = await boot({ roles: ['api'], env });
  node = await boot({ beside: app, roles: ['api'], env });
  moments = new Moments(node, app);
});
afterAll(async () => {
  await node.close();
  await app.close();
});

test('work that two workers do at any moment of each other is done once', async () => {
  const faults: string[] = [];
  for (const name of Object.keys(KINDS).filter((one) => one !== ONLY_ONE))
    for (let moment = 0; moment < MOMENTS; moment++) {
      const { work, look, is } = await anew(name);
      const first = () => isDone(node, name, work);
      const tries = await moments.during(moment, first, () => isDone(app, name, work));
      if (tries.length < 2) break;
      // whoever found that another was at it looks again later
      if (!tries[0]) await isDone(node, name, work);
      await doWhatFollows();
      const seen = await look();
      if (!isDeepStrictEqual(seen, is) && !(TWICE.includes(name) && seen === 2 * ONCE))
        faults.push(`${name}, statement ${moment}: ${JSON.stringify(seen)} for ${JSON.stringify(is)}`);
    }
  expect(faults).toEqual([]);
});

/** Some work of a kind; what else its making would have set going is not done. */
async function anew(name: string): Promise<Kind> {
  const { db } = app;
  const next = async () => {
    const sql = `SELECT nextval(pg_get_serial_sequence('outbox', 'id')) AS id`;
    return (await db.query<{ id: number }>(sql))[0]!.id;
  };
  // what the one before has left
  await db.query('DELETE FROM redis_sightings');
  await db.query('DELETE FROM push_notifications');
  await db.query('UPDATE users SET language = NULL');
  const before = await next();
  const kind = await KINDS[name]!(app);
  await db.settle();
  await db.query('DELETE FROM outbox WHERE id BETWEEN $1 AND $2', [before, await next()]);
  return kind;
}

async function doWhatFollows() {
  for (;;) {
    await app.db.settle();
    await node.db.settle();
    const rows = await app.db.query<{ handler: string; payload: object }>(
      'DELETE FROM outbox WHERE run_at <= now() RETURNING handler, payload',
    );
    if (!rows.length) return;
    for (const { handler, payload } of rows) await isDone(app, handler, payload);
  }
}

/** Does some work; false if it finds that it cannot be done now. */
async function isDone(on: TestApp, name: string, work: object): Promise<boolean> {
  const context = { tenantId: DEFAULT_TENANT, traceId: name, language: 'en' };
  return runInContext(context, async () => {
    try {
      await on.get(WorkRegistry).get(name)!.run(work);
      return true;
    } catch {
      return false;
    }
  });
}
