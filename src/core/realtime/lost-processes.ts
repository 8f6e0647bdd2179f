import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { NodeLink } from 'src/core/realtime/node-link';
import { Renewals } from 'src/core/realtime/renewals';
import { Untold } from 'src/core/realtime/untold';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

const LOOK_EVERY_MS = 5000;
/** Who has not answered for so long is gone. */
const GONE_AFTER_MS = 15_000;
const FORGOTTEN_AFTER_MS = 60_000;
/** Who has not answered for so long himself can't tell: if it was Redis that was lost, all seem to be gone. */
const AWAY_AFTER_MS = GONE_AFTER_MS - LOOK_EVERY_MS;

/**
 * Answers for a process, and gives how many have gone since it did so before.
 *
 * KEYS: when each process has answered. ARGV: which this is, after how long who does not answer is away, gone, forgotten (ms), and how
 * much later it is to be.
 */
const ANSWER = `
  local process, awayAfter, goneAfter, forgottenAfter = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[5]
  local before = tonumber(redis.call('ZSCORE', KEYS[1], process) or 0)
  redis.call('ZADD', KEYS[1], now, process)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - forgottenAfter)
  redis.call('PEXPIRE', KEYS[1], forgottenAfter)
  if now - before > awayAfter then return 0 end
  return redis.call('ZCOUNT', KEYS[1], '(' .. (before - goneAfter), now - goneAfter)`;

/**
 * Notices when another process has gone without a word, killed or cut off: what it had acknowledged last, it may have told nobody. Then
 * connections of this node are told to `sync`; each node notices in its own time, so not all at once.
 */
@Injectable()
export class LostProcesses implements OnApplicationBootstrap {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly link: NodeLink,
    private readonly renewals: Renewals,
    private readonly untold: Untold,
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  async onApplicationBootstrap() {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    await this.look();
  }

  /** As if it were so much later (ms). Must run every few seconds. */
  async look(later = 0) {
    const gone = await this.redis
      .eval(ANSWER, 1, this.list, this.link.node, AWAY_AFTER_MS, GONE_AFTER_MS, FORGOTTEN_AFTER_MS, later)
      .catch(() => 0);
    if (Number(gone)) this.renewals.ask();
  }

  /** Says goodbye when all is told. Else this process goes without a word, as if it were killed. */
  async leave() {
    clearInterval(this.timer);
    this.untold.finish();
    if (await this.link.finish()) await this.redis.zrem(this.list, this.link.node).catch(() => undefined);
  }

  private get list(): string {
    return this.keys.partitions[0]!.shared('processes');
  }
}
