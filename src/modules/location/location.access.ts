import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { groupBy } from 'src/core/collections/collections';
import { gathered } from 'src/core/database/group-commit';
import type { AgeLimits, LocationRow, Neighbour } from 'src/modules/location/location.dto';
import { disclose, isLive, show, type Disclosed, type SharedPosition } from 'src/modules/location/location.policy';
import { byFineness, isFiner } from 'src/modules/location/precision';
import { ReachRepository, type Asked, type HistoryGrant, type SightRow } from 'src/modules/location/reach.repository';

/** A position on its way to one who may see it. */
export interface Visible {
  viewerId: string;
  locationId: number;
  position: Disclosed;
}

/** A point of somebody else's, as it may be seen, and by which share. */
export interface Past {
  row: LocationRow;
  grant: HistoryGrant;
}

/** The only way to somebody else's position: every exit asks here, at the moment it sends or answers. */
@Injectable()
export class LocationAccess {
  readonly ageLimits: AgeLimits;
  /** Many who connect at once are looked up together. */
  private readonly viewers = gathered<string, SharedPosition[]>(async (ids) => {
    const shown = groupBy(await this.reach.shownTo([...new Set(ids)]), ({ viewer_id }) => viewer_id);
    return ids.map((id) => shown.get(id) ?? []);
  });

  constructor(
    private readonly reach: ReachRepository,
    @Inject(ENV) env: Env,
  ) {
    this.ageLimits = { delayedMs: env.LOCATION_DELAYED_SECONDS * 1000, staleMs: env.LOCATION_STALE_SECONDS * 1000 };
  }

  /** The owners' positions as they may be seen now. One for each pair: if several shares open it, by the finest. */
  async visible(asked: Asked): Promise<Visible[]> {
    return this.finest(await this.reach.positions(asked));
  }

  /** All positions that the viewer may see now, in the same way. */
  async visibleTo(viewerId: string): Promise<Visible[]> {
    return this.finest(await this.viewers(viewerId));
  }

  /** Whether a share of the owner with the viewer is live now, be there a position or not. */
  isShared(ownerId: string, viewerId: string): Promise<boolean> {
    return this.reach.reaches(ownerId, viewerId);
  }

  /** The position that a link shows now. */
  async byLink(shareId: number): Promise<Disclosed | undefined> {
    const row = await this.reach.byLink(shareId);
    return row && disclose(row, this.ageLimits);
  }

  /** What opens the owner's history to the viewer now: the finest shares first; none if nothing does. */
  async histories(ownerId: string, viewerId: string): Promise<HistoryGrant[]> {
    const grants = await this.reach.histories(ownerId, viewerId);
    return grants
      .filter(({ parted }) => !parted)
      .sort((a, b) => byFineness(a.precision, b.precision) || +a.begun_at - +b.begun_at);
  }

  /** What these shares show to these viewers now; a viewer not named stands for any. For what is made of fixes, see `Sight`. */
  async sights(asked: { shareId: number; viewerId: string | null }[]): Promise<SightRow[]> {
    return (await this.reach.sights(asked)).filter(isLive);
  }

  /** The same of one share, for all whom it opens to. */
  async sightsOf(shareId: number): Promise<SightRow[]> {
    return (await this.reach.sightsOf(shareId)).filter(isLive);
  }

  /** The same of all shares of the owner with the viewer. */
  async sightsBetween(ownerId: string, viewerId: string): Promise<SightRow[]> {
    return (await this.reach.sightsBetween(ownerId, viewerId)).filter(isLive);
  }

  /** Of those of the users whose position is fresh: who they are, and in which cell, for those who are not parted from them. */
  async neighbours(userIds: string[], viewerId: string | null): Promise<Neighbour[]> {
    const rows = userIds.length ? await this.reach.present(userIds, viewerId, this.ageLimits.staleMs / 1000) : [];
    const at = new Date(); // decides nothing: what opens a position here has no end
    return rows.flatMap((row) => {
      const { user_id, latitude, longitude, accuracy, parted, grid_key, private_places } = row;
      const own = { grid_key, private_places: private_places ?? [] };
      const grant = { share_id: 0, precision: 'neighbourhood', is_active: true, expires_at: null, parted, at } as const;
      const shown = show(grant, { latitude, longitude, accuracy, altitude: null, speed: null, heading: null }, own);
      if (shown === undefined || shown === 'paused') return [];
      const cell = { latitude: shown.latitude, longitude: shown.longitude };
      return [{ user_id, username: row.username, display_name: row.display_name, avatar_url: row.avatar_url, cell }];
    });
  }

  /** Points of the owner's as the grants show them now, each by the finest that had begun by then: those at private places are left out. */
  past(grants: HistoryGrant[], rows: LocationRow[]): Past[] {
    return rows.flatMap((row) => {
      const grant = grants.find(({ begun_at }) => begun_at <= row.recorded_at);
      const shown = grant && show(grant, row, grant);
      return shown === undefined || shown === 'paused' ? [] : [{ row: shown, grant: grant! }];
    });
  }

  private finest(shown: SharedPosition[]): Visible[] {
    const finest = new Map<string, Visible>();
    for (const one of shown) {
      const position = disclose(one, this.ageLimits);
      if (!position) continue;
      const pair = `${one.user_id}:${one.viewer_id}`;
      const before = finest.get(pair);
      if (before && !isFiner(position.precision, before.position.precision)) continue;
      finest.set(pair, { viewerId: one.viewer_id!, locationId: one.location_id, position });
    }
    return [...finest.values()];
  }
}
