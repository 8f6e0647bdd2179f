import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { Renewals } from 'src/core/realtime/renewals';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

const ASK_EVERY_MS = 500;

/** Something that this node looks up for itself. */
interface Lookout {
  label: string;
  /** Each so many beats, while the others are heard. */
  every: number;
  look: () => Promise<void>;
  beats: number;
  isBusy: boolean;
  /** What was said meanwhile may be missed, or the last look failed. */
  isDue: boolean;
}

/**
 * Whether this node hears what the others tell it. It does not while its line is lost, nor while Redis, or a part of it, does not
 * answer: a Redis that stands still looks well until it is asked.
 */
@Injectable()
export class Reception implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Reception');
  private readonly lookouts: Lookout[] = [];
  private timer?: NodeJS.Timeout;
  private isAsking = false;
  private isAnswered = true;

  constructor(
    @Inject(ENV) private readonly env: Pick<Env, 'ROLES'>,
    private readonly listed: ListedRooms,
    private readonly renewals: Renewals,
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  get isLost(): boolean {
    return !this.isAnswered || this.listed.isDeaf;
  }

  onApplicationBootstrap() {
    if (this.env.ROLES.includes('api')) this.timer = setInterval(() => this.beat(), ASK_EVERY_MS).unref();
  }

  /**
   * Has a node with connections look for itself for what the others would tell it: twice a second while they are not heard, once when they
   * are again, and every `everyMs` all the same. After a failure it looks again at once.
   */
  lookOut(label: string, everyMs: number, look: () => Promise<void>) {
    this.lookouts.push({ label, every: everyMs / ASK_EVERY_MS, look, beats: 0, isBusy: false, isDue: false });
  }

  beforeApplicationShutdown() {
    clearInterval(this.timer);
  }

  private beat() {
    void this.ask();
    for (const lookout of this.lookouts) void this.look(lookout);
  }

  private async look(lookout: Lookout) {
    const { isLost } = this;
    const isDue = isLost || lookout.isDue || ++lookout.beats % lookout.every === 0;
    lookout.isDue ||= isLost;
    if (!isDue || lookout.isBusy) return;
    lookout.isBusy = true;
    lookout.isDue = isLost;
    try {
      await lookout.look();
    } catch (error) {
      lookout.isDue = true;
      this.logger.warn(`${lookout.label} could not look: ${(error as Error).message}`);
    }
    lookout.isBusy = false;
  }

  /** A key of each partition: of a cluster that has lost a shard the other shards answer pings. */
  private async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    const was = this.isAnswered;
    const asked = this.keys.partitions.map((partition) => this.redis.exists(partition.shared('pulse')));
    this.isAnswered = await Promise.all(asked).then(() => true, () => false); // oxfmt-ignore
    if (this.isAnswered && !was) this.renewals.ask();
    this.isAsking = false;
  }
}
