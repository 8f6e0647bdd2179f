import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isRoot } from './account.mjs';
import { Failure } from './failure.mjs';

const APT_TIMEOUT_MS = 300_000;
/** Where Debian keeps servers, which is not on everybody's PATH. */
const SYSTEM_PROGRAMS = '/usr/sbin';

/**
 * The path of the first of the `programs` that is there. Root on Debian or Ubuntu gets the package `debian` installed if none is,
 * without the service of that name that it would bring up; others get nothing: undefined.
 */
export async function programOf(crew, progress, { name, programs, debian }) {
  if (!onPath(programs) && isRoot && onPath(['apt-get']))
    await progress.step(`Installing ${name} by apt-get`, () => installByApt(crew, name, debian));
  return onPath(programs);
}

/** Installs Debian's package without the service that it would bring up now and at every boot. */
async function installByApt(crew, name, debian) {
  const apt = async (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // apt ends in order at SIGINT and must not be cut off while it unpacks.
    const options = { env, timeout: APT_TIMEOUT_MS, stopSignals: ['SIGINT'], patience: APT_TIMEOUT_MS, group: false };
    const { status, output } = await crew.run(
      'apt-get',
      'apt-get',
      ['-o', 'DPkg::Lock::Timeout=120', ...args],
      options,
    );
    if (status !== 0) throw new Failure(`${name} could not be installed: apt-get ${args[0]} failed.\n${output.trim()}`);
  };
  await apt('update');
  await withoutServiceStarts(() => apt('install', '-y', '--no-install-recommends', debian));
  if (onPath(['systemctl'])) await crew.run('systemctl', 'systemctl', ['disable', '--now', debian]);
}

/** Debian asks this program before a package's installation starts a service; status 101 means no. */
async function withoutServiceStarts(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(policy);
  }
}

function onPath(programs) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), SYSTEM_PROGRAMS];
  return programs.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}
