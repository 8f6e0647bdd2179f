import { migrations } from 'migrations/index';
import type { Env } from 'src/config/env';
import { SnakeNaming } from 'src/core/database/naming';
import { entities } from 'src/entities';
import { DataSource } from 'typeorm';

type DatabaseSettings = Pick<Env, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_TIMEOUT_MS'>;

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
      statement_timeout: env.DATABASE_TIMEOUT_MS,
      idle_in_transaction_session_timeout: env.DATABASE_TIMEOUT_MS * 2,
      keepAlive: true,
    },
  });
