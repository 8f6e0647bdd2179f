import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { identify, lives, readNote } from './identity.mjs';
import { until } from './waiting.mjs';

const KILL_PATIENCE_MS = 5_000;

/**
 * The programs that one command runs. Whatever a crew has started ends with `dismiss()`: first what needs others, then the newest
 * first. Each program gets a session of its own, so that Ctrl-C in a terminal reaches only the command, which then ends the others
 * in order.
 */
export class Crew {
  #members = [];
  #dismissed = false;
  #records;

  /** With a folder for `records`, a later command can end what this one had to leave behind: see `endLeftovers`. */
  constructor({ records } = {}) {
    this.#records = records;
    if (records) mkdirSync(records, { recursive: true, mode: 0o700 });
  }

  /**
   * Starts a program that stays. `stopSignals` are sent one after the other, each with `patience` milliseconds, then
   * SIGKILL. What `needsOthers` is stopped before those that do not. Other options are those of `child_process.spawn`.
   */
  start(name, command, args, options = {}) {
    if (this.#dismissed) throw new Failure(`${name} is not started any more.`);
    const member = new Member(name, command, args, options, this.#records);
    this.#members.push(member);
    void member.ended.then(() => this.#members.splice(this.#members.indexOf(member), 1));
    return member;
  }

  /**
   * Runs a program to its end, at most `timeout` milliseconds: `{ status, output }`, output holding stdout and stderr.
   * Throws if the crew was dismissed meanwhile, since nothing that would come next may start.
   */
  async run(name, command, args, { timeout = 60_000, onStart, ...options } = {}) {
    const member = this.start(name, command, args, { stdio: ['ignore', 'pipe', 'pipe'], group: true, ...options });
    onStart?.(member.child.pid);
    let output = '';
    for (const stream of [member.child.stdout, member.child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    const alarm = setTimeout(() => void member.stop(), timeout);
    const { status, signal, error } = await member.ended;
    clearTimeout(alarm);
    if (this.#dismissed) throw new Failure(`${name} was broken off.`);
    return { status: status ?? 1, output: error?.message ?? (output || `ended by ${signal ?? `status ${status}`}`) };
  }

  async dismiss() {
    this.#dismissed = true;
    const newestFirst = this.#members.toReversed();
    for (const member of newestFirst.sort((a, b) => b.needsOthers - a.needsOthers)) await member.stop();
  }
}

/** One running program of a crew. */
class Member {
  #plan;
  #note = { write() {}, remove() {} };

  constructor(
    name,
    command,
    args,
    { stopSignals = ['SIGTERM'], patience = 15_000, group = false, needsOthers = false, ...options },
    records,
  ) {
    this.name = name;
    this.needsOthers = needsOthers;
    this.#plan = { stopSignals, patience, group };
    this.child = spawn(command, args, { ...options, detached: true });
    if (records && this.child.pid) this.#note = noteIn(records, name, this.child.pid);
    this.#note.write(this.#plan);
    /** Resolves, never rejects, when the program has ended: `{ status, signal, error }`. */
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({ error }));
      this.child.on('close', (status, signal) => resolve({ status, signal }));
    }).then((end) => {
      this.running = false;
      this.#note.remove();
      return end;
    });
    this.running = true;
  }

  /** Changes the `patience` with which it is stopped, if that is known only after its start. */
  allow(patience) {
    this.#plan.patience = patience;
    if (this.running) this.#note.write(this.#plan);
  }

  stop() {
    return end(this.child.pid, this.#plan, () => this.running);
  }
}

/** Ends the programs that a command of an earlier time recorded in `records` and could not end itself. */
export async function endLeftovers(records) {
  for (const file of readdirSync(records).map((name) => join(records, name))) {
    const { name, process: noted = {}, plan } = readNote(file);
    if (lives(noted) && !(await end(noted.pid, plan, () => lives(noted))))
      throw new Failure(`${name} of an earlier start still runs and could not be ended: process ${noted.pid}.`);
    rmSync(file);
  }
}

/** Sends the signals of the plan until the process is gone; tells whether it is. */
async function end(pid, { stopSignals, patience, group }, runs) {
  for (const signal of [...stopSignals, 'SIGKILL']) {
    if (!runs()) return true;
    send(group || signal === 'SIGKILL' ? -pid : pid, signal);
    if (await until(() => !runs(), signal === 'SIGKILL' ? KILL_PATIENCE_MS : patience)) return true;
  }
  return false;
}

function send(target, signal) {
  try {
    process.kill(target, signal);
  } catch (error) {
    // ESRCH: it has ended meanwhile. EPERM: it belongs to another user, which the caller sees by its staying alive.
    if (!['ESRCH', 'EPERM'].includes(error.code)) throw error;
  }
}

/** Where it is noted how a program is to be ended, for as long as it runs. */
function noteIn(records, name, pid) {
  const file = join(records, `${name}-${pid}.json`);
  const process = identify(pid);
  return {
    write: (plan) => writeFileSync(file, JSON.stringify({ name, process, plan })),
    remove: () => rmSync(file, { force: true }),
  };
}
