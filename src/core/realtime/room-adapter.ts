import { RedisAdapter } from '@socket.io/redis-adapter';
import type { Redis } from 'ioredis';
import { outsideContext } from 'src/core/context/context';
import { Packet } from 'src/core/realtime/packets';
import { TurnWriter } from 'src/core/realtime/turn-writer';
import type { Namespace, Server } from 'socket.io';

type BroadcastPacket = Parameters<Server['encoder']['encode']>[0];
type BroadcastOptions = Parameters<RedisAdapter['broadcast']>[1];

/**
 * Sends to rooms as Socket.IO's own adapter for Redis does, but encodes each packet once for all sockets on all nodes, and what one
 * turn of the event loop sends goes to every socket with one write, to the other nodes with one message. Each socket and each node gets
 * everything in the order in which it was sent. What is special (volatile, binary, with acknowledgements) takes the stock way.
 */
export class RoomAdapter extends RedisAdapter {
  private readonly writer = new TurnWriter();
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
    this.untold.push(JSON.stringify([[...options.rooms], [...(options.except ?? [])]]), text);
    this.deliver(text, options);
  }

  override addSockets(...args: Parameters<RedisAdapter['addSockets']>) {
    this.tellOthers();
    super.addSockets(...args);
  }

  override delSockets(...args: Parameters<RedisAdapter['delSockets']>) {
    this.tellOthers();
    super.delSockets(...args);
  }

  override disconnectSockets(...args: Parameters<RedisAdapter['disconnectSockets']>) {
    this.tellOthers();
    super.disconnectSockets(...args);
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
      const [rooms, except] = JSON.parse(lines[index]!) as [string[], string[]];
      this.deliver(lines[index + 1]!, { rooms: new Set(rooms), except: new Set(except) });
    }
  };

  /** To the sockets of this node. */
  private deliver(text: string, { rooms, except }: BroadcastOptions) {
    const packet = new Packet(text);
    const left = except ? this.socketsIn(except) : NOBODY;
    for (const id of rooms.size ? this.socketsIn(rooms) : this.sids.keys()) {
      const socket = left.has(id) ? undefined : this.namespace.sockets.get(id);
      if (socket) this.writer.send(socket.conn, packet);
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

const isPlain = ({ flags }: BroadcastOptions): boolean => !flags || !Object.values(flags).some(Boolean);
