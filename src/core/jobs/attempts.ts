/** The strategy by which a worker decides how long a job that failed has to wait. */
export const BACKOFF = 'muster';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15 * 60_000;
/** The last part of a wait that is drawn, so that what failed together does not come again together. */
const JITTER = 0.3;

/** Tries of a job or fact handler whose contract says nothing else: about four minutes in all. */
export const DEFAULT_ATTEMPTS = 10;

/** Tries of a mail, which may still be of use when the mail server was away for long: about a day in all. */
export const MAIL_ATTEMPTS = 125;

/** After so many attempts, in milliseconds: each time twice as long, up to a quarter of an hour. `drawn` is from 0 to 1. */
export function retryAfter(attempts: number, drawn = Math.random()): number {
  const most = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
  return Math.round(most * (1 - JITTER * drawn));
}
