import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { identify, lives } from './identity.mjs';

/**
 * Mutual exclusion between processes, kept in a folder that exists only while someone holds or wants it. Inside,
 * `held/` has one file a holder; renaming a prepared folder to `held` is the atomic step. A lock whose holders are all
 * dead is free.
 */
export class Lock {
  #held;
  #folder;

  constructor(folder) {
    this.#folder = folder;
    this.#held = join(folder, 'held');
  }

  /** Takes the lock if it is free; tells whether this process has it now. */
  take() {
    for (;;) {
      try {
        mkdirSync(this.#folder, { recursive: true });
        const draft = mkdtempSync(join(this.#folder, 'draft-'));
        note(draft, identify(process.pid));
        if (renamed(draft, this.#held)) return true;
        rmSync(draft, { recursive: true });
        if (this.holder()) return false;
        this.#bury();
      } catch (error) {
        // Whoever released the lock meanwhile has removed the folder.
        if (error.code !== 'ENOENT') throw error;
      }
    }
  }

  /** The living process that has the lock: `{ pid, birth, ...details }`. */
  holder() {
    return holdersIn(this.#held).find(lives);
  }

  /** Keeps the lock closed until this process, too, has ended, should its holder die before it. */
  share(pid) {
    note(this.#held, identify(pid));
  }

  /** Adds to what others read of the holder. */
  describe(details) {
    note(this.#held, { ...identify(process.pid), ...details });
  }

  release() {
    // Away in one step first: removing it piece by piece could hit the lock of the next holder.
    const mine = join(this.#folder, `released-${process.pid}`);
    renameSync(this.#held, mine);
    for (const name of readdirSync(this.#folder).filter(
      (name) => name === `released-${process.pid}` || name.startsWith('dead-'),
    ))
      rmSync(join(this.#folder, name), { recursive: true, force: true });
    try {
      rmdirSync(this.#folder);
    } catch {
      // Another one is about to take it.
    }
  }

  /**
   * Puts a dead holder's lock aside under a name of its own. The name stays in use until the next release, so that of
   * two processes that saw the same dead holder only one succeeds, and the other does not bury the first one's lock.
   */
  #bury() {
    const holders = JSON.stringify(holdersIn(this.#held));
    renamed(this.#held, join(this.#folder, `dead-${createHash('sha256').update(holders).digest('hex').slice(0, 16)}`));
  }
}

/** Renames a folder; false if the new name is in use. */
function renamed(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(error.code)) return false;
    throw error;
  }
}

function note(folder, holder) {
  const draft = join(folder, `.${holder.pid}`);
  writeFileSync(draft, JSON.stringify(holder));
  renameSync(draft, join(folder, `${holder.pid}.json`));
}

function holdersIn(folder) {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
