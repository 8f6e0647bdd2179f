import 'reflect-metadata';
import { migrate } from 'src/core/database/migrate';
import { stepOver } from 'src/core/database/restored';
import { startupFault } from 'src/startup-fault';

/** `node dist/src/restored.js`: once, after a backup was restored into the database of DATABASE_URL, before Muster starts. */
async function main() {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is required');
  await migrate(url); // it may be older than this code
  await stepOver(url);
  process.stdout.write('numbers go on above all that were given after the backup\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${startupFault(error)}\n`);
  process.exit(1);
});
