import 'reflect-metadata';
import { migrate } from 'src/core/database/migrate';
import { startupFault } from 'src/startup-fault';

/** `node dist/src/migrate.js`: brings the database of DATABASE_URL up to date and ends. */
async function main() {
  // as the first process of a container it would not heed it; what is not committed PostgreSQL takes back
  process.once('SIGTERM', () => process.exit(143));
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is required');
  const onBusy = () => process.stderr.write('waiting: others, perhaps a backup, hold what is to be migrated\n');
  for (const name of await migrate(url, onBusy)) process.stdout.write(`migrated ${name}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${startupFault(error)}\n`);
  process.exit(1);
});
