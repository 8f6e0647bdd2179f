import { Injectable } from '@nestjs/common';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { EventsRepository } from 'src/modules/geofences/events.repository';
import { WatchesService } from 'src/modules/geofences/watches.service';

/** How long events are kept, at most. */
const EVENT_DAYS = 30;
const AT_ONCE = 5000;

/** Lets go of events: they say where somebody was, so they go with his history, and are not kept for ever. All of it is safe to repeat. */
@Injectable()
export class ForgettingService {
  constructor(
    private readonly events: EventsRepository,
    private readonly crossings: CrossingsService,
    private readonly watches: WatchesService,
  ) {}

  /** Somebody has deleted his history of a span: its start included, its end not. */
  async forgetSpan(userId: string, from: Date | null, to: Date): Promise<void> {
    // what his points of then have still to make
    await this.crossings.evaluate(userId);
    while ((await this.events.forgetSpan(userId, from, to, AT_ONCE)) === AT_ONCE);
  }

  /** Those that are too old, and those that somebody's choice for his history has outlived; and that somebody said no. */
  async forgetOld(): Promise<void> {
    while ((await this.events.forgetOld(EVENT_DAYS, AT_ONCE)) === AT_ONCE);
    while ((await this.events.forgetOutlived(EVENT_DAYS, AT_ONCE)) === AT_ONCE);
    await this.watches.forgetRefusals();
  }
}
