import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, ServerOptions } from 'socket.io';
import type { Env } from 'src/config/env';
import { allowsHost, allowsOrigin } from 'src/core/http/origins';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { RoomAdapter } from 'src/core/realtime/room-adapter';
import { RedisKeys } from 'src/core/redis/keys';
import { RedisConnections } from 'src/core/redis/redis';

const LARGEST_PACKET = 256 * 1024;
/** How long a connection may be open before its token is found good: after a break many wait for that. */
const LET_IN_WITHIN_MS = 30_000;

/** Socket.IO on Muster's port: joined to the other nodes by Redis, and closed to foreign hosts' names and pages. */
export class SocketAdapter extends IoAdapter {
  private constructor(
    app: NestFastifyApplication,
    private readonly env: Env,
    private readonly nodes: ((namespace: Namespace) => RoomAdapter) | undefined,
  ) {
    super(app);
  }

  static async create(app: NestFastifyApplication, env: Env): Promise<SocketAdapter> {
    if (!env.ROLES.includes('api')) return new SocketAdapter(app, env, undefined);
    const connections = app.get(RedisConnections);
    const pub = await connections.forPublishing('sockets-pub');
    const sub = await connections.forListening('sockets-sub');
    const key = app.get(RedisKeys).shared('socket.io');
    const listed = app.get(ListedRooms);
    await listed.listen(await connections.forListening('nodes', { autoResubscribe: false, shardedSubscribers: true }));
    return new SocketAdapter(app, env, function (namespace) {
      return new RoomAdapter(namespace, pub, sub, key, listed); // no arrow function: Socket.IO calls it with `new`
    });
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      serveClient: false,
      maxHttpBufferSize: LARGEST_PACKET,
      connectTimeout: LET_IN_WITHIN_MS,
      cors: { origin: this.env.ALLOWED_ORIGINS.includes('*') ? true : this.env.ALLOWED_ORIGINS },
      allowRequest: (request, decide) => decide(null, this.nodes !== undefined && this.allows(request)),
    } as ServerOptions);
    server.engine.on('headers', (headers: Record<string, string>) => (headers['X-Content-Type-Options'] = 'nosniff'));
    if (this.nodes) server.adapter(this.nodes);
    return server;
  }

  /** Nest would bind handlers of its own to each connection; `Realtime` does that. */
  override bindClientConnect() {}

  private allows({ headers: { host, origin } }: IncomingMessage): boolean {
    return allowsHost(this.env, host) && allowsOrigin(this.env, origin, host);
  }
}
