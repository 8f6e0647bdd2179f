import { median } from './stats.mjs';

/**
 * Runs the `works` one after the other, again and again, after a warm-up of each: what else the machine does at a time hits all
 * alike. Gives for each name the list of its results, one a round.
 */
export async function alternate(works, { rounds = 5, warmUp = true } = {}) {
  const entries = Object.entries(works);
  if (warmUp) for (const [, work] of entries) await work();
  const results = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // every other round the other way round, so that none always follows the same
    const order = round % 2 ? entries.toReversed() : entries;
    for (const [name, work] of order) results[name].push(await work());
  }
  return results;
}

/** Of results of the same rounds: the median of the rounds' quotients, and the lowest and highest of them. */
export function ratio(ones, others) {
  const quotients = ones.map((one, round) => one / others[round]);
  return { median: median(quotients), lowest: Math.min(...quotients), highest: Math.max(...quotients) };
}
