import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { groupBy } from 'src/core/collections/collections';
import { outsideContext } from 'src/core/context/context';
import { linesOf, MISSED, type Act } from 'src/core/realtime/acts';
import { isListed, RedisKeys, type Partition } from 'src/core/redis/keys';
import { HINTS, type RedisClient } from 'src/core/redis/tokens';

/** Past so many rooms it is cheaper to tell all nodes than to ask of each room which. */
const MOST_ROOMS_ASKED = 32;
/** How soon it is tried to say that something was not told. */
const SAY_AFTER_MS = 1000;
/** After a join all nodes hear what is said in the room, until those of them that have who joined are listed. */
const OPEN_SECONDS = 60;
/** Lists that nobody renews are forgotten. */
export const LISTED_SECONDS = 2 * 86_400;

/**
 * Tells the nodes that are listed for rooms (`ListedRooms`) what happened there: to each one message. Reading the lists and publishing
 * are one step, so who is listed before hears it, and who is listed later has yet to ask what he missed.
 *
 * All nodes are told while one has not listed all its rooms: as many must listen to the channel of the present `epoch` (another one
 * after Redis has lost everything) as to that of all. A node that nobody listens for is taken off the lists.
 *
 * KEYS: the epoch, then the rooms of each act. ARGV: the channels' beginning, who tells, OPEN_SECONDS, LISTED_SECONDS, then of each act
 * how many rooms it has (0: all nodes are told; -1: also all, and the room is opened), its head and its packet.
 */
const tell = (PUBLISH: string, NUMSUB: string) => `
  local channel, teller, open, forget = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local epoch = redis.call('GET', KEYS[1])
  local listeners = epoch and redis.call('PUBSUB', '${NUMSUB}', channel .. 'ready:' .. epoch, channel .. 'all')
  local listed = epoch and listeners[2] == listeners[4]
  local function now() return tonumber(redis.call('TIME')[1]) end

  local messages = {}
  local function publish()
    for node, message in pairs(messages) do
      local heard = redis.call('${PUBLISH}', channel .. node, table.concat(message.lines, '\\n'))
      for list in pairs(heard == 0 and message.lists or {}) do redis.call('HDEL', list, node) end
    end
    messages = {}
  end
  local function tell(node, argument, lists)
    local message = messages[node] or { lines = { teller }, lists = {} }
    messages[node] = message
    table.insert(message.lines, ARGV[argument])
    table.insert(message.lines, ARGV[argument + 1])
    for _, list in ipairs(lists) do message.lists[list] = true end
  end

  -- each with the lists it is on; nil if one is open
  local function nodesOn(first, last)
    local nodes = {}
    for key = first, last do
      local list = KEYS[key]
      for _, node in ipairs(redis.call('HKEYS', list)) do
        if node ~= '*' then
          nodes[node] = nodes[node] or {}
          table.insert(nodes[node], list)
        elseif tonumber(redis.call('HGET', list, node)) > now() then
          return nil
        else
          redis.call('HDEL', list, node)
        end
      end
    end
    return nodes
  end

  local key, toAll = 2, nil
  for argument = 5, #ARGV, 3 do
    local count = tonumber(ARGV[argument])
    if count < 0 then
      redis.call('HSET', KEYS[key], '*', now() + open)
      redis.call('EXPIRE', KEYS[key], forget)
    end
    local nodes = listed and count > 0 and nodesOn(key, key + count - 1) or nil
    key = key + math.abs(count)
    if toAll ~= (nodes == nil) then publish() end
    toAll = nodes == nil
    if toAll then tell('all', argument + 1, {}) end
    for node, lists in pairs(nodes or {}) do
      if node ~= teller then tell(node, argument + 1, lists) end
    end
  end
  publish()`;

/** The names by which a node hears what the others publish: on a cluster a channel belongs to the shard of its slot. */
export const hearing = (isCluster: boolean) =>
  isCluster
    ? ({ subscribe: 'ssubscribe', unsubscribe: 'sunsubscribe', message: 'smessageBuffer' } as const)
    : ({ subscribe: 'subscribe', unsubscribe: 'unsubscribe', message: 'messageBuffer' } as const);

/**
 * Tells the other nodes what is done in rooms: what one turn of the event loop brings goes to each of them in one message. What can't be
 * told is dropped; as soon as something can be told again, all nodes are told that they have missed it.
 */
@Injectable()
export class NodeLink {
  /** How this process is called among the nodes. */
  readonly node = randomBytes(6).toString('base64url');
  private untold: Told[] = [];
  /** Where something was not told. */
  private readonly missedIn = new Set<Partition>();
  private readonly underWay = new Set<Promise<void>>();
  private timer?: NodeJS.Timeout;
  private isClosing = false;

  constructor(
    private readonly keys: RedisKeys,
    @Inject(HINTS) private readonly redis: RedisClient,
  ) {
    const lua = keys.partitions.length > 1 ? tell('SPUBLISH', 'SHARDNUMSUB') : tell('PUBLISH', 'NUMSUB');
    redis.defineCommand('musterTell', { lua });
  }

  /** At the end of this process: waits for what is on its way. False if something was not told, and could not be said to be missed. */
  async finish(): Promise<boolean> {
    this.isClosing = true;
    clearTimeout(this.timer);
    this.flush();
    await Promise.all(this.underWay);
    this.sayMissed();
    await Promise.all(this.underWay);
    return !this.missedIn.size;
  }

  /** Where a partition keeps which epoch of its memory this is. */
  epochOf(partition: Partition): string {
    return partition.shared('rooms', 'epoch');
  }

  /** The channel in a partition of one node, of `all`, or of those that are `ready:<epoch>`. */
  channel(partition: Partition, name: string): string {
    return partition.shared('nodes', name);
  }

  /** Where Redis lists which nodes have connections in a room. */
  listOf(room: string): string {
    return this.keys.partitionOf(room).shared('rooms', room);
  }

  /** What is not a packet is not kept for the turn's end: nothing that comes later must overtake it. */
  tell(act: Act) {
    if (!this.untold.length) outsideContext(() => setImmediate(() => this.flush()));
    this.untold.push(this.toldOf(act));
    if (act.act !== 'send') this.flush();
  }

  private flush() {
    const told = this.untold;
    this.untold = [];
    for (const [partition, some] of groupBy(told, (one) => one.partition)) this.publish(partition, some);
  }

  private publish(partition: Partition, told: Told[]) {
    const keys = [this.epochOf(partition)];
    const acts: (string | number)[] = [];
    for (const { rooms, opens, lines } of told) {
      for (const room of rooms) keys.push(partition.shared('rooms', room));
      acts.push(opens ? -1 : rooms.length, ...lines);
    }
    const redis = this.redis as unknown as { musterTell(...args: (string | number)[]): Promise<void> };
    const channel = this.channel(partition, '');
    const telling: Promise<void> = redis
      .musterTell(keys.length, ...keys, channel, this.node, OPEN_SECONDS, LISTED_SECONDS, ...acts)
      .then(undefined, () => this.missed(partition))
      .finally(() => this.underWay.delete(telling));
    this.underWay.add(telling);
  }

  /** By the same partition: as long as nothing can be told there, this can't either. */
  private missed(partition: Partition) {
    this.missedIn.add(partition);
    if (this.isClosing) return;
    this.timer ??= outsideContext(() => setTimeout(() => this.sayMissed(), SAY_AFTER_MS).unref());
  }

  private sayMissed() {
    this.timer = undefined;
    const partitions = [...this.missedIn];
    this.missedIn.clear();
    for (const partition of partitions) this.publish(partition, [{ partition, rooms: [], lines: linesOf(MISSED) }]);
  }

  private toldOf(act: Act): Told {
    const lines = linesOf(act);
    if (act.act === 'join')
      return { partition: this.keys.partitionOf(act.room), rooms: [act.room], opens: true, lines };
    if (act.act === 'leave') return { partition: this.keys.partitionOf(act.room), rooms: [], lines };
    const { rooms } = act.to;
    const partition = this.keys.partitionOf(rooms[0] ?? '');
    const isAsked =
      act.act === 'send' &&
      rooms.length <= MOST_ROOMS_ASKED &&
      rooms.every((room) => isListed(room) && this.keys.partitionOf(room) === partition);
    return { partition, rooms: isAsked ? rooms : [], lines };
  }
}

interface Told {
  /** Those that hear it in the order in which it is told have to do with rooms of the same. */
  partition: Partition;
  /** Whose nodes are told; those of all if none. */
  rooms: string[];
  /** All are told, and the room is opened. */
  opens?: boolean;
  lines: [head: string, packet: string];
}
