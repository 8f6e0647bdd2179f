import type { Place } from 'src/core/geo/sphere';
import { CircleArea } from 'src/modules/geofences/areas';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import { boxAroundCircle, type Box } from 'src/modules/geofences/boxes';
import type { Watch } from 'src/modules/geofences/geofences.matcher';
import { boxOf, PolygonArea } from 'src/modules/geofences/polygons';

/** A fence as the matcher sees it. */
export const watchOf = (fence: Fence): Watch => ({
  area: fence.boundary ? new PolygonArea(fence.boundary) : new CircleArea(centreOf(fence), fence.radiusMeters),
  dwellMs: fence.dwellSeconds === null ? null : fence.dwellSeconds * 1000,
  until: fence.expiresAt,
});

/** The box around a fence. */
export const boxAround = (fence: Fence): Box =>
  fence.boundary ? boxOf(fence.boundary) : boxAroundCircle(centreOf(fence), fence.radiusMeters);

const centreOf = (fence: Fence): Place => ({ latitude: fence.centerLatitude, longitude: fence.centerLongitude });
