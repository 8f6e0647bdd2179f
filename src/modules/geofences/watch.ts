import type { Place } from 'src/core/geo/sphere';
import { CircleArea, type Area } from 'src/modules/geofences/areas';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import { boxAroundCircle, type Box } from 'src/modules/geofences/boxes';
import type { Watch } from 'src/modules/geofences/geofences.matcher';
import { boxOf, PolygonArea } from 'src/modules/geofences/polygons';

/** A fence as the matcher sees it. */
export const watchOf = (fence: Form & Pick<Fence, 'dwellSeconds' | 'expiresAt'>): Watch => ({
  area: areaOf(fence),
  ...timesOf(fence),
});

type Form = Pick<Fence, 'boundary' | 'centerLatitude' | 'centerLongitude' | 'radiusMeters'>;

export const areaOf = (fence: Form): Area =>
  fence.boundary ? new PolygonArea(fence.boundary) : new CircleArea(centreOf(fence), fence.radiusMeters);

/** The same without where it is. */
export const timesOf = ({
  dwellSeconds,
  expiresAt,
}: Pick<Fence, 'dwellSeconds' | 'expiresAt'>): Omit<Watch, 'area'> => ({
  dwellMs: dwellSeconds === null ? null : dwellSeconds * 1000,
  until: expiresAt,
});

/** The box around a fence. */
export const boxAround = (fence: Fence): Box =>
  fence.boundary ? boxOf(fence.boundary) : boxAroundCircle(centreOf(fence), fence.radiusMeters);

const centreOf = (fence: Form): Place => ({ latitude: fence.centerLatitude, longitude: fence.centerLongitude });
