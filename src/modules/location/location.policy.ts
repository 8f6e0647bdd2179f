import { toPositionView, type PlaceRow, type PositionView } from 'src/modules/location/location.dto';

/** A share and the owner's live position, as they are at the moment `at` by the clock of the database. */
export interface SharedPosition extends PlaceRow {
  location_id: number;
  share_id: number;
  viewer_id: string;
  is_active: boolean;
  expires_at: Date;
  at: Date;
}

/** What one viewer may see of a position: sent and answered as it is, by every exit. */
export type Disclosed = PositionView & { share_id: number };

/**
 * The one place that decides whether a position goes out, and how much of it: all of it while the share is live, nothing from its
 * end on. Whatever shows somebody else's position (REST, socket, and all that may come) shows what this returns.
 */
export function disclose(shared: SharedPosition): Disclosed | undefined {
  if (!shared.is_active || shared.at >= shared.expires_at) return undefined;
  const share = { id: shared.share_id, expiresAt: shared.expires_at };
  return { ...toPositionView(shared, share), share_id: shared.share_id };
}
