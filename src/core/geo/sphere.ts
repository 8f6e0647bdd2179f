/** A place in WGS 84 degrees: latitude −90…90, longitude −180…180. */
export interface Place {
  latitude: number;
  longitude: number;
}

/** The Earth's mean radius (IUGG, 2a + b / 3), in metres. */
export const EARTH_RADIUS_M = 6_371_008.8;

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/**
 * Metres between two places along the surface of a sphere, by the haversine formula (R. W. Sinnott, "Virtues of the Haversine",
 * Sky & Telescope 68, 1984): exact to the rounding for near places, within 0.6 % of the ellipsoid for all; right across the
 * antimeridian and at the poles.
 */
export function distanceMeters(a: Place, b: Place): number {
  const halfLatitude = radians(b.latitude - a.latitude) / 2;
  const halfLongitude = radians(b.longitude - a.longitude) / 2;
  const haversine =
    Math.sin(halfLatitude) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(halfLongitude) ** 2;
  // rounding may lift it above 1 for places opposite each other
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, haversine)));
}
