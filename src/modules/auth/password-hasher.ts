import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { childEnv } from 'src/config/child-env';
import { ENV, type Env } from 'src/config/env';
import { Unavailable } from 'src/core/errors/common.errors';

const PROCESS = path.join(__dirname, `password-process${path.extname(__filename)}`);
/** Then the process goes, and its memory with it. */
const IDLE_MS = 60_000;

/** To hash a digest at a cost, or to compare it with a hash. */
type HashWork = { digest: string; cost: number } | { digest: string; hash: string };
export type HashTask = HashWork & { number: number };
export interface HashAnswer {
  number: number;
  outcome: string | boolean;
}

/** A process that hashes, and what it was asked and has not answered. */
interface Hashing {
  child: ChildProcess;
  asked: Map<number, { answer: (outcome: HashAnswer['outcome']) => void; lose: () => void }>;
}

/**
 * bcrypt in a process beside this one, of a lower priority: a flood of sign-ins leaves the others most of the processor. It begins
 * when it is first needed; what one that dies has not answered, the next one is asked, once.
 */
@Injectable()
export class PasswordHasher implements OnApplicationShutdown {
  private hashing?: Hashing;
  private idle?: NodeJS.Timeout;
  private last = 0;
  private closed = false;

  constructor(@Inject(ENV) private readonly env: Env) {}

  /** Throws `unavailable` if the process died of it twice. */
  hash(digest: string, cost: number): Promise<string> {
    return this.ask({ digest, cost }) as Promise<string>;
  }

  /** Throws `unavailable` if the process died of it twice. */
  compare(digest: string, hash: string): Promise<boolean> {
    return this.ask({ digest, hash }) as Promise<boolean>;
  }

  onApplicationShutdown() {
    this.closed = true;
    this.end();
  }

  private async ask(work: HashWork) {
    const answered = (await this.askOnce(work)) ?? (await this.askOnce(work));
    if (answered === undefined) throw Unavailable();
    return answered;
  }

  /** Undefined if the process died before it answered. */
  private async askOnce(work: HashWork): Promise<HashAnswer['outcome'] | undefined> {
    if (this.closed) return undefined;
    clearTimeout(this.idle);
    const hashing = (this.hashing ??= this.start());
    const { child, asked } = hashing;
    const number = ++this.last;
    // while it is waited for it keeps this process going
    child.ref();
    child.channel?.ref();
    try {
      return await new Promise((resolve) => {
        asked.set(number, { answer: resolve, lose: () => resolve(undefined) });
        // what can't be sent is lost with the process, whose end is told apart
        child.send({ number, ...work } satisfies HashTask, () => undefined);
      });
    } finally {
      asked.delete(number);
      if (!asked.size && this.hashing === hashing) this.rest(child);
    }
  }

  private rest(child: ChildProcess) {
    child.unref();
    child.channel?.unref();
    this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  private end() {
    clearTimeout(this.idle);
    this.hashing?.child.kill();
    this.hashing = undefined;
  }

  private start(): Hashing {
    const child = fork(PROCESS, {
      execArgv: [],
      // a thread for each
      env: { ...childEnv(), UV_THREADPOOL_SIZE: String(this.env.PASSWORDS_AT_ONCE) },
      // a session of its own, see the process
      detached: process.platform === 'linux',
      stdio: 'ignore',
    });
    const hashing: Hashing = { child, asked: new Map() };
    const gone = () => {
      if (this.hashing === hashing) this.hashing = undefined;
      for (const { lose } of hashing.asked.values()) lose();
    };
    child.on('message', ({ number, outcome }: HashAnswer) => hashing.asked.get(number)?.answer(outcome));
    child.once('exit', gone).once('error', gone);
    return hashing;
  }
}
