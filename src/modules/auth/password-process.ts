import bcrypt from 'bcrypt';
import { writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import type { HashAnswer, HashTask } from 'src/modules/auth/password-hasher';

/** A tenth of what others weigh: they hardly wait for it, and beside a busy machine somebody can still sign in (at 19 it took 83 s). */
const NICER_BY = 10;

/** A process of its own for passwords, which gives way to others as far as the system knows how. */
tryTo(() => setPriority(getPriority() + NICER_BY)); // on Linux it is the thread's, and those have it that bcrypt begins later
// Linux may share out the processor between sessions first, and by priority only within each
tryTo(() => writeFileSync('/proc/self/autogroup', String(NICER_BY)));

process.on('message', (task: HashTask) => {
  const { digest } = task;
  const work = 'cost' in task ? bcrypt.hash(digest, task.cost) : bcrypt.compare(digest, task.hash);
  void work.then((outcome) => process.send!({ number: task.number, outcome } satisfies HashAnswer));
});
process.once('disconnect', () => process.exit(0));

function tryTo(giveWay: () => void) {
  try {
    giveWay();
  } catch {
    // there is no such thing here, or it is not allowed: passwords are hashed all the same
  }
}
