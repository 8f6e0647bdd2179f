import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { RollCallService } from 'src/modules/calls/roll-call.service';

const EVERY_MS = 5_000;

/** Answers roll calls for this node, if it has sockets. */
@Injectable()
export class RollCallBeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RollCallBeat');
  private timer?: NodeJS.Timeout;
  private running: Promise<void> | undefined;

  constructor(
    private readonly rollCall: RollCallService,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap() {
    if (this.env.ROLES.includes('api')) this.timer = setInterval(() => this.beat(), EVERY_MS);
  }

  async beforeApplicationShutdown() {
    clearInterval(this.timer);
    await this.running;
  }

  private beat() {
    this.running ??= this.rollCall
      .answer()
      .catch((error: Error) => this.logger.warn(`could not answer: ${error.message}`))
      .finally(() => (this.running = undefined));
  }
}
