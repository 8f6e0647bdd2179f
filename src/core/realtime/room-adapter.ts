import { RedisAdapter } from '@socket.io/redis-adapter';
import type { Act } from 'src/core/realtime/acts';
import { Laggards } from 'src/core/realtime/laggards';
import type { ListedRooms } from 'src/core/realtime/listed-rooms';
import { TurnWriter, type Connection } from 'src/core/realtime/turn-writer';
import type { RedisClient } from 'src/core/redis/tokens';
import type { Namespace, Socket } from 'socket.io';

type Id = Parameters<RedisAdapter['addAll']>[0];
type Room = Parameters<RedisAdapter['del']>[1];

/** With so many in a room it pays to remember their connections: else much of what a push takes is to find each of them anew. */
const CROWD = 64;

/**
 * The connections of this node and the rooms they are in. Each packet is encoded once for all of them, and what one turn of the event
 * loop sends goes to each with one write, in the order in which it was sent. What Socket.IO's own methods send (`server.to(…).emit`)
 * takes the stock way.
 */
export class RoomAdapter extends RedisAdapter {
  /** Told which pushes a socket was spared (their name, and of what they were) when it has room again. */
  caughtUp: (socket: Socket, name: string, of: string[]) => void = () => undefined;
  /** Of rooms with so many in which something was sent since somebody joined or left. */
  private readonly crowds = new Map<Room, Connection[]>();
  private readonly writer = new TurnWriter();
  private readonly laggards = new Laggards((...spared) => this.caughtUp(...spared));

  constructor(
    nsp: Namespace,
    pub: RedisClient,
    sub: RedisClient,
    key: string,
    private readonly listed: ListedRooms,
  ) {
    super(nsp, pub, sub, { key });
    nsp.on('connection', ({ conn }) => this.writer.serve(conn));
    for (const change of ['join-room', 'leave-room']) this.on(change, (room: Room) => this.crowds.delete(room));
    this.on('delete-room', (room: Room) => listed.leave(room));
  }

  /** Its line is closed next. To unsubscribe, as it would, is refused where nobody hears of it if Redis is away just then. */
  override close() {
    this.listed.close();
  }

  /** `await socket.join(…)`: then what any node says in these rooms is heard here. */
  override addAll(id: Id, rooms: Set<Room>) {
    void super.addAll(id, rooms);
    return this.listed.enter([...rooms]);
  }

  perform(act: Act) {
    if (act.act === 'send') return this.send(act);
    const there = { rooms: new Set(act.to.rooms), except: new Set(act.to.except), flags: { local: true } };
    if (act.act === 'join') super.addSockets(there, [act.room]);
    else if (act.act === 'leave') super.delSockets(there, [act.room]);
    else super.disconnectSockets(there, true);
  }

  private send({ to, packet, newest, heard }: Extract<Act, { act: 'send' }>) {
    const crowd = to.rooms.length === 1 && !to.except?.length && !newest && this.crowdIn(to.rooms[0]!);
    if (crowd) return crowd.forEach((connection) => this.writer.send(connection, packet, heard));
    const left = to.except?.length ? this.socketsIn(to.except) : NOBODY;
    for (const id of to.rooms.length ? this.socketsIn(to.rooms) : this.sids.keys()) {
      const socket = left.has(id) ? undefined : this.namespace.sockets.get(id);
      if (socket && !(newest && this.laggards.spares(socket, newest))) this.writer.send(socket.conn, packet, heard);
    }
  }

  /** The connections in a room, if they are many. */
  private crowdIn(room: Room): Connection[] | undefined {
    const ids = this.rooms.get(room) ?? NOBODY;
    if (ids.size < CROWD) return undefined;
    let crowd = this.crowds.get(room);
    if (!crowd) {
      crowd = [...ids].flatMap((id) => this.namespace.sockets.get(id)?.conn ?? []);
      this.crowds.set(room, crowd);
    }
    return crowd;
  }

  /** The ids of the sockets that are in any of the rooms. */
  private socketsIn(rooms: string[]): ReadonlySet<string> {
    if (rooms.length === 1) return this.rooms.get(rooms[0]!) ?? NOBODY; // nearly always
    const [first = NOBODY, ...others] = rooms.flatMap((room) => this.rooms.get(room) ?? []);
    return others.length ? new Set([first, ...others].flatMap((ids) => [...ids])) : first;
  }

  private get namespace(): Namespace {
    return this.nsp as Namespace;
  }
}

const NOBODY: ReadonlySet<string> = new Set();
