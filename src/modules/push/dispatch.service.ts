import { Injectable } from '@nestjs/common';
import { portions } from 'src/core/collections/collections';
import { BadgesService } from 'src/modules/push/badges.service';
import {
  MOST_AT_ONCE,
  PushTransport,
  type Outcome,
  type Parcel,
  type PushContent,
} from 'src/modules/push/push.transport';

/** A push for one device, yet without the number on the app's picture. */
export type Unbadged = Omit<Parcel, 'content'> & { content: Omit<PushContent, 'badge'> };

/** Hands any number of pushes over, each with what its user has unread now. */
@Injectable()
export class DispatchService {
  constructor(
    private readonly badges: BadgesService,
    private readonly transport: PushTransport,
  ) {}

  /** What became of each, in order. */
  async send(parcels: Unbadged[]): Promise<Outcome[]> {
    if (!parcels.length) return [];
    const badges = await this.badges.of([...new Set(parcels.map(({ userId }) => userId))]);
    const outcomes: Outcome[] = [];
    for (const some of portions(parcels, MOST_AT_ONCE)) {
      const whole = some.map((one) => ({ ...one, content: { ...one.content, badge: badges.get(one.userId) ?? 0 } }));
      outcomes.push(...(await this.transport.send(whole)));
    }
    return outcomes;
  }
}
