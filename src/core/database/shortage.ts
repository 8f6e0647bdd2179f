import type { Pool, PoolClient } from 'pg';

/** What PostgreSQL says to one who would connect when it has no connection left: for anybody, a database or a role. */
const NO_ROOM = '53300';
/** So long the pool does not ask for more than it has got. */
const CONTENT_MS = 1000;

type Callback = (error: Error | undefined, client: PoolClient | undefined, release: PoolClient['release']) => void;

/**
 * When PostgreSQL has fewer connections left than the pool may have, those that it has serve all: who would have got a new one waits for
 * one of these, as long as anybody waits for a connection, instead of being refused. Only where there is none at all he is.
 */
export function shareWhenShort(pool: Pool): void {
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const { max } = pool.options;
  /** Those that are there; the pool counts those, too, that it has only asked for. */
  const there = new Set<PoolClient>();
  pool.on('acquire', (client) => {
    if (there.has(client)) return;
    there.add(client);
    client.once('end', () => there.delete(client));
    // it may be lost while it is handed over, when nobody else hears of that; who asks it then is told
    client.on('error', () => undefined);
  });
  let shortage: NodeJS.Timeout | undefined;
  const beContent = () => {
    pool.options.max = Math.max(1, there.size);
    shortage ??= setTimeout(() => {
      shortage = undefined;
      pool.options.max = max;
    }, CONTENT_MS).unref();
  };
  const connectOrWait = async (): Promise<PoolClient> => {
    const until = performance.now() + (pool.options.connectionTimeoutMillis ?? 0);
    for (;;)
      try {
        return await connect();
      } catch (error) {
        if ((error as { code?: string }).code !== NO_ROOM || there.size === 0 || performance.now() > until) throw error;
        beContent();
      }
  };
  const patient = (callback?: Callback) => {
    if (!callback) return connectOrWait();
    connectOrWait().then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  };
  pool.connect = patient as Pool['connect'];
}
