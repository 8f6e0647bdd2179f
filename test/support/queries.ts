import type { TestApp } from 'test/support/boot';

/** How many statements `action` makes PostgreSQL run, transactions' beginnings and ends not counted. */
export async function countQueries(app: TestApp, action: () => Promise<unknown>): Promise<number> {
  const { driver } = app.db.source;
  const pool = (
    driver as unknown as { master: { on(name: 'acquire', hear: (client: Client) => void): void; off: never } }
  ).master;
  let count = 0;
  const watched = new Map<Client, Client['query']>();
  const watch = (client: Client) => {
    if (watched.has(client)) return;
    const query = client.query.bind(client) as Client['query'];
    watched.set(client, client.query);
    client.query = ((...args: unknown[]) => {
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text?: string }).text;
      if (!/^(START TRANSACTION|COMMIT|ROLLBACK)/.test(text ?? '')) count++;
      return query(...args);
    }) as Client['query'];
  };
  pool.on('acquire', watch);
  try {
    await action();
    return count;
  } finally {
    (pool as unknown as { off(name: string, hear: unknown): void }).off('acquire', watch);
    watched.forEach((query, client) => (client.query = query));
  }
}

interface Client {
  query: (...args: unknown[]) => unknown;
}
