import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { until } from 'test/support/until';

const PROGRAM = ['redis-server', 'valkey-server'].find((name) => !spawnSync(name, ['--version']).error);
const SHARDS = 3;
const SLOTS = 16_384;

/** A master that holds a third of all keys. */
class Shard {
  private server!: ChildProcess;
  private readonly admin: Redis;

  constructor(
    private readonly folder: string,
    readonly port: number,
    readonly busPort: number,
  ) {
    this.admin = new Redis(this.url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
    this.admin.on('error', () => undefined); // not there yet
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async serve() {
    const settings = {
      bind: '127.0.0.1',
      port: this.port,
      dir: this.folder,
      save: '',
      appendonly: 'no',
      'cluster-enabled': 'yes',
      'cluster-port': this.busPort,
      'cluster-config-file': `nodes-${this.port}.conf`,
      'cluster-node-timeout': 500,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.server = spawn(PROGRAM!, args, { stdio: 'ignore' });
    await this.ask('PING');
  }

  /** The answer to a command, as soon as it is there. */
  ask = (name: string, ...values: (string | number)[]): Promise<unknown> => this.admin.call(name, ...values);

  async isWell(): Promise<boolean> {
    return String(await this.ask('CLUSTER', 'INFO')).includes('cluster_state:ok');
  }

  /** It stands still and answers nobody, until `goOn`. */
  freeze() {
    this.server.kill('SIGSTOP');
  }

  goOn() {
    this.server.kill('SIGCONT');
  }

  async kill() {
    const gone = once(this.server, 'exit');
    this.server.kill('SIGKILL');
    await gone;
  }

  async end() {
    this.admin.disconnect();
    await this.kill();
  }
}

/** A Redis Cluster of three masters for one test, in a folder of its own. */
export class OwnRedisCluster {
  private constructor(
    private readonly folder: string,
    readonly shards: Shard[],
  ) {}

  static async start(): Promise<OwnRedisCluster> {
    const folder = await mkdtemp(path.join(tmpdir(), 'muster-redis-'));
    const ports = await freePorts(2 * SHARDS);
    const shards = ports.slice(SHARDS).map((port, index) => new Shard(folder, port, ports[index]!));
    const cluster = new OwnRedisCluster(folder, shards);
    await Promise.all(shards.map((shard) => shard.serve()));
    await Promise.all(
      shards.map(async ({ ask }, index) => {
        const [from, until] = [index, index + 1].map((edge) => Math.floor((edge * SLOTS) / SHARDS)) as [number, number];
        await ask('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
        await ask('CLUSTER', 'ADDSLOTSRANGE', from, until - 1);
      }),
    );
    for (const { port, busPort } of shards) await shards[0]!.ask('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    await cluster.isWell();
    return cluster;
  }

  /** As `REDIS_URL` names it. */
  get url(): string {
    return this.shards.map(({ url }) => url).join(',');
  }

  /** Waits until all shards know of each other and serve. */
  async isWell() {
    const answers = () => Promise.all(this.shards.map((shard) => shard.isWell()));
    await until('the cluster is well', async () => (await answers()).every(Boolean));
  }

  /** A shard is killed; waits until the others know, and refuse all commands. */
  async kill(lost: Shard) {
    await lost.kill();
    const others = this.shards.filter((shard) => shard !== lost);
    const answers = () => Promise.all(others.map((shard) => shard.isWell()));
    await until('the others know', async () => !(await answers()).some(Boolean));
  }

  async stop() {
    await Promise.all(this.shards.map((shard) => shard.end()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
}
