import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, lives, readNote } from './identity.mjs';

/**
 * Mutual exclusion between processes. Whoever takes the lock adds a folder with the next number, which holds one note for
 * each of its holders; the highest number counts. A lock whose holders have all ended is free. Numbers only grow, and the
 * highest stays after its release: were one used twice, who has been slow to take a free lock could take it from another.
 */
export class Lock {
  #folder;
  #claim;

  constructor(folder) {
    this.#folder = folder;
  }

  /** Takes the lock if it is free; tells whether this process has it now. */
  take() {
    mkdirSync(this.#folder, { recursive: true });
    const number = highest(this.#folder) + 1;
    if (this.holder()) return false;
    const draft = mkdtempSync(join(this.#folder, 'draft-'));
    note(draft, identify(process.pid));
    const claim = join(this.#folder, String(number));
    if (!renamed(draft, claim)) {
      rmSync(draft, { recursive: true });
      return false;
    }
    // A higher number means that this one had been used and cleared away before.
    if (highest(this.#folder) > number) {
      clear(claim);
      return false;
    }
    this.#claim = claim;
    for (const other of numbers(this.#folder)) if (other < number) clear(join(this.#folder, String(other)));
    return true;
  }

  /** The living process that has the lock: `{ pid, birth, ...details }`. */
  holder() {
    const claim = join(this.#folder, String(highest(this.#folder)));
    return namesIn(claim)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readNote(join(claim, name)))
      .find(lives);
  }

  /** Keeps the lock closed until this process, too, has ended, should its holder die before it. */
  share(pid) {
    note(this.#claim, identify(pid));
  }

  /** Adds to what others read of the holder. */
  describe(details) {
    note(this.#claim, { ...identify(process.pid), ...details });
  }

  release() {
    const notes = namesIn(this.#claim);
    // Without any file in it, the folder could be replaced by that of another with the same number.
    writeFileSync(join(this.#claim, 'released'), '');
    for (const name of notes) rmSync(join(this.#claim, name));
  }
}

const numbers = (folder) => namesIn(folder).map(Number).filter(Number.isInteger);

const highest = (folder) => Math.max(0, ...numbers(folder));

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function note(folder, holder) {
  const draft = join(folder, `.${holder.pid}`);
  writeFileSync(draft, JSON.stringify(holder));
  renameSync(draft, join(folder, `${holder.pid}.json`));
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

/** Removes a folder; away in one step first, since half removed its name could be taken by another one's. */
function clear(folder) {
  const away = `${folder}-cleared-by-${process.pid}`;
  try {
    renameSync(folder, away);
    rmSync(away, { recursive: true });
  } catch (error) {
    // Another process clears it.
    if (error.code !== 'ENOENT') throw error;
  }
}
