import { Inject, Injectable, Logger } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { ENV, type Env } from 'src/config/env';
import { pushes, type PushBody, type PushName } from 'src/contracts';
import { groupBy, portions } from 'src/core/collections/collections';
import { currentContext, runInContext, type Principal } from 'src/core/context/context';
import { newTraceId } from 'src/core/context/trace-id';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';
import { I18n } from 'src/core/i18n/i18n';
import { ConnectionCap } from 'src/core/realtime/connection-cap';
import { contextOf, forgetHandshake, Handshake, type ConnectionState } from 'src/core/realtime/handshake';
import { NodeCounts, type Nodes } from 'src/core/realtime/nodes';
import { Presence } from 'src/core/realtime/presence';
import { OnRequest, SocketRequests } from 'src/core/realtime/requests';
import { eventOf, Packet } from 'src/core/realtime/packets';
import type { RoomAdapter } from 'src/core/realtime/room-adapter';
import { Rooms } from 'src/core/realtime/rooms';
import { SlowReaders } from 'src/core/realtime/slow-readers';
import { Isolation } from 'src/core/redis/isolation';
import { room } from 'src/core/redis/keys';

const CONNECT = Symbol('OnConnect');
const connectDecorator = handlerDecorator<'connect'>(CONNECT);
const CAUGHT_UP = Symbol('OnCaughtUp');

/** A method `(user, socket)` that runs for every new connection before `connection_established`: to join its rooms. */
export const OnConnect = () => connectDecorator('connect');

/**
 * A method `(user, socket, of)` that sends a connection what it was spared of a push with `newestOf` while it did not keep up, as it is
 * now: `of` are the values of that field.
 */
export const OnCaughtUp = handlerDecorator<PushName>(CAUGHT_UP);

/** So many are served at once of those to whom something is told anew. */
const CONNECTIONS_AT_ONCE = 100;

/** An open connection to this node. */
export interface Connection {
  socket: Socket;
  user: Principal;
}

type SendTo = <N extends PushName>(target: string, name: N, body: PushBody<N>) => void;

/**
 * The one Socket.IO gateway. Features answer requests with `@OnRequest` and send through the typed `to…` methods; they reach
 * sockets on every node, from workers too. What is sent is a hint: nothing waits for it, and who missed it asks for it.
 */
@WebSocketGateway()
@Injectable()
export class Realtime implements OnGatewayInit<Server> {
  private readonly logger = new Logger('Realtime');
  private readonly checked: boolean;
  private onConnect: Handler[] = [];
  private onCaughtUp: Handler[] = [];
  private server?: Server;
  private counts?: NodeCounts;
  /** One function for all sockets: what each has of its own stays as long as it does. */
  private readonly onDisconnect: (this: Socket) => void;

  constructor(
    private readonly handshake: Handshake,
    private readonly requests: SocketRequests,
    private readonly presence: Presence,
    private readonly handlers: Handlers,
    private readonly i18n: I18n,
    private readonly slowReaders: SlowReaders,
    private readonly cap: ConnectionCap,
    private readonly isolation: Isolation,
    private readonly rooms: Rooms,
    @Inject(ENV) env: Env,
  ) {
    const part = this.part.bind(this);
    this.onDisconnect = function () {
      part(this);
    };
    this.checked = env.ENVIRONMENT !== 'production';
    if (env.ROLES.includes('api')) this.afterInit = (server) => this.listen(server);
  }

  /** Nest calls it with the server; a process without the api role serves no sockets and sends through Redis. */
  afterInit: (server: Server) => void = () => undefined;

  toUser<N extends PushName>(userId: string, name: N, body: PushBody<N>) {
    this.toUsers([userId], name, body);
  }

  toUsers<N extends PushName>(userIds: string[], name: N, body: PushBody<N>) {
    if (userIds.length)
      this.send(
        userIds.map((userId) => room('user', userId)),
        name,
        body,
      );
  }

  /** To all connections of a user, but those of one session. */
  toOtherSessions<N extends PushName>(userId: string, sessionId: string, name: N, body: PushBody<N>) {
    this.send([room('user', userId)], name, body, [room('session', sessionId)]);
  }

  /** To all connections in a room, but those of one user. */
  toRoom<N extends PushName>(target: string, name: N, body: PushBody<N>, exceptUserId?: string) {
    this.toRooms([target], name, body, exceptUserId === undefined ? [] : [exceptUserId]);
  }

  /** To all connections in any of the rooms, once, but those of some users. */
  toRooms<N extends PushName>(targets: string[], name: N, body: PushBody<N>, exceptUserIds: string[] = []) {
    if (targets.length)
      this.send(
        targets,
        name,
        body,
        exceptUserIds.map((userId) => room('user', userId)),
      );
  }

  /** The same to connections of this node alone: for what the others tell theirs as well. */
  toRoomsHere<N extends PushName>(targets: string[], name: N, body: PushBody<N>, exceptUserIds: string[]) {
    const to = { rooms: targets, except: exceptUserIds.map((userId) => room('user', userId)) };
    if (targets.length) this.rooms.here({ act: 'send', to, packet: this.packetOf(name, body) });
  }

  /**
   * For pushes that hold texts of ours, which a client would otherwise hear in another language than it fetches them: does `work` in
   * the context of each language, where `send` reaches only those connections in the room that have this one.
   */
  async inEachLanguage(work: (send: SendTo) => Promise<void>): Promise<void> {
    for (const language of this.i18n.supported) {
      const others = this.i18n.supported.filter((other) => other !== language).map((other) => room('language', other));
      await runInContext({ ...currentContext(), language }, () =>
        work((target, name, body) => this.send([target], name, body, others)),
      );
    }
  }

  /** From now on texts of ours come to a connection in another language. */
  speak(socket: Socket, language: string) {
    const state = socket.data as ConnectionState;
    void socket.leave(room('language', state.language));
    void socket.join(room('language', language));
    state.language = language;
  }

  /** Puts all of a user's open connections into a room. */
  join(userId: string, target: string) {
    this.rooms.perform({ act: 'join', to: { rooms: [room('user', userId)] }, room: target });
  }

  /** Takes all of a user's open connections out of a room: nothing sent there from now on reaches them. */
  leave(userId: string, target: string) {
    this.rooms.perform({ act: 'leave', to: { rooms: [room('user', userId)] }, room: target });
  }

  get connections(): Connection[] {
    const sockets = [...(this.server?.sockets.sockets.values() ?? [])];
    return sockets.map((socket) => ({ socket, user: (socket.data as ConnectionState).user }));
  }

  /** Does `work` for all connections of this node, for some after the others: all of one tenant, in its context. */
  async forAllHere(work: (connections: Connection[]) => Promise<void>): Promise<void> {
    for (const [tenantId, all] of groupBy(this.connections, ({ user }) => user.tenantId))
      for (const some of portions(all, CONNECTIONS_AT_ONCE))
        await runInContext({ traceId: newTraceId(), tenantId, language: this.i18n.fallback }, () => work(some));
  }

  /** Those of the sessions that have an open connection to this node. */
  sessionsHere(sessionIds: string[]): string[] {
    const rooms = this.server?.sockets.adapter.rooms;
    return sessionIds.filter((sessionId) => rooms?.has(room('session', sessionId)));
  }

  /** How many connections each node has; none of this one's kind if it serves no sockets. */
  async nodes(): Promise<Nodes> {
    return this.counts ? this.counts.ask() : { nodes: [], complete: true };
  }

  /** Tells the connections of a session that it has ended, and closes them, on every node. */
  endSession(sessionId: string, reason: PushBody<'session_revoked'>['reason']) {
    const target = room('session', sessionId);
    this.send([target], 'session_revoked', { reason });
    this.rooms.perform({ act: 'close', to: { rooms: [target] } });
  }

  @OnRequest('ping')
  ping() {
    return { timestamp: new Date().toISOString() };
  }

  private send<N extends PushName>(targets: string[], name: N, body: PushBody<N>, except: string[] = []) {
    const packet = this.packetOf(name, body);
    const { newestOf } = pushes[name] as { newestOf?: keyof PushBody<N> };
    const newest = newestOf === undefined ? undefined : { name, of: String(body[newestOf]) };
    this.rooms.perform({ act: 'send', to: { rooms: targets, except }, packet, newest });
  }

  private packetOf<N extends PushName>(name: N, body: PushBody<N>): Packet {
    if (this.checked) pushes[name].body.parse(body);
    return new Packet(eventOf(name, body));
  }

  private listen(server: Server) {
    this.server = server;
    this.counts = new NodeCounts(server, () => ({ sockets: this.presence.connections, users: this.presence.users }));
    this.onConnect = this.handlers.of(CONNECT);
    this.onCaughtUp = this.handlers.of(CAUGHT_UP);
    const here = server.sockets.adapter as RoomAdapter;
    here.caughtUp = (...spared) => void this.catchUp(...spared);
    this.rooms.here = (act) => here.perform(act);
    this.slowReaders.watch(server);
    this.isolation.watch(server);
    server.use(this.handshake.middleware);
    server.on('connection', (socket) => void this.accept(socket));
  }

  private async accept(socket: Socket) {
    forgetHandshake(socket);
    this.requests.serve(socket);
    socket.on('disconnect', this.onDisconnect);
    try {
      await runInContext(contextOf(socket), () => this.welcome(socket));
    } catch (error) {
      this.logger.error('a connection could not be set up', error);
      socket.conn.close(); // no goodbye: clients would take it as an order to stay away
    }
  }

  private part(socket: Socket) {
    socket.conn.close(); // a line on which nobody is signed in would stay as long as it answers pings
    const { user } = socket.data as ConnectionState;
    void runInContext(contextOf(socket), () => this.presence.remove(user, socket.id));
  }

  private async catchUp(socket: Socket, name: string, of: string[]) {
    const { user } = socket.data as ConnectionState;
    const catchers = this.onCaughtUp.filter((one) => one.name === name);
    const run = () => Promise.all(catchers.map((catcher) => catcher.run(user, socket, of)));
    await runInContext(contextOf(socket), run).catch((error: unknown) =>
      this.logger.error('a connection could not catch up', error),
    );
  }

  private async welcome(socket: Socket) {
    const { user, language } = socket.data as ConnectionState;
    const joined = socket.join([
      room('user', user.userId),
      room('session', user.sessionId),
      room('language', language),
    ]);
    this.cap.keep(this.server!, room('user', user.userId));
    await Promise.all([
      joined,
      this.presence.add(user, socket.id),
      ...this.onConnect.map((handler) => handler.run(user, socket)),
    ]);
    const established: PushBody<'connection_established'> = {
      user_id: user.userId,
      connection_id: socket.id,
      language,
    };
    socket.emit('connection_established', established);
  }
}
