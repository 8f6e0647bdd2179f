import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const DRIP_MS = 20;

/** One direction of a connection. */
interface Lane {
  to: Socket;
  waiting: { chunk: Buffer; due: number }[];
  isBusy: boolean;
}

/** The TCP way to a server on this machine, through a port of our own, on which things can go wrong at any time. */
export class Wire {
  /** Milliseconds that each piece of data waits, in both directions. */
  delay = 0;
  /** Bytes a second that get through, of each connection in each direction; 0 for as many as there are. */
  rate = 0;
  /** The next transaction with a statement that says this is committed, but its connection breaks off before the answer. */
  losesCommitOf: string | undefined;
  /** How many connections were made so far. */
  made = 0;
  private isSilent = false;
  private isCut = false;
  private readonly pairs = new Set<[Socket, Socket]>();
  private readonly abandoned = new Set<[Socket, Socket]>();
  private readonly server = createServer((near) => this.join(near));

  private constructor(private readonly target: URL) {}

  static async to(target: string): Promise<Wire> {
    const wire = new Wire(new URL(target));
    wire.server.listen(0, '127.0.0.1');
    await once(wire.server, 'listening');
    return wire;
  }

  /** The target's address, by this way. */
  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(new URL(this.target), { hostname: '127.0.0.1', port: String(port) }).href;
  }

  /** All connections break off, and new ones do so at once. */
  cut() {
    this.isCut = true;
    for (const pair of this.pairs) pair.forEach((socket) => socket.destroy());
  }

  /** Connections stay, and new ones are taken, but nothing comes through: as when a machine hangs. What was sent comes later. */
  silence() {
    this.isSilent = true;
    for (const pair of this.pairs) pair.forEach((socket) => socket.pause());
  }

  /** As when a machine is gone without a word and another has its name: nothing comes through the present connections any more. */
  abandon() {
    this.isSilent = false;
    for (const pair of this.pairs) {
      this.abandoned.add(pair);
      pair.forEach((socket) => socket.removeAllListeners('data').resume());
    }
  }

  /** How many connections that lead nowhere are still held. */
  get held(): number {
    return [...this.abandoned].filter((pair) => this.pairs.has(pair)).length;
  }

  /** All is well again. */
  mend() {
    this.isCut = this.isSilent = false;
    this.delay = this.rate = 0;
    this.losesCommitOf = undefined;
    for (const pair of this.pairs) pair.forEach((socket) => socket.resume());
  }

  async close() {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket) {
    if (this.isCut) return void near.destroy();
    const far = connect(Number(this.target.port), this.target.hostname);
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    this.made++;
    this.watch(near, far);
    for (const [from, to] of [pair, [far, near]] as [Socket, Socket][]) {
      const lane: Lane = { to, waiting: [], isBusy: false };
      from.on('data', (chunk) => {
        lane.waiting.push({ chunk, due: this.delay && Date.now() + this.delay });
        void this.pass(lane);
      });
      from.on('error', () => undefined);
      from.on('close', () => (this.pairs.delete(pair), to.destroy()));
      if (this.isSilent) from.pause();
    }
  }

  private watch(near: Socket, far: Socket) {
    let isIt = false;
    near.on('data', (chunk) => {
      if (!this.losesCommitOf) return;
      isIt ||= chunk.includes(this.losesCommitOf);
      if (!isIt || !chunk.includes('COMMIT\0')) return;
      this.losesCommitOf = undefined;
      far.removeAllListeners('data').on('data', (answer) => answer.includes('COMMIT') && far.destroy());
    });
  }

  /** Piece by piece in their order, however the wire changes meanwhile. */
  private async pass(lane: Lane) {
    if (lane.isBusy) return;
    lane.isBusy = true;
    for (let next = lane.waiting.shift(); next; next = lane.waiting.shift()) {
      const early = next.due - Date.now();
      if (early > 0) await pause(early);
      for (let rest = next.chunk; rest.length;) {
        if (this.rate) await pause(Math.max(DRIP_MS, 1000 / this.rate));
        const size = this.rate ? Math.ceil((this.rate * DRIP_MS) / 1000) : rest.length;
        if (!lane.to.destroyed) lane.to.write(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    }
    lane.isBusy = false;
  }
}
