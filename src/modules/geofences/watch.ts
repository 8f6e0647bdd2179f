import { CircleArea } from 'src/modules/geofences/areas';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import type { Watch } from 'src/modules/geofences/geofences.matcher';

/** A fence as the matcher sees it. */
export const watchOf = (fence: Fence): Watch => ({
  area: new CircleArea({ latitude: fence.centerLatitude, longitude: fence.centerLongitude }, fence.radiusMeters),
  dwellMs: fence.dwellSeconds === null ? null : fence.dwellSeconds * 1000,
  until: fence.expiresAt,
});
