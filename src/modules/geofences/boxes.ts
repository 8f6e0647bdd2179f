import { EARTH_RADIUS_M, type Place } from 'src/core/geo/sphere';
import { eastward } from 'src/modules/geofences/areas';

/** Degrees; `west` is in −180…180, `east` may lie beyond 180: then it crosses the antimeridian. */
export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

const degrees = (radians: number) => (radians * 180) / Math.PI;

/** The box around a circle; all longitudes if a pole is in it. The tangent from a pole touches the circle at sin(r) / cos(latitude). */
export function boxAroundCircle({ latitude, longitude }: Place, radiusMeters: number): Box {
  const radius = radiusMeters / EARTH_RADIUS_M;
  const [south, north] = [latitude - degrees(radius), latitude + degrees(radius)];
  if (south <= -90 || north >= 90) return { west: -180, south, east: 180, north };
  const half = degrees(Math.asin(Math.sin(radius) / Math.cos((latitude * Math.PI) / 180)));
  const west = longitude - half;
  return west < -180 ? { west: west + 360, south, east: longitude + half + 360, north } : { west, south, east: longitude + half, north }; // oxfmt-ignore
}

/** The box around a way, each step the short way round; of −360…360 in longitude, however often it leads round the Earth. */
export function boxAroundWay(places: readonly Place[]): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  let longitude = places[0]!.longitude;
  for (const [index, place] of places.entries()) {
    if (index) longitude += eastward(places[index - 1]!.longitude, place.longitude);
    box.west = Math.min(box.west, longitude);
    box.east = Math.max(box.east, longitude);
    box.south = Math.min(box.south, place.latitude);
    box.north = Math.max(box.north, place.latitude);
  }
  return box.east - box.west >= 360 ? { ...box, west: -180, east: 180 } : box;
}

/** The box with so many metres more on each side; all longitudes where that reaches a pole. */
export function grown({ west, south, east, north }: Box, metres: number): Box {
  if (!metres) return { west, south, east, north };
  const up = degrees(metres / EARTH_RADIUS_M);
  const furthest = Math.max(Math.abs(south - up), Math.abs(north + up));
  if (furthest >= 89) return { west: -180, south: south - up, east: 180, north: north + up };
  const aside = up / Math.cos((furthest * Math.PI) / 180);
  return east - west + 2 * aside >= 360
    ? { west: -180, south: south - up, east: 180, north: north + up }
    : { west: west - aside, south: south - up, east: east + aside, north: north + up };
}
