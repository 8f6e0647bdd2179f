import { createHmac } from 'node:crypto';
import { EARTH_RADIUS_M, distanceMeters, type Place } from 'src/core/geo/sphere';

/** A circle in which its owner is not to be seen: metres, and a random key that nobody else knows. */
export interface PrivatePlace extends Place {
  radius: number;
  key: string;
}

/** The middle of what is hidden lies up to this part of the radius beside the owner's own. */
const ASIDE = 0.5;

/**
 * What is hidden around a private place: a larger circle that covers it, whose middle lies somewhere beside its own. Where tracks
 * break off all around a place would otherwise draw the circle, and its middle is the very thing to hide.
 */
export function shadeOf(place: PrivatePlace): Place & { radius: number } {
  const draw = createHmac('sha256', place.key).update('shade').digest();
  const angle = (draw.readUIntBE(0, 6) / 2 ** 48) * 2 * Math.PI;
  // the root spreads the middles evenly over the circle that they may lie in
  const aside = Math.sqrt(draw.readUIntBE(6, 6) / 2 ** 48) * ASIDE * place.radius;
  return { ...beside(place, aside, angle), radius: place.radius + aside + 1 };
}

/** Is somebody whose position is probably right within `accuracy` metres perhaps in one of the places? */
export const isShaded = (position: Place, accuracy: number | null, places: PrivatePlace[]): boolean =>
  places.some((place) => {
    const shade = shadeOf(place);
    return distanceMeters(position, shade) <= shade.radius + Math.min(accuracy ?? 0, place.radius);
  });

/** The place so many metres from another in a direction (radians from north), on a sphere. */
function beside(from: Place, metres: number, angle: number): Place {
  const [phi, arc] = [(from.latitude * Math.PI) / 180, metres / EARTH_RADIUS_M];
  const sine = Math.sin(phi) * Math.cos(arc) + Math.cos(phi) * Math.sin(arc) * Math.cos(angle);
  const turned = Math.atan2(Math.sin(angle) * Math.sin(arc) * Math.cos(phi), Math.cos(arc) - Math.sin(phi) * sine);
  const longitude = from.longitude + (turned * 180) / Math.PI;
  return { latitude: (Math.asin(sine) * 180) / Math.PI, longitude: ((((longitude + 180) % 360) + 360) % 360) - 180 };
}
