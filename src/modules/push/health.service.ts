import { Injectable } from '@nestjs/common';
import type { PushHealthView } from 'src/modules/push/health.dto';
import { PushHealthRepository } from 'src/modules/push/health.repository';
import { Transports } from 'src/modules/push/transports';

/** Are pushes going out, and if not, why? */
@Injectable()
export class PushHealthService {
  constructor(
    private readonly health: PushHealthRepository,
    private readonly transports: Transports,
  ) {}

  async look(hours: number): Promise<PushHealthView> {
    const since = new Date(Date.now() - hours * 3_600_000);
    const [queue, notifications, reasons, platforms] = await Promise.all([
      this.health.queue(),
      this.health.notifications(since),
      this.health.reasons(since),
      this.health.platforms(since),
    ]);
    return {
      providers: this.transports.configured,
      queue,
      since: since.toISOString(),
      notifications,
      reasons,
      platforms,
    };
  }
}
