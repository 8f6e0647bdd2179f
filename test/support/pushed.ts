import { Jobs } from 'src/core/jobs/jobs';
import { OutboxRelay } from 'src/core/jobs/relay';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { PushTransport, type Outcome, type Parcel } from 'src/modules/push/push.transport';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';

const AN_HOUR_MS = 3_600_000;
const SENT: Outcome = { is: 'sent', messageId: 'test:1' };
/** Not before the test says so: else it would come again a second later, however far the test has got. */
export const LATER: Outcome = { is: 'later', why: 'busy', afterMs: 600_000 };

/** Stands where the providers are: keeps what they are handed, in order, and answers as it is told. Made after the app, and put back by Jest. */
export function watchPushes(app: TestApp) {
  const parcels: Parcel[] = [];
  const answers = new Map<string, (Outcome | Promise<Outcome>)[]>();
  const answerTo = async (token: string): Promise<Outcome> => (await answers.get(token)?.shift()) ?? SENT;
  jest.spyOn(app.get(PushTransport), 'send').mockImplementation((some) => {
    parcels.push(...some);
    return Promise.all(some.map(({ token }) => answerTo(token)));
  });
  return {
    parcels,
    /** The next answers to pushes for a token; after them all is sent. */
    answer: (token: string, ...next: (Outcome | Promise<Outcome>)[]) => void answers.set(token, next),
    /** The texts that came to a device, or were tried. */
    shown: (token: string) =>
      parcels.filter((one) => one.token === token && !one.content.isSilent).map(({ content }) => content.body),
    /** How often a device was told to remove something. */
    removed: (token: string) => parcels.filter((one) => one.token === token && one.content.isSilent).length,
    ofUser: (user: TestUser) => parcels.filter(({ userId }) => userId === user.id),
  };
}

/** What is put off from now on comes only when it is hurried, however far the test has got by then; until the function that it gives is called. */
export function holdPutOff(app: TestApp): () => void {
  const jobs = app.get(Jobs);
  const enqueue = jobs.enqueue.bind(jobs);
  const held = jest
    .spyOn(jobs, 'enqueue')
    .mockImplementation((name, data, { delayMs } = {}) => enqueue(name, data, { delayMs: delayMs && AN_HOUR_MS }));
  return () => held.mockRestore();
}

/** What was put off comes now. */
export async function hurry(app: TestApp) {
  await app.settle();
  await app.db.query('UPDATE outbox SET run_at = now() WHERE parked_at IS NULL');
  for (const queue of app.get(OutboxRelay).queues.values()) await queue.promoteJobs();
  await app.settle();
}

/** Where no worker runs: does what waits and what was put off, in the order in which it was called for, by the handlers so named. */
export async function work(app: TestApp, only = /./) {
  await app.db.settle();
  await app.db.query('UPDATE outbox SET run_at = now() WHERE handler ~ $1', [only.source]);
  for (;;) {
    await app.db.settle();
    const rows = await app.db.query<{ handler: string; payload: never }>(
      `WITH taken AS (DELETE FROM outbox WHERE handler ~ $1 AND run_at <= now() RETURNING id, handler, payload)
       SELECT * FROM taken ORDER BY id`,
      [only.source],
    );
    if (!rows.length) return;
    for (const { handler, payload } of rows) await app.get(WorkRegistry).get(handler)!.run(payload);
  }
}
