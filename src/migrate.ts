import 'reflect-metadata';
import { createDataSource } from 'src/core/database/data-source';
import { migrate } from 'src/core/database/migrate';
import { fillMissing } from 'src/modules/users/names.repository';
import { startupFault } from 'src/startup-fault';

/** `node dist/src/migrate.js`: brings the database of DATABASE_URL up to date and ends. */
async function main() {
  // as the first process of a container it would not heed it; what is not committed PostgreSQL takes back
  process.once('SIGTERM', () => process.exit(143));
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is required');
  const onBusy = () => process.stderr.write('waiting: others, perhaps a backup, hold what is to be migrated\n');
  for (const name of await migrate(url, onBusy)) process.stdout.write(`migrated ${name}\n`);
  await fillTerms(url);
}

/** What only Muster can make of the rows that are there. What is left, if this is broken off, workers do. */
async function fillTerms(url: string) {
  const source = createDataSource({ DATABASE_URL: url, DATABASE_POOL_SIZE: 1, DATABASE_TIMEOUT_MS: 60_000 });
  await source.initialize();
  try {
    await fillMissing((sql, parameters) => source.query(sql, parameters));
  } finally {
    await source.destroy();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${startupFault(error)}\n`);
  process.exit(1);
});
