import { closeSync, openSync, readFileSync, renameSync } from 'node:fs';
import { Failure } from './failure.mjs';
import { freePort } from './ports.mjs';
import { retry } from './waiting.mjs';

const PORT_ATTEMPTS = 5;
const LOG_LINES_SHOWN = 5;

/**
 * Starts a server on a free port of the loopback address and waits, at most `patience` milliseconds, until it answers.
 * `start(port, output)` gives a member of a crew that writes its log to `output`; `answers(port)` rejects until it does.
 * What the run before wrote stays beside the log as `<log>.old`. Gives `{ port, member }`.
 */
export async function startServer({ name, log, patience, start, answers }) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const member = withLog(log, (output) => start(port, output));
    try {
      await retry(() => answers(port), { patience, hopeless: () => !member.running });
      return { port, member };
    } catch (error) {
      await member.stop();
      const text = readFileSync(log, 'utf8');
      // Another program may have taken the port since it was found to be free.
      if (attempt < PORT_ATTEMPTS && text.includes('in use')) continue;
      const end = text.trim().split('\n').slice(-LOG_LINES_SHOWN);
      throw new Failure(
        [`${name} did not start: ${reasonOf(error)}`, `The end of its log ${log}:`, ...end].join('\n  '),
      );
    }
  }
}

/** Throws `Failure` unless the server behind an address that was given in the variable `name` lets us in. */
export async function checkGiven(name, url, answers) {
  try {
    await answers(url);
  } catch (error) {
    throw new Failure(`${name} names a server that cannot be used: ${hostsOf(url)}: ${reasonOf(error)}`);
  }
}

/** The host of an address, or those of several with commas between, as a Redis Cluster has them. */
export const hostsOf = (urls) =>
  urls
    .split(',')
    .map((url) => new URL(url.trim()).host)
    .join(', ');

/** A connection attempt to a name with several addresses fails with one error for each and no message. */
const reasonOf = (error) => error.message || error.errors?.[0]?.message || error.code;

function withLog(file, use) {
  try {
    renameSync(file, `${file}.old`);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const output = openSync(file, 'w', 0o600);
  try {
    return use(output);
  } finally {
    closeSync(output);
  }
}
