/** Resolves with the signal's name when this process is told to stop; from the first call on, none ends it by itself. */
export function toldToStop() {
  // Terminal and npm may both pass on the same Ctrl-C, so repetitions mean nothing.
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
}

/** Keeps this process, which still has others to stop, alive when its terminal or the reader of its output is gone. */
export function outliveOutput() {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
