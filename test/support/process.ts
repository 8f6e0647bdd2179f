import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BootOptions, TestApp } from 'test/support/boot';

/** A node of a test's system in a process of its own, which can be killed as nothing else can. */
export class NodeProcess {
  constructor(
    readonly url: string,
    readonly settings: Record<string, string>,
    private readonly child: ChildProcess,
  ) {}

  /** Asks it to stop. */
  tell(signal: 'SIGTERM' | 'SIGINT') {
    this.child.kill(signal);
  }

  /** How it ended: its status, or null if it was by a signal. */
  ended = async (): Promise<number | null> =>
    this.child.exitCode ?? ((await once(this.child, 'exit'))[0] as number | null);

  /** SIGKILL: it says goodbye to nobody. */
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

type ProcessOptions = Required<Pick<BootOptions, 'roles'>> & {
  beside: TestApp;
  env?: Record<string, string>;
  main?: string;
};

export async function startProcess(options: ProcessOptions): Promise<NodeProcess> {
  const { child, settings } = launch(options);
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])) as [
    { url: string } | undefined,
  ];
  if (!message) throw new Error('the process did not get ready');
  return new NodeProcess(message.url, settings, child);
}

/** A node that is not ready yet. */
export function launch({ beside, roles, env = {}, main = 'src/main.ts' }: ProcessOptions) {
  const settings: Record<string, string> = { ...beside.settings, ROLES: roles.join(','), ...env };
  const child = fork(path.resolve(main), {
    env: {
      PATH: process.env.PATH,
      // what it leaves when it is killed goes with the test's own
      TMPDIR: settings.MUSTER_HOME!,
      ...settings,
      // for the processes that it starts, too
      NODE_OPTIONS: `${process.env.NODE_OPTIONS} ${settings.NODE_OPTIONS ?? ''}`,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { child, settings };
}
