import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, report } from './lib/failure.mjs';
import { LOOPBACK } from './lib/ports.mjs';
import { inProject, musterHome } from './lib/project.mjs';
import { checkNode } from './lib/setup.mjs';

// `npm run admin -- create <e-mail>`: makes an account an admin's. The first admin comes from here, for through the API only
// admins make admins.

const USAGE = `Usage: npm run admin -- create <e-mail>

Makes the account with this e-mail address an admin's. It must be registered already.`;

const TENANT = 'default';
/** The line of `postmaster.pid` that holds the port. */
const PORT_LINE = 3;

async function main([command, email, ...rest]) {
  checkNode();
  if (command !== 'create' || !email?.includes('@') || rest.length) throw new Failure(USAGE);
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  const connectionString = process.env.DATABASE_URL || ownDatabase();
  if (!existsSync(inProject('node_modules', 'pg')))
    throw new Failure('The packages are not installed: npm start does it.');
  const { Client } = await import('pg').then((module) => module.default);
  const client = new Client({ connectionString });
  try {
    await client.connect();
  } catch (error) {
    throw new Failure(`PostgreSQL does not let us in: ${error.message}`);
  }
  try {
    console.log(await makeAdmin(client, email.trim().toLowerCase()));
  } finally {
    await client.end();
  }
}

/** The database of the Muster that runs from here. */
function ownDatabase() {
  const [pidFile, secretsFile] = [['postgres', 'data', 'postmaster.pid'], ['secrets.json']].map((path) =>
    join(musterHome(), ...path),
  );
  if (!existsSync(pidFile)) throw new Failure('No Muster runs here. Start it with `npm start`, or give DATABASE_URL.');
  const port = readFileSync(pidFile, 'utf8').split('\n')[PORT_LINE];
  const { DATABASE_PASSWORD } = JSON.parse(readFileSync(secretsFile, 'utf8'));
  return `postgresql://muster:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/muster`;
}

/** With the audit log, or not at all; what was done, in a sentence. */
async function makeAdmin(client, email) {
  await client.query('BEGIN');
  const { rows } = await client.query('SELECT id, role FROM users WHERE tenant_id = $1 AND email = $2 FOR UPDATE', [
    TENANT,
    email,
  ]);
  const [user] = rows;
  if (!user) throw new Failure(`No account has the e-mail address ${email}. Register it first.`);
  if (user.role === 'admin') return `${email} is an admin already.`;
  await client.query(`UPDATE users SET role = 'admin', updated_at = now() WHERE id = $1`, [user.id]);
  await client.query(
    `INSERT INTO audit_log (tenant_id, action, target_id, details) VALUES ($1, 'user.role_changed', $2, $3)`,
    [TENANT, user.id, { from: user.role, to: 'admin' }],
  );
  await client.query('COMMIT');
  return `${email} is an admin now.`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  report(error);
  process.exit(1);
}
