import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { Bus } from 'src/core/events/bus';
import { Streams } from 'src/core/streams/streams';
import { ReachRepository, type Opened } from 'src/modules/location/reach.repository';
import { toShareNews, toShareStopped, toShareView } from 'src/modules/location/shares.dto';
import { SharesRepository, type ShareRow } from 'src/modules/location/shares.repository';

/** To more people than this at once nothing is told; they see it in their list, and when they connect. */
const MOST_TOLD = 1000;

/** A share, and who was told of it. */
interface Told {
  share: ShareRow;
  viewerIds: string[];
}

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
    for (const id of ids) await this.tellEnd(id, await this.reach.viewerIds(id, MOST_TOLD));
  }

  /** The same of shares with a chat that their owners have left: to those in it, and to those who left it when the owners did. */
  async stoppedIn(chatId: number, ids: number[], leaverIds: string[]): Promise<void> {
    for (const id of ids) await this.tellEnd(id, await this.reach.around(id, leaverIds, MOST_TOLD), chatId);
  }

  /** Tells newcomers to a chat what is shared with them by it; whose shares those are, and with whom. */
  async openedTo(chatId: number, newcomerIds: string[]): Promise<Map<string, string[]>> {
    return byOwner(await this.tellOpened(await this.reach.openedTo(chatId, newcomerIds, MOST_TOLD)));
  }

  /** Tells whom somebody has made his contact by his answer what he shares with all contacts; who that is. */
  async openedByAnswer(chatId: number, ownerId: string): Promise<string[]> {
    const told = await this.tellOpened(await this.reach.openedByAnswer(chatId, ownerId));
    return told.flatMap(({ viewerIds }) => viewerIds);
  }

  /** Tells those who have left a chat that what is shared with it is over for them; whose shares those were, and for whom. */
  async closedTo(chatId: number, leaverIds: string[]): Promise<Map<string, string[]>> {
    return byOwner(await this.tellClosed(await this.reach.closedTo(chatId, leaverIds, MOST_TOLD)));
  }

  /**
   * Tells the viewer what of the owner's shares with others beside him is over for him by a block, or goes on without one: to him it looks
   * as if it were stopped, or begun. Whether there is a block is as it is now.
   */
  async parted(ownerId: string, viewerId: string, isParted: boolean): Promise<void> {
    const shares = (await this.reach.wouldOpen(ownerId, viewerId)).filter(({ parted }) => parted === isParted);
    await (isParted ? this.tellClosed(shares) : this.tellOpened(shares));
  }

  private async tellClosed(closed: Opened[]): Promise<Told[]> {
    const over = { end_reason: 'stopped' as const, stopped_at: closed.length ? await this.shares.now() : null };
    return this.tellEach(closed, (viewerIds, share) =>
      this.streams.append(viewerIds, 'location_share_stopped', toShareStopped({ ...share, ...over })),
    );
  }

  private tellOpened = (opened: Opened[]): Promise<Told[]> =>
    this.tellEach(opened, (viewerIds, share) =>
      this.streams.append(viewerIds, 'location_share_received', toShareNews(toShareView(share, ''))),
    );

  /** Tells the viewers of each share. */
  private async tellEach(
    pairs: Opened[],
    tell: (viewerIds: string[], share: ShareRow) => Promise<unknown>,
  ): Promise<Told[]> {
    const told: Told[] = [];
    for (const [id, ofShare] of groupBy(pairs, ({ share_id }) => share_id)) {
      const share = (await this.shares.byId(id))!;
      const viewerIds = ofShare.map(({ viewer_id }) => viewer_id);
      await tell(viewerIds, share);
      told.push({ share, viewerIds });
    }
    return told;
  }

  private async tellEnd(id: number, viewerIds: string[], chatId?: number) {
    const share = (await this.shares.byId(id))!;
    // who was blocked is told as well that it is over, and not why
    const told = new Set([share.user_id, ...viewerIds, ...(share.target_user_id ? [share.target_user_id] : [])]);
    await this.bus.publish('location_share.stopped', { share_id: id });
    const body = toShareStopped(share);
    await this.streams.append([...told], 'location_share_stopped', { ...body, chat_id: chatId ?? body.chat_id });
  }
}

const byOwner = (told: Told[]) =>
  new Map(
    [...groupBy(told, ({ share }) => share.user_id)].map(([ownerId, ofOwner]) => [
      ownerId,
      ofOwner.flatMap(({ viewerIds }) => viewerIds),
    ]),
  );
