import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { childEnv } from 'src/config/child-env';
import { DecoderEnded, PictureRefused, type Rendered, type RenderTask } from 'src/modules/files/picture';

const PROCESS = path.join(__dirname, `picture-process${path.extname(__filename)}`);
/** More than all of a picture's steps may take; then the process is ended. */
const PATIENCE_MS = 120_000;
/** Then the process goes, and its memory with it. */
const IDLE_MS = 60_000;
const HEAP_MB = 256;

type Answer = { rendered: Rendered } | { refused: boolean; message: string };

/** Renders pictures in a process beside this one, one after the other; a decoder that crashes takes nothing with it. */
@Injectable()
export class PictureRenderer implements OnApplicationShutdown {
  private child?: ChildProcess;
  private last: Promise<unknown> = Promise.resolve();
  private idle?: NodeJS.Timeout;

  /** Throws `PictureRefused` if the picture can't be rendered, another error, such as `DecoderEnded`, if trying again may help. */
  render(task: RenderTask): Promise<Rendered> {
    const turn = this.last.then(() => this.ask(task));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  async onApplicationShutdown() {
    await this.last;
    this.end();
  }

  private async ask(task: RenderTask): Promise<Rendered> {
    clearTimeout(this.idle);
    const child = (this.child ??= this.start());
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const left = new AbortController();
    try {
      const ended = once(child, 'exit', { signal: left.signal }).then(([code, signal]: unknown[]) => {
        throw new DecoderEnded(`the picture process ended (${String(signal ?? code)})`);
      });
      const answered = once(child, 'message', { signal: left.signal });
      child.send(task);
      const [answer] = (await Promise.race([answered, ended])) as [Answer];
      if ('rendered' in answer) return answer.rendered;
      throw answer.refused ? new PictureRefused(answer.message) : new Error(answer.message);
    } finally {
      left.abort();
      clearTimeout(late);
      this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
    }
  }

  private start(): ChildProcess {
    const child = fork(PROCESS, { execArgv: [`--max-old-space-size=${HEAP_MB}`], env: childEnv(), stdio: 'ignore' });
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    return child;
  }

  private end() {
    clearTimeout(this.idle);
    this.child?.removeAllListeners();
    this.child?.kill();
    this.child = undefined;
  }
}
