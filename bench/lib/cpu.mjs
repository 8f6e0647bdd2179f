import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process has used, and with `children` those of the processes it started too; NaN where there is no /proc. */
export function cpuSeconds(pid, { children = false } = {}) {
  try {
    const fields = statOf(pid);
    const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    if (!children) return own;
    const ended = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
    return own + ended + childrenOf(pid).reduce((sum, child) => sum + (cpuSeconds(child, { children }) || 0), 0);
  } catch {
    return NaN;
  }
}

/** The same, to the nanosecond, of the threads that a process has now: for those whose threads stay. */
export function threadSeconds(pid) {
  try {
    const ofThread = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + ofThread(thread), 0) / 1e9;
  } catch {
    return NaN;
  }
}

/** Seconds of all cores together: that interrupts took, the network's most of all, that a virtual machine did not get, that were idle. */
export function machineSeconds() {
  try {
    const ticks = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9).slice(1).map(Number);
    const [, , , idle, waiting, hard, soft, stolen] = ticks.map((count) => count / TICKS_PER_SECOND);
    return { interrupts: hard + soft, stolen, idle: idle + waiting };
  } catch {
    return { interrupts: NaN, stolen: NaN, idle: NaN };
  }
}

const childrenOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );

/** Its fields from the third on: the second is the program's name in brackets, which may hold anything. */
function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
