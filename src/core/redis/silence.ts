import { Cluster, Command, type Redis } from 'ioredis';
import type { RedisClient } from 'src/core/redis/tokens';

const SILENT_MS = 5000;
const LOOK_EVERY_MS = SILENT_MS / 4;

/** What a cluster has beside what its types say: lines of their own for subscriptions. */
interface Subscribers {
  subscriber?: { getInstance(): Redis | null };
  shardedSubscribers?: { shardedSubscribers: Map<string, { getInstance(): Redis | null }> };
}

/** What a line has beside what its types say: the commands without an answer. */
interface Awaiting {
  commandQueue: { peekFront(): { command: Command } | undefined };
}

/** What is known of one line, as long as it is the same. */
interface Heard {
  read: number;
  /** Nothing has come since. */
  quietSince: number;
  /** An answer is awaited, and nothing has come since. */
  silentSince?: number;
}

/**
 * A server that hangs, or whose machine is gone without a word, breaks no line by itself, and TCP takes a quarter of an hour to do so.
 * So a line that owes an answer for seconds is given up, and ioredis makes another; and one that has been quiet is asked whether it is
 * there, for who only listens would never know. The lines that BullMQ makes of ours are watched too; there it is BullMQ that gives up
 * a wait for work.
 */
export function giveUpSilent(redis: RedisClient): void {
  const heard = new WeakMap<Redis['stream'], Heard>();
  const look = () => {
    for (const line of linesOf(redis)) if (line.stream && !line.stream.destroyed) lookAt(line, heard);
  };
  let timer: NodeJS.Timeout | undefined;
  const watch = () => (timer ??= setInterval(look, LOOK_EVERY_MS).unref());
  const rest = () => (clearInterval(timer), (timer = undefined));
  redis.on('connecting', watch).on('end', rest); // BullMQ begins again after an end
  watch();
}

function lookAt(line: Redis, known: WeakMap<Redis['stream'], Heard>) {
  const { stream } = line;
  const awaited = (line as unknown as Awaiting).commandQueue.peekFront()?.command;
  const owes = awaited !== undefined && !Command.checkFlag('BLOCKING_COMMANDS', awaited.name);
  const [now, read] = [performance.now(), stream.bytesRead];
  const before = known.get(stream);
  const isQuiet = before?.read === read;
  const quietSince = isQuiet ? before.quietSince : now;
  const silentSince = owes && isQuiet ? (before.silentSince ?? now) : undefined;
  known.set(stream, { read, quietSince, silentSince });
  if (silentSince !== undefined && now - silentSince >= SILENT_MS) stream.destroy();
  else if (!awaited && line.status === 'ready' && now - quietSince >= SILENT_MS) line.ping().catch(() => undefined);
}

function linesOf(redis: RedisClient): Redis[] {
  if (!(redis instanceof Cluster)) return [redis];
  const { subscriber, shardedSubscribers } = redis as unknown as Subscribers;
  const listening = [subscriber, ...(shardedSubscribers?.shardedSubscribers.values() ?? [])];
  return [...redis.nodes(), ...listening.flatMap((one) => one?.getInstance() ?? [])];
}
