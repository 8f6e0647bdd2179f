import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process id is given again to others after its owner's end, so a process that must be recognised later is noted as
 * `{ pid, birth }`.
 */
export const identify = (pid) => ({ pid, birth: birthOf(pid) });

/** Whether the process that was noted as `{ pid, birth }` still lives. */
export const lives = ({ pid, birth }) => birth !== undefined && birthOf(pid) === birth;

/** What was noted in a JSON file: nothing if it is gone, or if a crash has cut it off. */
export function readNote(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** When the process began, as a text that no other process of the same id shares; undefined if it does not live. */
function birthOf(pid) {
  return process.platform === 'linux' ? birthInProc(pid) : birthFromPs(pid);
}

function birthInProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold blanks and brackets.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = rest[18];
    return state === 'Z' ? undefined : `${bootId()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function birthFromPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() || undefined;
}
