import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';

/** Builds every Redis key: `<prefix>:<tenant>:<what>:<of whom>`. No key is built anywhere else. */
@Injectable()
export class RedisKeys {
  constructor(@Inject(ENV) private readonly env: Env) {}

  /** A key of the tenant in the context. */
  key(...parts: (string | number)[]): string {
    return this.keyOf(currentContext().tenantId, ...parts);
  }

  keyOf(tenantId: string, ...parts: (string | number)[]): string {
    return this.shared(tenantId, ...parts);
  }

  /** A name that all tenants share: channels between nodes, queues. */
  shared(...parts: (string | number)[]): string {
    return [this.env.REDIS_PREFIX, ...parts].join(':');
  }
}

/** The name of a Socket.IO room of the tenant in the context: `room('user', id)`, `room('chat', id)`. */
export const room = (kind: 'user' | 'session' | 'chat' | 'language', id: string | number): string =>
  `${currentContext().tenantId}:${kind}:${id}`;

/** Whether nodes list that they have connections in the room. The others are told to all nodes: they are not much talked in. */
export const isListed = (room: string): boolean => /:(user|chat):/.test(room);
