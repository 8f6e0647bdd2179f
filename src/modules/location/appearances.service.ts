import { Injectable } from '@nestjs/common';
import type { Precision } from 'src/modules/location/precision';

/** That somebody lets himself be found by others than those with whom he shares his position. */
export interface Appearance {
  precision: Precision;
  since: Date;
  /** null: until he says otherwise. */
  expiresAt: Date | null;
}

/** Another way than a share in which people let others know where they are. */
export interface WayToAppear {
  /** How somebody does so now; undefined: not at all. */
  of(userId: string): Promise<Appearance | undefined>;
  /** Ends it, within the open transaction. */
  end(userId: string): Promise<void>;
}

/** Features of higher rank say here how else people can be found: so that who hides is hidden at once, and knows who can see him. */
@Injectable()
export class AppearancesService {
  private nearby: WayToAppear | undefined;

  /** Being found by those near by. */
  byNearby(way: WayToAppear): void {
    this.nearby = way;
  }

  ofNearby = async (userId: string): Promise<Appearance | undefined> => this.nearby?.of(userId);

  end = async (userId: string): Promise<void> => this.nearby?.end(userId);
}
