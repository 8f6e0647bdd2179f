import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { portions } from 'src/core/collections/collections';
import { gathered } from 'src/core/database/group-commit';
import { actsIn } from 'src/core/realtime/acts';
import { hearing, LISTED_SECONDS, NodeLink } from 'src/core/realtime/node-link';
import { Renewals } from 'src/core/realtime/renewals';
import { Rooms } from 'src/core/realtime/rooms';
import { isListed, RedisKeys, type Partition } from 'src/core/redis/keys';
import { HINTS, type RedisClient } from 'src/core/redis/tokens';

const LOOK_EVERY_MS = 5000;
const RENEW_AFTER_MS = LISTED_SECONDS * 500;
const AT_ONCE = 1000;

/** KEYS: rooms. ARGV: the node, how long it is remembered (s). */
const LIST = `
  for _, room in ipairs(KEYS) do
    redis.call('HSET', room, ARGV[1], '')
    redis.call('EXPIRE', room, ARGV[2])
  end`;
const STRIKE = `for _, room in ipairs(KEYS) do redis.call('HDEL', room, ARGV[1]) end`;

/**
 * Lists in Redis in which rooms this node has connections, and hears what it is told. Until all its rooms are listed, at first and after
 * Redis or the line to it was lost, it hears what any node is told: see `NodeLink`. What was missed before that its connections get by
 * `Renewals`.
 */
@Injectable()
export class ListedRooms {
  private readonly logger = new Logger('ListedRooms');
  /** Rooms, with the write that lists them while it is under way. */
  private readonly listed = new Map<string, Promise<void> | undefined>();
  /** Of these, the rooms that nobody here is in any more. */
  private readonly left = new Set<string>();
  private readonly writes = gathered<string[], void>(async (asked) => {
    await this.write(LIST, asked.flat());
    return asked.map(() => undefined);
  });
  private readonly by: ReturnType<typeof hearing>;
  private sub?: RedisClient;
  private timer?: NodeJS.Timeout;
  /** The channels, one of each partition, that this node listens to as long as all its rooms are listed. */
  private ready: string[] = [];
  private renewedAt = -Infinity;
  private announcing: Promise<void> = Promise.resolve();
  /** The line by which it hears was lost, and not all is renewed yet. */
  private deaf = false;

  constructor(
    private readonly link: NodeLink,
    private readonly rooms: Rooms,
    private readonly keys: RedisKeys,
    private readonly renewals: Renewals,
    @Inject(HINTS) private readonly redis: RedisClient,
  ) {
    this.by = hearing(keys.partitions.length > 1);
  }

  /** From now on this node hears what it is told, by `sub`, which must not subscribe again by itself. */
  async listen(sub: RedisClient) {
    this.sub = sub;
    sub.on(this.by.message, (_channel: Buffer, message: Buffer) => this.hear(message));
    await this.announce();
    for (const event of ['close', 'ready', '+node', '-node']) sub.on(event, () => (this.deaf = true));
    // a line was lost, or a shard has another place: what it knew of this node may be lost as well
    for (const line of [sub, this.redis])
      for (const event of ['ready', '+node', '-node']) line.on(event, () => void this.announce());
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** May something be told just now that it does not hear? */
  get isDeaf(): boolean {
    return this.deaf;
  }

  close() {
    clearInterval(this.timer);
  }

  /** Settles when this node is told what happens in the rooms, or when that can't be for now. */
  async enter(rooms: string[]) {
    const entered = rooms.filter(isListed);
    const fresh = entered.filter((room) => !this.listed.has(room));
    if (fresh.length) this.list(fresh);
    entered.forEach((room) => this.left.delete(room));
    await Promise.all(new Set(entered.flatMap((room) => this.listed.get(room) ?? [])));
  }

  /** Nobody here is in the room any more. */
  leave(room: string) {
    if (this.listed.has(room)) this.left.add(room);
  }

  private hear(message: Buffer) {
    const { node } = this.link;
    if (message.toString('latin1', 0, node.length) === node) return; // told to all, by this node
    for (const act of actsIn(message)) {
      if (act.act === 'missed') this.renewals.ask();
      else this.rooms.here(act);
    }
  }

  private list(rooms: string[]) {
    const written = this.writes(rooms)
      .catch(() => void this.withdraw())
      .finally(() => rooms.forEach((room) => this.listed.has(room) && this.listed.set(room, undefined)));
    rooms.forEach((room) => this.listed.set(room, written));
  }

  /** Strikes the rooms that have been left, and lists all anew if Redis has lost them. Must run every few seconds. */
  async look() {
    for (const some of portions([...this.left], AT_ONCE)) {
      const left = some.filter((room) => this.left.delete(room));
      left.forEach((room) => this.listed.delete(room));
      await this.write(STRIKE, left).catch(() => undefined);
    }
    const isDue = performance.now() - this.renewedAt > RENEW_AFTER_MS;
    const ready = await this.channelsOfNow().catch(() => []);
    const isLost = ready.some((channel, index) => channel !== this.ready[index]);
    if (isLost) this.deaf = true;
    if (isDue || isLost) await this.announce();
  }

  /** Lists all rooms, one time after the other. */
  private announce(): Promise<void> {
    this.announcing = this.announcing
      .then(() => this.listAll())
      .catch((error: Error) => this.logger.warn(`hears all for now: ${error.message}`));
    return this.announcing;
  }

  private async listAll() {
    // while it connects, what it subscribes to would overtake its own questions, and break it; it comes here again when it is ready
    if (this.sub!.status !== 'ready') throw new Error('the line is lost');
    await this.withdraw();
    await this.inEach((partition) =>
      this.sub![this.by.subscribe](...['all', this.link.node].map((name) => this.link.channel(partition, name))),
    );
    await this.inEach((partition) =>
      this.redis.setnx(this.link.epochOf(partition), randomBytes(6).toString('base64url')),
    );
    const ready = await this.channelsOfNow();
    for (const some of portions([...this.listed.keys()], AT_ONCE)) await this.write(LIST, some);
    await Promise.all(ready.map((channel) => this.sub![this.by.subscribe](channel)));
    this.ready = ready;
    this.renewedAt = performance.now();
    if (this.deaf) this.renewals.ask();
    this.deaf = false;
  }

  /** What to listen to when all rooms are listed. */
  private channelsOfNow(): Promise<string[]> {
    return this.inEach(async (partition) => {
      const epoch = await this.redis.get(this.link.epochOf(partition));
      return this.link.channel(partition, `ready:${epoch}`);
    });
  }

  private async withdraw() {
    const ready = this.ready;
    this.ready = [];
    await Promise.all(ready.map((channel) => this.sub![this.by.unsubscribe](channel)));
  }

  private async write(script: string, rooms: string[]) {
    await this.keys.divide(
      rooms,
      (room) => room,
      async (own) => {
        const lists = own.map((room) => this.link.listOf(room));
        await this.redis.eval(script, lists.length, ...lists, this.link.node, LISTED_SECONDS);
        return own;
      },
    );
  }

  private inEach<Result>(work: (partition: Partition) => Promise<Result>): Promise<Result[]> {
    return Promise.all(this.keys.partitions.map(work));
  }
}
