import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { AppearancesService } from 'src/modules/location/appearances.service';
import { ReachRepository } from 'src/modules/location/reach.repository';
import { ReadsService } from 'src/modules/location/reads.service';
import { SharesRepository } from 'src/modules/location/shares.repository';
import type { WatchersView } from 'src/modules/location/watchers.dto';
import { toPersonView } from 'src/modules/users/users.dto';
import { UsersService } from 'src/modules/users/users.service';

/** People named for one share at most; `total` counts those named. */
const MOST_NAMED = 1000;

/** Who can see me. */
@Injectable()
export class WatchersService {
  constructor(
    private readonly shares: SharesRepository,
    private readonly reach: ReachRepository,
    private readonly reads: ReadsService,
    private readonly users: UsersService,
    private readonly appearances: AppearancesService,
  ) {}

  /** Everybody who can see the caller's position now: a person once for each share that opens it to him. */
  async of({ userId }: Principal): Promise<WatchersView> {
    const [shares, last, nearby] = await Promise.all([
      this.shares.given(userId),
      this.reads.last(userId),
      this.appearances.ofNearby(userId),
    ]);
    const viewers = await Promise.all(shares.map(({ id }) => this.reach.viewerIds(id, MOST_NAMED)));
    const people = await this.users.activeByIds([...new Set(viewers.flat())]);
    const watchers = shares.flatMap((share, index) => {
      const viewerIds = share.audience === 'link' ? [null] : viewers[index]!.filter((id) => people.has(id));
      return viewerIds.map((viewerId) => ({
        user: viewerId && toPersonView(people.get(viewerId)!),
        share_id: share.id,
        audience: share.audience,
        chat_id: share.chat_id,
        precision: share.precision,
        shows_history: share.shows_history,
        since: share.created_at.toISOString(),
        expires_at: share.expires_at?.toISOString() ?? null,
        last_read_at: last.get(`${share.id}:${viewerId}`)?.toISOString() ?? null,
      }));
    });
    return {
      watchers: watchers.map((watcher) => ({ ...watcher, user: watcher.user || null })),
      total: watchers.length,
      nearby: nearby
        ? {
            precision: nearby.precision,
            since: nearby.since.toISOString(),
            expires_at: nearby.expiresAt?.toISOString() ?? null,
          }
        : null,
    };
  }
}
