/** Mean radius of the Earth in metres (IUGG R1). */
const EARTH_RADIUS = 6_371_008.8;

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two places `{ latitude, longitude }` along the sphere, by the haversine formula. */
export function distance(a, b) {
  const [dLatitude, dLongitude] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)];
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}
