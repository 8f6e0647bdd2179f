import { Redis } from 'ioredis';
import type { TestApp } from 'test/support/boot';

/** Work of one kind that waits to be done: what its handler is given; and what is to be seen when it has been done, by `look`. */
export interface Kind {
  work: object;
  look: () => unknown;
  is: unknown;
}
export type Kinds = Record<string, (app: TestApp) => Promise<Kind>>;

export const GONE = 0;
export const ONCE = 1;

/** The one figure that a statement gives. */
export async function figure<T = number>(app: TestApp, sql: string, ...values: unknown[]): Promise<T> {
  return Object.values((await app.db.query(sql, values))[0] ?? {})[0] as T;
}

export const count =
  (app: TestApp, from: string, ...values: unknown[]) =>
  () =>
    figure(app, `SELECT count(*)::int FROM ${from}`, ...values);

/** How many people were told of something. */
export const pushesOf = (app: TestApp, key: string) => count(app, 'push_notifications WHERE dedupe_key LIKE $1', key);

/** How many of them have nothing left of what they were told. */
export const takenBack = (app: TestApp, key: string) =>
  count(
    app,
    `push_notifications WHERE dedupe_key = $1 AND withdrawn_at IS NOT NULL AND title = '' AND texts IS NULL`,
    key,
  );

/** Work that comes by itself every so often, and now has something to remove. */
export async function repeated(
  app: TestApp,
  prepared: Promise<unknown>,
  from: string,
  ...values: unknown[]
): Promise<Kind> {
  await prepared;
  const look = count(app, from, ...values);
  expect(await look()).not.toBe(GONE);
  return { work: {}, look, is: GONE };
}

export async function inRedis<T>(app: TestApp, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(app.settings.REDIS_URL!);
  return ask(redis).finally(() => redis.disconnect());
}
