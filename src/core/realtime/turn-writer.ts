import type { Socket as Tcp } from 'node:net';
import { outsideContext } from 'src/core/context/context';
import { Packet, Sequence } from 'src/core/realtime/packets';
import type { Socket } from 'socket.io';

/** A connection of Engine.IO. */
export type Connection = Socket['conn'];

/** Where a connection keeps what waits for it. */
const WAITING = Symbol('waiting');

/** What we use of Engine.IO and of `ws` that their types don't tell. While it does not deflate, `ws` keeps nothing back that is sent. */
interface WebSocketTransport {
  perMessageDeflate: unknown;
  socket: { readyState: number; _socket: Tcp };
}
interface WithBuffer {
  writeBuffer: unknown[];
}
interface Waiting {
  [WAITING]?: Sequence;
}
const OPEN = 1;

/** What is longer than that for one connection waits for the others. */
const LONG_BYTES = 64 * 1024;
/** So much of what is long is written in one turn: a millisecond or two, for the kernel copies it for each connection. */
const LONG_BYTES_A_TURN = 1024 * 1024;

/**
 * Gathers what is sent to each connection in one turn of the event loop, pushes and acknowledgements alike, and writes it at once: of
 * what sending costs, the write to the TCP socket is the most. Those who are told much at once are written to a few in each turn, so that
 * nobody else waits for them. Where anything is between us and that socket (long polling, a change of transport, packets that wait),
 * Engine.IO sends it.
 */
export class TurnWriter {
  private nothing = Sequence.empty();
  /** Those for whom something waits, in the order in which it was sent; it may be on its way already. */
  private waiting: Connection[] = [];
  /** Those for whom much waits, since an earlier turn. */
  private long: Connection[] = [];
  /** The methods of connections that we serve, the same of all: of each there are many. */
  private readonly flushIt: (this: Connection) => void;
  private readonly writeToIt: Connection['write'];
  private readonly closeIt: Connection['close'];

  constructor() {
    const flush = (connection: Connection) => this.flush(connection);
    const send = (connection: Connection, text: string) => this.send(connection, new Packet(text));
    this.flushIt = function () {
      flush(this);
    };
    this.writeToIt = function (this: Connection, data, ...options) {
      if (typeof data !== 'string') return this.send(data, ...options);
      send(this, data);
      return this;
    };
    this.closeIt = function (this: Connection, discard) {
      flush(this);
      (Object.getPrototypeOf(this) as Connection).close.call(this, discard);
    };
  }

  /**
   * To be called for every connection: what Socket.IO writes to it waits here too, and what it is sent by other ways keeps its place
   * behind that, as does its end.
   */
  serve(connection: Connection) {
    (connection as Waiting)[WAITING] = undefined;
    connection.on('packetCreate', this.flushIt);
    connection.write = this.writeToIt;
    connection.close = this.closeIt;
  }

  /** What is `heard` from another node mostly comes alone: then it waits for what came with it only, not for the turn's end. */
  send(connection: Connection, packet: Packet, heard = false) {
    const waiting = (connection as Waiting)[WAITING];
    (connection as Waiting)[WAITING] = (waiting ?? this.nothing).and(packet);
    if (waiting) return;
    if (!this.waiting.length)
      outsideContext(() => (heard ? process.nextTick(this.flushAll) : setImmediate(this.flushAll)));
    this.waiting.push(connection);
  }

  private flushAll = () => {
    const all = this.waiting;
    this.waiting = [];
    this.nothing = Sequence.empty();
    for (const connection of all)
      if (bytesFor(connection) > LONG_BYTES) this.putOff(connection);
      else this.flush(connection);
  };

  private putOff(connection: Connection) {
    if (this.long.push(connection) === 1) outsideContext(() => setImmediate(this.flushLong));
  }

  private flushLong = () => {
    let [count, bytes] = [0, 0];
    while (count < this.long.length && bytes < LONG_BYTES_A_TURN) bytes += bytesFor(this.long[count++]!);
    const some = this.long.splice(0, count);
    if (this.long.length) setImmediate(this.flushLong);
    for (const connection of some) this.flush(connection);
  };

  private flush(connection: Connection) {
    const sequence = (connection as Waiting)[WAITING];
    if (!sequence) return;
    (connection as Waiting)[WAITING] = undefined;
    write(connection, sequence);
  }
}

const bytesFor = (connection: Connection) => (connection as Waiting)[WAITING]?.bytes ?? 0;

function write(connection: Connection, sequence: Sequence) {
  const tcp = freeWayTo(connection);
  if (tcp) tcp.write(sequence.frames);
  else sequence.packets.forEach(({ text }) => connection.send(text));
}

/** The TCP socket, if a frame that is written to it now comes right behind all that was sent before. */
function freeWayTo(connection: Connection): Tcp | undefined {
  const { transport, readyState, upgrading } = connection;
  const { writeBuffer } = connection as unknown as WithBuffer;
  if (transport.name !== 'websocket' || readyState !== 'open' || upgrading || writeBuffer.length) return undefined;
  const { perMessageDeflate, socket } = transport as unknown as WebSocketTransport;
  return !perMessageDeflate && socket.readyState === OPEN ? socket._socket : undefined;
}
