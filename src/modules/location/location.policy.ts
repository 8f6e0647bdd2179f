import { toPositionView, type AgeLimits, type PlaceRow, type PositionView } from 'src/modules/location/location.dto';
import { coarsen, type Precision } from 'src/modules/location/precision';
import { isShaded, type PrivatePlace } from 'src/modules/location/shade';

/** What a share lets somebody see, at the moment `at` by the clock of the database. */
export interface Grant {
  share_id: number;
  precision: Precision;
  is_active: boolean;
  /** null: until it is stopped. */
  expires_at: Date | null;
  /** One of the two has blocked the other, or the owner's account is closed. */
  parted: boolean;
  at: Date;
}

/** A share and the owner's live position. */
export interface SharedPosition extends PlaceRow, Grant {
  location_id: number;
  /** null: whoever has the link. */
  viewer_id: string | null;
  /** What the owner's coarse positions are snapped by. */
  grid_key: string;
  private_places: PrivatePlace[];
}

/** What one viewer may see of a position: sent and answered as it is, by every exit. */
export type Disclosed = PositionView & { share_id: number };

export const isLive = ({ is_active, expires_at, parted, at }: Grant): boolean =>
  is_active && !parted && (expires_at === null || at < expires_at);

/**
 * The one place that decides whether a place of somebody goes out, and how much of it: nothing unless the share is live, no place
 * while its owner is at a private one, and otherwise the place at the share's precision. Whatever shows somebody else's position
 * (REST, socket, history, link, and all that may come) shows what this returns; pushes carry none.
 */
export function show<Row extends Omit<PlaceRow, 'user_id' | 'recorded_at'>>(
  grant: Grant,
  row: Row,
  { grid_key, private_places }: Pick<SharedPosition, 'grid_key' | 'private_places'>,
): Row | 'paused' | undefined {
  if (!isLive(grant)) return undefined;
  if (isShaded(row, row.accuracy, private_places)) return 'paused';
  const coarse = coarsen(row, grant.precision, grid_key);
  if (!coarse) return row;
  const { latitude, longitude, within: accuracy } = coarse;
  // a speed or a height tells where on the road or hill somebody is
  return { ...row, latitude, longitude, accuracy, altitude: null, speed: null, heading: null };
}

/** The owner's present position as one viewer may see it now. */
export function disclose(shared: SharedPosition, limits: AgeLimits): Disclosed | undefined {
  const shown = show(shared, shared, shared);
  if (shown === undefined) return undefined;
  const share = { id: shared.share_id, expiresAt: shared.expires_at, precision: shared.precision };
  const row = shown === 'paused' ? { user_id: shared.user_id, at: shared.at, paused: true as const } : shown;
  return { ...toPositionView(row, share, limits), share_id: shared.share_id };
}
