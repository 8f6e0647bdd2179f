import { migrations } from 'migrations/index';
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';
import type { Env } from 'src/config/env';
import { SnakeNaming } from 'src/core/database/naming';
import { entities } from 'src/entities';
import { DataSource } from 'typeorm';

type DatabaseSettings = Pick<Env, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_TIMEOUT_MS'>;

/** PostgreSQL itself ends a statement that takes too long, and is given the time to say so. */
const SILENCE_MARGIN_MS = 500;
/** Of the time in which PostgreSQL ends a statement: in so many of them its answer is here, or the way is not worth waiting for. */
const LONGEST_ANSWER = 3;

/**
 * Whatever the server, the database or the role is set to, what is acknowledged outlives a crash, where stricter settings stay; dates come
 * in the style that the driver reads, which makes null of others, and positions with all their digits. As a statement, for poolers in
 * between refuse it among what begins a connection.
 */
const OUR_WAYS = `SELECT set_config('DateStyle', 'ISO', false), set_config('extra_float_digits', '1', false),
  CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END`;

const IS_STANDBY = 'SELECT pg_is_in_recovery() AS is_standby';
/** What PostgreSQL says to who would write where nothing can be written. */
export const READ_ONLY = '25006';

/** The pool: every wait is bounded, so that a slow database makes 503s and not a pile of waiting requests. */
export const createDataSource = (env: DatabaseSettings, { lockTimeoutMs = 0 } = {}) =>
  new DataSource({
    type: 'postgres',
    url: env.DATABASE_URL,
    applicationName: 'muster',
    entities,
    migrations,
    namingStrategy: new SnakeNaming(),
    parseInt8: true,
    connectTimeoutMS: env.DATABASE_TIMEOUT_MS,
    poolSize: env.DATABASE_POOL_SIZE,
    installExtensions: false,
    extra: {
      pipeline: true, // what is asked without waiting is sent without waiting
      statement_timeout: env.DATABASE_TIMEOUT_MS,
      ...(lockTimeoutMs && { lock_timeout: lockTimeoutMs }),
      idle_in_transaction_session_timeout: env.DATABASE_TIMEOUT_MS * 2,
      keepAlive: true,
      onConnect: async (client: PoolClient) => {
        endWhenSilent(client, env.DATABASE_TIMEOUT_MS);
        endWhenReadOnly(client);
        const [state] = await Promise.all([client.query<{ is_standby: boolean }>(IS_STANDBY), client.query(OUR_WAYS)]);
        if (state.rows[0]!.is_standby)
          throw Object.assign(new Error('it is a standby, of old truth'), { code: READ_ONLY });
      },
    },
  });

/** What a pool's client has beside what its types say. */
interface WireClient {
  connection: EventEmitter & { stream: Socket };
  /** No answer is awaited. */
  readyForQuery: boolean;
}

/** Where nothing can be written a connection would stay so when another can write again: the next write is to have a new one. */
function endWhenReadOnly(client: unknown) {
  const { connection } = client as WireClient;
  connection.on('errorMessage', ({ code }: { code?: string }) => code === READ_ONLY && connection.stream.destroy());
}

/**
 * A server that hangs, or whose machine is gone without a word, ends no statement by itself, and of one that is answered in drips nobody
 * ever hears enough: then the connection is given up.
 */
function endWhenSilent(client: unknown, timeoutMs: number) {
  const wire = client as WireClient;
  const { stream } = wire.connection;
  const longestSilence = timeoutMs + SILENCE_MARGIN_MS;
  const longestAnswer = timeoutMs * LONGEST_ANSWER + SILENCE_MARGIN_MS;
  let silentSince: number | undefined;
  /** Since when the answer to the same statement is awaited. */
  let awaitedSince: number | undefined;
  let read = 0;
  const look = () => {
    const now = performance.now();
    const isAwaited = !wire.readyForQuery;
    const isSilent = isAwaited && stream.bytesRead === read;
    read = stream.bytesRead;
    silentSince = isSilent ? (silentSince ?? now) : undefined;
    awaitedSince = isAwaited ? (awaitedSince ?? now) : undefined;
    if (now - (silentSince ?? now) >= longestSilence || now - (awaitedSince ?? now) >= longestAnswer) stream.destroy();
  };
  wire.connection.on('readyForQuery', () => (awaitedSince = undefined));
  const timer = setInterval(look, longestSilence / 4).unref();
  stream.once('close', () => clearInterval(timer));
}
