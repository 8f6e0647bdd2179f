import bcrypt from 'bcrypt';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { HashAnswer, HashTask } from 'src/modules/auth/password-hasher';

/** Lower than others, so that they need not wait; not the lowest, at which on a busy machine nobody could sign in. */
const LOWER = constants.priority.PRIORITY_BELOW_NORMAL;

/** A process of its own for passwords: what hashes gives way to whoever else wants the processor. */
attempt(() => setPriority(LOWER)); // on Linux it is the thread's, and those have it that bcrypt begins later
// Linux may share out the processor between sessions first, and only within one by priority
attempt(() => writeFileSync('/proc/self/autogroup', String(LOWER)));

process.on('message', (task: HashTask) => {
  const { digest } = task;
  const work = 'cost' in task ? bcrypt.hash(digest, task.cost) : bcrypt.compare(digest, task.hash);
  void work.then((outcome) => process.send!({ number: task.number, outcome } satisfies HashAnswer));
});
process.once('disconnect', () => process.exit(0));

/** Where the system has no such thing passwords are hashed without it. */
function attempt(what: () => void) {
  try {
    what();
  } catch {
    // see above
  }
}
