import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { Streams } from 'src/core/streams/streams';
import { AskedAgainTooOften, AskedTooOften, ShareRequestNotFound } from 'src/modules/location/location.errors';
import {
  toShareRequestNews,
  toShareRequestView,
  type ShareRequestRow,
  type ShareRequestView,
} from 'src/modules/location/share-requests.dto';
import { ShareRequestsRepository } from 'src/modules/location/share-requests.repository';
import type { AcceptShareRequest } from 'src/modules/location/shares.dto';
import { SharesService } from 'src/modules/location/shares.service';
import { ShareTargets } from 'src/modules/location/shares.targets';
import { z } from 'zod';

const Place = z.object({ id: z.int() });
/** Who was declined may ask again after so many minutes. */
const PATIENCE_MINUTES = 60;
/** Who has taken so many back within that time may not ask the same person again: each shows on that one's devices. */
const MOST_WITHDRAWN = 5;
/** How long it is known what became of a request. */
const DECIDED_DAYS = 30;

/** People ask others to share, who may do so or decline. */
@Injectable()
export class ShareRequestsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly streams: Streams,
    private readonly targets: ShareTargets,
    private readonly requests: ShareRequestsRepository,
    private readonly shares: SharesService,
  ) {}

  /**
   * Asks somebody to share; one who was asked and has not answered is not asked twice. Throws `location.asked_too_often` after a no, and
   * `location.asked_again_too_often`, which says of the other nothing, to who has asked and taken it back again and again.
   */
  async ask({ userId }: Principal, targetId: string): Promise<ShareRequestView> {
    await this.targets.person(userId, targetId);
    return this.db.tx(async () => {
      const { declined, withdrawn } = await this.requests.endedLately(userId, targetId, PATIENCE_MINUTES);
      if (declined) throw AskedTooOften({ minutes: PATIENCE_MINUTES });
      if (withdrawn >= MOST_WITHDRAWN) throw AskedAgainTooOften({ minutes: PATIENCE_MINUTES });
      const { id, created } = await this.requests.put(userId, targetId);
      if (created) await this.tell(id);
      if (created) await this.bus.publish('location.requested', { request_id: id });
      return toShareRequestView((await this.requests.byId(id))!);
    });
  }

  /** The pending requests that the caller has made and received, newest first. */
  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<ShareRequestView>> {
    const rows = await this.requests.pending(userId, limit + 1, placeOf(Place, cursor)?.id ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map(toShareRequestView) };
  }

  /** Shares with the one who asked, on the caller's own terms. */
  async accept(user: Principal, id: number, terms: AcceptShareRequest): Promise<ShareRequestView> {
    return this.db.tx(async () => {
      const request = await this.access(id, user.userId, 'target_user_id');
      const { share } = await this.shares.start(user, { ...terms, target_user_id: request.user_id });
      return this.decide(id, 'accepted', share.id);
    });
  }

  /** Whoever shares with one who has asked him has accepted, though he did not say so. Safe to repeat. */
  async answerBy(share: { id: number; user_id: string; target_user_id: string | null }): Promise<void> {
    const { id: shareId, user_id: ownerId, target_user_id: viewerId } = share;
    if (viewerId === null) return;
    await this.db.tx(async () => {
      const id = await this.requests.pendingOf(viewerId, ownerId);
      if (id !== undefined) await this.decide(id, 'accepted', shareId);
    });
  }

  decline({ userId }: Principal, id: number): Promise<ShareRequestView> {
    return this.db.tx(async () => {
      await this.access(id, userId, 'target_user_id');
      return this.decide(id, 'declined');
    });
  }

  /** Takes the caller's own request back. */
  async withdraw({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      await this.access(id, userId, 'user_id');
      await this.decide(id, 'withdrawn');
    });
  }

  forgetDecided = (): Promise<void> => this.requests.forgetDecided(DECIDED_DAYS);

  /** Those of the requests that have no answer and were not taken back. */
  pendingAmong = async (ids: number[]): Promise<Set<number>> => new Set(await this.requests.pendingAmong(ids));

  /** Those between the same two that came not long before a request and were taken back: who was told of one is not told again. */
  withdrawnBefore = (id: number): Promise<number[]> => this.requests.withdrawnBefore(id, PATIENCE_MINUTES);

  find = (id: number): Promise<ShareRequestRow | undefined> => this.requests.byId(id);

  /** A pending request on behalf of the one who asks or is asked; to everybody else there is none. */
  private async access(id: number, userId: string, as: 'user_id' | 'target_user_id'): Promise<ShareRequestRow> {
    const request = await this.requests.byId(id);
    if (request?.[as] !== userId || request.state !== 'pending') throw ShareRequestNotFound({ request_id: id });
    return request;
  }

  private async decide(id: number, state: 'accepted' | 'declined' | 'withdrawn', shareId: number | null = null) {
    if (!(await this.requests.decide(id, state, shareId))) throw ShareRequestNotFound({ request_id: id });
    await this.bus.publish('location.request_decided', { request_id: id });
    return toShareRequestView(await this.tell(id));
  }

  private async tell(id: number): Promise<ShareRequestRow> {
    const request = (await this.requests.byId(id))!;
    const told = [request.user_id, request.target_user_id];
    await this.streams.append(told, 'location_request_changed', toShareRequestNews(request));
    return request;
  }
}
