import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 500;

/**
 * Repeats `attempt` until it succeeds and gives its result, with growing pauses of 10 to 500 ms. Throws the last error
 * after `patience` milliseconds, or at once when `hopeless()`.
 */
export async function retry(attempt, { patience, hopeless = () => false }) {
  const deadline = Date.now() + patience;
  for (let wait = 10; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (hopeless() || Date.now() >= deadline) throw error;
    }
    await pause(wait);
  }
}

/** Waits until `condition()` holds, at most `patience` milliseconds; tells whether it does. */
export async function until(condition, patience) {
  const check = () => {
    if (!condition()) throw new Error('not yet');
  };
  return retry(check, { patience }).then(
    () => true,
    () => false,
  );
}
