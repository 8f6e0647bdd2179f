import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createServer, type AddressInfo } from 'node:net';

const PROGRAM = ['redis-server', 'valkey-server'].find((name) => !spawnSync(name, ['--version']).error);

/** A Redis for one test, to which things may happen that the others must not feel. */
export class OwnRedis {
  private server!: ChildProcess;
  private admin!: Redis;

  private constructor(private readonly port: number) {}

  static async start(): Promise<OwnRedis> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const redis = new OwnRedis(port);
    await redis.serve();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** It stands still and answers nobody, until `goOn`. */
  freeze() {
    this.server.kill('SIGSTOP');
  }

  goOn() {
    this.server.kill('SIGCONT');
  }

  /** It is killed, and comes back with nothing of what it knew. */
  async restartEmpty() {
    await this.stop();
    await this.serve();
  }

  /** After `stop`, at the same port and with nothing of what it knew. */
  comeBack = (): Promise<void> => this.serve();

  /** The answer to one command, over a connection that is there already: there may be no way in any more. */
  ask(name: string, ...values: string[]): Promise<unknown> {
    return this.admin.call(name, ...values);
  }

  async stop() {
    this.admin.disconnect();
    const gone = once(this.server, 'exit');
    this.server.kill('SIGKILL');
    await gone;
  }

  private async serve() {
    const settings = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--appendonly', 'no'];
    this.server = spawn(PROGRAM!, settings, { stdio: 'ignore' });
    this.admin = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    this.admin.on('error', () => undefined); // not there yet
    await this.admin.ping();
  }
}
