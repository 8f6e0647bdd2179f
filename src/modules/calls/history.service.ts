import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import {
  toCallView,
  type HistoryQuery,
  type HistoryView,
  type StatsQuery,
  type StatsView,
} from 'src/modules/calls/calls.dto';
import { CallNotFound, NotRateable } from 'src/modules/calls/calls.errors';
import { CallsRepository } from 'src/modules/calls/calls.repository';
import { HistoryRepository } from 'src/modules/calls/history.repository';

/** Calls as one of those who took part remembers them. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly calls: CallsRepository,
    private readonly history: HistoryRepository,
  ) {}

  /** Newest first. */
  async list(user: Principal, { limit, cursor, ...filter }: HistoryQuery): Promise<Page<HistoryView>> {
    const ids = await this.history.ids(user.userId, filter, placeOf(rowId(), cursor), limit + 1);
    const { items, nextCursor } = toPage(ids, limit, (id) => id);
    return { items: await this.views(user, items), nextCursor };
  }

  /** Calls that are going on: the one that rings or that the caller is in, and those of groups that he may (again) come into. */
  async active(user: Principal): Promise<HistoryView[]> {
    return this.views(user, await this.history.activeIds(user.userId));
  }

  /** Of the last `days` days. */
  async stats(user: Principal, { days }: StatsQuery): Promise<StatsView> {
    const { answered_calls: answered, ...row } = await this.history.stats(user.userId, days);
    const average = answered ? Math.round((row.total_duration / answered) * 10) / 10 : 0;
    return { days, ...row, successful_calls: answered, average_duration: average };
  }

  /** Keeps how a call looked and sounded to the caller, who must have taken part. */
  async rate(user: Principal, callId: number, qualityRating: number): Promise<HistoryView> {
    const part = await this.calls.part(callId, user.userId);
    if (!part) throw CallNotFound({ call_id: callId });
    if (!part.joined_at) throw NotRateable({ call_id: callId });
    await this.calls.updatePart(callId, user.userId, { qualityRating });
    return (await this.views(user, [callId]))[0]!;
  }

  private async views({ userId, sessionId }: Principal, ids: number[]): Promise<HistoryView[]> {
    if (!ids.length) return [];
    // the calls first: parts may be newer than the number of their call, but never older
    const rows = new Map((await this.calls.byIds(ids)).map((row) => [row.id, row]));
    const parts = await this.calls.parts(ids);
    return ids.map((id) => {
      const call = rows.get(id)!;
      const own = parts.filter(({ call_id }) => call_id === id);
      const me = own.find(({ user_id }) => user_id === userId)!;
      return {
        ...toCallView(call, own),
        direction: call.initiated_by === userId ? 'outgoing' : 'incoming',
        my_status: me.status,
        on_this_device: me.status === 'joined' && me.session_id === sessionId,
        quality_rating: me.quality_rating,
      };
    });
  }
}
