import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Database } from 'src/core/database/database';
import { ApiTags } from 'src/core/http/api-docs';
import { Public, Returns, Unlimited } from 'src/core/http/decorators';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { z } from 'zod';

const Live = z.object({ status: z.literal('ok') }).meta({ id: 'Live' });
const State = z.enum(['up', 'down']);
const Ready = z
  .object({
    status: z.enum(['ok', 'unavailable', 'draining']),
    checks: z.object({ database: State, redis: State }),
    down: z.array(z.string()).describe('The names of what is down.'),
  })
  .meta({
    id: 'Ready',
    example: { status: 'unavailable', checks: { database: 'up', redis: 'down' }, down: ['redis'] },
  });
type Ready = z.infer<typeof Ready>;

/** Whoever asks has to hear of a part that hangs before he gives up asking. */
const LONGEST_PROBE_MS = 2000;

/** For whoever decides to restart this process (`live`) or to send it work (`ready`). */
@ApiTags('Health')
@Controller('health')
@Public()
@Unlimited()
export class HealthController {
  constructor(
    private readonly db: Database,
    private readonly lifecycle: Lifecycle,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  @Get('live')
  @Returns(200, Live, 'The process runs.')
  live(): z.infer<typeof Live> {
    return { status: 'ok' };
  }

  @Get(['', 'ready'])
  @Returns(200, Ready, 'All that Muster needs is there; otherwise 503 with the same body, naming what is down.')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Ready> {
    const [database, redis] = await Promise.all([isUp(this.db.query('SELECT 1')), isUp(this.redis.ping())]);
    const checks = { database, redis };
    const down = Object.entries(checks).flatMap(([name, state]) => (state === 'down' ? [name] : []));
    const status = this.lifecycle.draining ? 'draining' : down.length ? 'unavailable' : 'ok';
    if (status !== 'ok') void reply.status(503).header('Retry-After', '2');
    return { status, checks, down };
  }
}

function isUp(probe: Promise<unknown>): Promise<z.infer<typeof State>> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve('down'), LONGEST_PROBE_MS);
    const is = (state: z.infer<typeof State>) => {
      clearTimeout(limit);
      resolve(state);
    };
    probe.then(
      () => is('up'),
      () => is('down'),
    );
  });
}
