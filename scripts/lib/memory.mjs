import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** What a test run needs at the most is a fifth of it. */
const ROOM = 2 ** 30;

/**
 * A folder that is kept in memory, where the many files of short-lived databases cost a tenth of what they do on a disk; undefined
 * where there is none, it has no room, or no program may run in it.
 */
export function roomyMemory() {
  if (!existsSync(MEMORY) || freemem() < 2 * ROOM) return undefined;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM && mayRunIn(MEMORY) ? MEMORY : undefined;
}

function mayRunIn(place) {
  const folder = mkdtempSync(join(place, 'muster-probe-'));
  const program = join(folder, 'program');
  try {
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    return spawnSync(program).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
