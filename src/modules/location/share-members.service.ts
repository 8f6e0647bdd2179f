import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Fanout } from 'src/modules/location/fanout';
import { SharesNews } from 'src/modules/location/shares.news';
import { SharesRepository } from 'src/modules/location/shares.repository';

/**
 * What becomes of shares when people come into chats and go, or block each other. Who may see what is decided when it is read, by who is in the chat then:
 * nobody waits for this, which ends what is over and tells those whom it concerns. It may run late, and twice.
 */
@Injectable()
export class ShareMembersService {
  constructor(
    private readonly db: Database,
    private readonly shares: SharesRepository,
    private readonly news: SharesNews,
    private readonly fanout: Fanout,
  ) {}

  /** Tells newcomers what is shared with them, and shows them where its owners are now. */
  async joined(chatId: number, userIds: string[]): Promise<void> {
    await this.show(await this.db.tx(() => this.news.openedTo(chatId, userIds)));
  }

  /** The same for whom somebody has made his contact by his answer: what is shared with all contacts. */
  async answered(chatId: number, ownerId: string): Promise<void> {
    const viewerIds = await this.db.tx(() => this.news.openedByAnswer(chatId, ownerId));
    if (viewerIds.length) await this.fanout.show([ownerId], viewerIds);
  }

  /**
   * Ends what those who have left shared with the chat, and tells them that what others share is over for them; what they may still see by
   * another share they are shown.
   */
  async left(chatId: number, userIds: string[]): Promise<void> {
    const viewers = await this.db.tx(async () => {
      await this.news.stoppedIn(chatId, await this.shares.stopOfLeavers(userIds, chatId), userIds);
      return this.news.closedTo(chatId, userIds);
    });
    await this.show(viewers);
  }

  /** One has blocked the other, or lifted that: tells each what the other shares with a chat or all contacts, and shows him what he may see. */
  async met(one: string, other: string, isParted: boolean): Promise<void> {
    for (const [ownerId, viewerId] of [
      [one, other],
      [other, one],
    ] as const) {
      await this.db.tx(() => this.news.parted(ownerId, viewerId, isParted));
      await this.fanout.show([ownerId], [viewerId]);
    }
  }

  /** Shows people where those are who share with them, by owner. */
  private async show(viewers: Map<string, string[]>): Promise<void> {
    for (const [ownerId, viewerIds] of viewers) await this.fanout.show([ownerId], viewerIds);
  }
}
