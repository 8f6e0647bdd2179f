import { spawnSync } from 'node:child_process';
import { Failure } from './failure.mjs';

export const isRoot = process.getuid?.() === 0;

/**
 * The account that PostgreSQL runs as, in the form of `spawn` options: our own, `{}`; for root, as whom PostgreSQL
 * refuses to run, that of the system user `postgres`, who is created if need be.
 */
export async function postgresAccount(crew) {
  if (!isRoot) return {};
  const account = idsOf('postgres');
  if (account) return account;
  await createSystemUser(crew, 'postgres');
  const created = idsOf('postgres');
  if (!created)
    throw new Failure('PostgreSQL may not run as root, and no user "postgres" could be created. Create one.');
  return created;
}

/** Whether the account may enter a folder: every folder on the way must let it through. */
export function canEnter(account, folder) {
  return (
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

function idsOf(user) {
  const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, user], { encoding: 'utf8' }));
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

async function createSystemUser(crew, user) {
  const { status } = await crew.run('useradd', 'useradd', ['--system', '--user-group', '--no-create-home', user]);
  // BusyBox, as in Alpine Linux, has only this one.
  if (status !== 0) await crew.run('adduser', 'adduser', ['-S', '-D', '-H', user]);
}
