import { Injectable } from '@nestjs/common';
import { disclose, type Disclosed } from 'src/modules/location/location.policy';
import { SharesRepository, type Asked } from 'src/modules/location/shares.repository';

/** A position on its way to one who may see it. */
export interface Visible {
  viewerId: string;
  locationId: number;
  position: Disclosed;
}

/** The only way to somebody else's position: every exit asks here, at the moment it sends or answers. */
@Injectable()
export class LocationAccess {
  constructor(private readonly shares: SharesRepository) {}

  /** The positions that may be seen now: those of the owners, or those that the viewer may see, or both. */
  async visible(asked: Asked): Promise<Visible[]> {
    const shared = await this.shares.positions(asked);
    return shared.flatMap((one) => {
      const position = disclose(one);
      return position ? [{ viewerId: one.viewer_id, locationId: one.location_id, position }] : [];
    });
  }

  /** Whether a share of the owner with the viewer is live now, be there a position or not. */
  isShared(ownerId: string, viewerId: string): Promise<boolean> {
    return this.shares.isLive(ownerId, viewerId);
  }
}
