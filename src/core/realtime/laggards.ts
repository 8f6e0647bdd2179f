import type { Socket as Tcp } from 'node:net';
import { outsideContext } from 'src/core/context/context';
import type { Newest } from 'src/core/realtime/acts';
import type { Connection } from 'src/core/realtime/turn-writer';
import type { Socket } from 'socket.io';

/** So many packets may wait for a connection to become free before it counts as slow. */
const MOST_WAITING = 16;

/**
 * Spares sockets that do not keep up what the next push would supersede, so that what waits for them does not grow. When one has room
 * again, `caughtUp` is told what it was spared: to send it as it is then.
 */
export class Laggards {
  private readonly spared = new WeakMap<Socket, Map<string, Set<string>>>();

  constructor(private readonly caughtUp: (socket: Socket, name: string, of: string[]) => void) {}

  /** Whether the socket is not to be sent this now. */
  spares(socket: Socket, { name, of }: Newest): boolean {
    const before = this.spared.get(socket);
    if (!before && !roomToCome(socket.conn)) return false;
    const spared = before ?? new Map<string, Set<string>>();
    spared.set(name, (spared.get(name) ?? new Set()).add(of));
    if (!before) {
      this.spared.set(socket, spared);
      outsideContext(() => this.wait(socket, spared));
    }
    return true;
  }

  private wait(socket: Socket, spared: Map<string, Set<string>>) {
    const source = roomToCome(socket.conn);
    if (source) return void source.once('drain', () => this.wait(socket, spared));
    this.spared.delete(socket);
    for (const [name, of] of spared) this.caughtUp(socket, name, [...of]);
  }
}

/** Whose `drain` says that a connection may have room again; undefined if it has. */
function roomToCome(connection: Connection): { once(event: 'drain', listener: () => void): unknown } | undefined {
  const { transport, writeBuffer } = connection as unknown as {
    transport: { socket?: { _socket?: Tcp | null } };
    writeBuffer: unknown[];
  };
  const tcp = transport.socket?._socket;
  if (tcp?.writableNeedDrain) return tcp;
  return writeBuffer.length >= MOST_WAITING ? connection : undefined;
}
