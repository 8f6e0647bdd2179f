import { migrations } from 'migrations/index';
import type { Socket } from 'node:net';
import type { Env } from 'src/config/env';
import { SnakeNaming } from 'src/core/database/naming';
import { entities } from 'src/entities';
import { DataSource } from 'typeorm';

type DatabaseSettings = Pick<Env, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_TIMEOUT_MS'>;

/** PostgreSQL itself ends a statement that takes too long, and is given the time to say so. */
const SILENCE_MARGIN_MS = 500;

/** The pool: every wait is bounded, so that a slow database makes 503s and not a pile of waiting requests. */
export const createDataSource = (env: DatabaseSettings) =>
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
      idle_in_transaction_session_timeout: env.DATABASE_TIMEOUT_MS * 2,
      keepAlive: true,
      onConnect: endWhenSilent(env.DATABASE_TIMEOUT_MS + SILENCE_MARGIN_MS),
    },
  });

/** What a pool's client has beside what its types say. */
interface WireClient {
  connection: { stream: Socket };
  /** No answer is awaited. */
  readyForQuery: boolean;
}

/** A server that hangs, or whose machine is gone without a word, ends no statement by itself: then the connection is given up. */
const endWhenSilent = (ms: number) => (client: unknown) => {
  const wire = client as WireClient;
  const { stream } = wire.connection;
  let silentSince: number | undefined;
  let read = 0;
  const look = () => {
    const isSilent = !wire.readyForQuery && stream.bytesRead === read;
    read = stream.bytesRead;
    if (!isSilent) silentSince = undefined;
    else if (Date.now() - (silentSince ??= Date.now()) >= ms) stream.destroy();
  };
  const timer = setInterval(look, ms / 4).unref();
  stream.once('close', () => clearInterval(timer));
};
