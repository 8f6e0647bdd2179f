import { Injectable } from '@nestjs/common';
import { Bus } from 'src/core/events/bus';
import { Streams } from 'src/core/streams/streams';
import { ReachRepository } from 'src/modules/location/reach.repository';
import { toShareNews, toShareStopped, toShareView } from 'src/modules/location/shares.dto';
import { SharesRepository, type ShareRow } from 'src/modules/location/shares.repository';

/** To more people than this at once nothing is told; they see it in their list, and when they connect. */
const MOST_TOLD = 1000;

/** Tells both sides of a share that it has begun, changed or ended: within the transaction that makes it so, in their own streams. */
@Injectable()
export class SharesNews {
  constructor(
    private readonly bus: Bus,
    private readonly streams: Streams,
    private readonly shares: SharesRepository,
    private readonly reach: ReachRepository,
  ) {}

  async granted(id: number): Promise<ShareRow> {
    const share = (await this.shares.byId(id))!;
    const viewerIds = await this.reach.viewerIds(id, MOST_TOLD);
    await this.bus.publish('location_share.granted', { share_id: id });
    await this.streams.append(share.user_id, 'location_share_started', toShareNews(toShareView(share, share.user_id)));
    if (viewerIds.length)
      await this.streams.append(viewerIds, 'location_share_received', toShareNews(toShareView(share, '')));
    return share;
  }

  async stopped(ids: number[]): Promise<void> {
    for (const id of ids) {
      const share = (await this.shares.byId(id))!;
      const viewerIds = await this.reach.viewerIds(id, MOST_TOLD);
      // who was blocked is told as well that it is over, and not why
      const told = new Set([share.user_id, ...viewerIds, ...(share.target_user_id ? [share.target_user_id] : [])]);
      await this.bus.publish('location_share.stopped', { share_id: id });
      await this.streams.append([...told], 'location_share_stopped', toShareStopped(share));
    }
  }
}
