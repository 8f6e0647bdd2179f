/**
 * A fault that its reader can mend: its message is shown as it is, without a stack trace. It has no message when a program
 * that was run has already said what is wrong.
 */
export class Failure extends Error {}

/** Says on stderr why the work failed; whatever is not a `Failure` is a bug and keeps its stack trace. */
export function report(error) {
  if (!(error instanceof Failure)) console.error(error);
  else if (error.message) console.error(error.message);
}
