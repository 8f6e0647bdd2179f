import { RedisAdapter } from '@socket.io/redis-adapter';
import type { Redis } from 'ioredis';
import { pushes } from 'src/contracts';
import { outsideContext } from 'src/core/context/context';
import type { Pushes } from 'src/core/contract';
import { Laggards, type Newest } from 'src/core/realtime/laggards';
import { Packet } from 'src/core/realtime/packets';
import { TurnWriter } from 'src/core/realtime/turn-writer';
import type { Namespace, Server, Socket } from 'socket.io';

type BroadcastPacket = Parameters<Server['encoder']['encode']>[0];
type BroadcastOptions = Parameters<RedisAdapter['broadcast']>[1];
type Room = Parameters<RedisAdapter['addSockets']>[1][number];

/**
 * Sends to rooms as Socket.IO's own adapter for Redis does, but encodes each packet once for all sockets on all nodes, and what one
 * turn of the event loop sends goes to every socket with one write, to the other nodes with one message. Each socket and each node gets
 * everything in the order in which it was sent. What is special (volatile, binary, with acknowledgements) takes the stock way.
 */
export class RoomAdapter extends RedisAdapter {
  /** Told which pushes a socket was spared (their name, and of what they were) when it has room again. */
  caughtUp: (socket: Socket, name: string, of: string[]) => void = () => undefined;
  private readonly writer = new TurnWriter();
  private readonly laggards = new Laggards((...spared) => this.caughtUp(...spared));
  /** Among the channels that the stock adapter listens to, where it stands for a room that nobody is in. */
  private readonly turns: string;
  /** What the other nodes shall hear of: for each packet a line that says to whom, and a line that is the packet. */
  private untold: string[] = [];

  constructor(
    nsp: Namespace,
    private readonly pub: Redis,
    private readonly sub: Redis,
    key: string,
  ) {
    super(nsp, pub, sub, { key });
    this.turns = `${key}#${nsp.name}# turns#`;
    sub.on('pmessageBuffer', this.hear);
    nsp.on('connection', ({ conn }) => this.writer.serve(conn));
  }

  override close() {
    this.sub.off('pmessageBuffer', this.hear);
    return super.close();
  }

  override broadcast(packet: BroadcastPacket, options: BroadcastOptions) {
    const encoded = isPlain(options)
      ? this.namespace.server.encoder.encode({ ...packet, nsp: this.namespace.name })
      : [];
    if (encoded.length !== 1) {
      this.tellOthers();
      super.broadcast(packet, options);
      return;
    }
    const [text] = encoded as [string];
    if (!this.untold.length) outsideContext(() => setImmediate(() => this.tellOthers()));
    const newest = newestIn(packet);
    this.untold.push(JSON.stringify([[...options.rooms], [...(options.except ?? [])], newest]), text);
    this.deliver(text, options, newest);
  }

  override addSockets(options: BroadcastOptions, rooms: Room[]) {
    this.tellOthers();
    super.addSockets(here(options), rooms);
    super.addSockets(options, rooms);
  }

  override delSockets(options: BroadcastOptions, rooms: Room[]) {
    this.tellOthers();
    super.delSockets(here(options), rooms);
    super.delSockets(options, rooms);
  }

  override disconnectSockets(options: BroadcastOptions, close: boolean) {
    this.tellOthers();
    super.disconnectSockets(here(options), close);
    super.disconnectSockets(options, close);
  }

  private tellOthers() {
    if (!this.untold.length) return;
    const lines = this.untold;
    this.untold = [];
    void this.pub.publish(this.turns, [this.node, ...lines].join('\n'));
  }

  private hear = (_pattern: Buffer, channel: Buffer, message: Buffer) => {
    if (channel.toString() !== this.turns || message.toString('latin1', 0, this.node.length) === this.node) return;
    const [, ...lines] = message.toString().split('\n');
    for (let index = 0; index + 1 < lines.length; index += 2) {
      const [rooms, except, newest] = JSON.parse(lines[index]!) as [string[], string[], Newest | null];
      if (rooms.length && !rooms.some((room) => this.rooms.has(room))) continue; // of most, on many nodes
      this.deliver(lines[index + 1]!, { rooms: new Set(rooms), except: new Set(except) }, newest);
    }
  };

  /** To the sockets of this node. */
  private deliver(text: string, { rooms, except }: BroadcastOptions, newest: Newest | null) {
    const packet = new Packet(text);
    const left = except ? this.socketsIn(except) : NOBODY;
    for (const id of rooms.size ? this.socketsIn(rooms) : this.sids.keys()) {
      const socket = left.has(id) ? undefined : this.namespace.sockets.get(id);
      if (socket && !(newest && this.laggards.spares(socket, newest))) this.writer.send(socket.conn, packet);
    }
  }

  /** The ids of the sockets of this node that are in any of the rooms. */
  private socketsIn(rooms: Set<string>): ReadonlySet<string> {
    const [first = NOBODY, ...others] = [...rooms].flatMap((room) => this.rooms.get(room) ?? []);
    return others.length ? new Set([first, ...others].flatMap((ids) => [...ids])) : first;
  }

  private get node(): string {
    return this.uid as string;
  }

  private get namespace(): Namespace {
    return this.nsp as Namespace;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function newestIn({ data }: BroadcastPacket): Newest | null {
  const [name, body] = data as [string, Record<string, unknown>];
  const field = (pushes as Pushes)[name]?.newestOf;
  return field === undefined ? null : { name, of: String(body[field]) };
}

/** The stock adapter changes rooms on every node only when Redis has brought the word; on this one it must not wait. */
const here = (options: BroadcastOptions): BroadcastOptions => ({
  ...options,
  flags: { ...options.flags, local: true },
});

const isPlain = ({ flags }: BroadcastOptions): boolean => !flags || !Object.values(flags).some(Boolean);
