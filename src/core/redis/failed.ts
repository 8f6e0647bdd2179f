import { Cluster, type Command, type Redis } from 'ioredis';
import type { RedisClient } from 'src/core/redis/tokens';

/**
 * A command that got no answer in time waits on its line all the same, and when that is lost ioredis sends it again by the next
 * (`autoResendUnfulfilledCommands`, and a cluster's retries): seconds after its caller was told that it failed, and has done something
 * else. Such a command does not happen any more. The others on the line, of which nobody has been told, are still sent again.
 */
export function dropFailed(redis: RedisClient): void {
  const failed = new WeakSet<Promise<unknown>>();
  const send = redis.sendCommand.bind(redis) as Send;
  redis.sendCommand = (command: Command, ...how: unknown[]) => {
    if (failed.has(command.promise)) return command.promise;
    const { reject, promise } = command; // of a pipeline that is tried anew they are others
    command.reject = (error) => {
      failed.add(promise);
      reject(error);
    };
    return send(command, ...how);
  };
  // a cluster sends again by the lines of its nodes
  if (redis instanceof Cluster)
    redis.on('+node', (node: Redis) => {
      const sendThere = node.sendCommand.bind(node) as Send;
      node.sendCommand = (command, ...how: unknown[]) =>
        failed.has(command.promise) ? command.promise : sendThere(command, ...how);
    });
}

type Send = (command: Command, ...how: unknown[]) => unknown;
