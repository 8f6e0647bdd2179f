import { cpuSeconds, machineSeconds } from './cpu.mjs';
import { shown } from './figures.mjs';
import { median } from './stats.mjs';

/**
 * What `work` gives, with `shares`: of how many cores each of the processes `pids` (by name; those of others with what they started) had
 * the use meanwhile, and what of them was no process's, as `machineSeconds` has it.
 */
export async function withShares(pids, work) {
  const used = () => ({
    ...Object.fromEntries(
      Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid, { children: pid !== process.pid })]),
    ),
    ...machineSeconds(),
  });
  const [begin, before] = [performance.now(), used()];
  const result = await work();
  const [after, lasted] = [used(), (performance.now() - begin) / 1000];
  const shares = Object.fromEntries(Object.keys(after).map((name) => [name, (after[name] - before[name]) / lasted]));
  return { ...result, shares };
}

/** A line for the reader: the medians of the rounds. */
export const sharesLine = (rounds) =>
  Object.keys(rounds[0].shares)
    .map((name) => `${name} ${shown(median(rounds.map(({ shares }) => shares[name])))}`)
    .join(', ');
