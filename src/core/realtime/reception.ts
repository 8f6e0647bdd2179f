import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { Renewals } from 'src/core/realtime/renewals';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

const ASK_EVERY_MS = 500;

/**
 * Whether this node hears what the others tell it. It does not while its line is lost, nor while Redis, or a part of it, does not
 * answer: a Redis that stands still looks well until it is asked.
 */
@Injectable()
export class Reception implements OnApplicationBootstrap, BeforeApplicationShutdown {
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
    if (this.env.ROLES.includes('api')) this.timer = setInterval(() => void this.ask(), ASK_EVERY_MS).unref();
  }

  beforeApplicationShutdown() {
    clearInterval(this.timer);
  }

  /** A key of each partition: of a cluster that has lost a shard the other shards answer pings. */
  private async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    const was = this.isAnswered;
    const asked = this.keys.partitions.map((partition) => this.redis.exists(partition.shared('pulse')));
    this.isAnswered = await Promise.all(asked).then(() => true, () => false); // prettier-ignore
    if (this.isAnswered && !was) this.renewals.ask();
    this.isAsking = false;
  }
}
