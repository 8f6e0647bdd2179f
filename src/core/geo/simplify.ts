import { distanceMeters, EARTH_RADIUS_M, type Place } from 'src/core/geo/sphere';

/**
 * Which of the places are to be kept, as ascending indices, so that none of those left out lies further than `tolerance` metres from
 * the straight way between its kept neighbours (D. H. Douglas, T. K. Peucker, "Algorithms for the Reduction of the Number of Points",
 * Cartographica 10, 1973). First and last are always kept. Distances are exact to about a thousandth for ways of up to 100 km;
 * longer ones are never left straight.
 */
export function simplify(places: readonly Place[], tolerance: number): number[] {
  const last = places.length - 1;
  if (last < 1) return places.map((_, index) => index);
  const kept = new Set([0, last]);
  const spans: [number, number][] = [[0, last]];
  // a list of what is to be done, for a track may be deeper than the stack
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    if (to - from < 2) continue;
    const { index, distance } = furthest(places, from, to);
    if (distance <= tolerance) continue;
    kept.add(index);
    spans.push([from, index], [index, to]);
  }
  return [...kept].sort((a, b) => a - b);
}

/** Beyond this a plane is no map of the sphere. */
const FLAT_M = 100_000;

function furthest(places: readonly Place[], from: number, to: number) {
  const [a, b] = [places[from]!, places[to]!];
  if (distanceMeters(a, b) > FLAT_M) return { index: Math.floor((from + to) / 2), distance: Infinity };
  let found = { index: from, distance: -1 };
  for (let index = from + 1; index < to; index++) {
    const distance = distanceFromWay(places[index]!, a, b);
    if (distance > found.distance) found = { index, distance };
  }
  return found;
}

/** Metres of a place from the straight way between two others. */
export function distanceFromWay(place: Place, a: Place, b: Place): number {
  const [way, off] = [planeAround(a, b), planeAround(a, place)];
  const squared = way[0] ** 2 + way[1] ** 2;
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (off[0] * way[0] + off[1] * way[1]) / squared));
  return Math.hypot(off[0] - along * way[0], off[1] - along * way[1]);
}

/** Metres east and north of `origin`, on a plane that touches the sphere there. */
function planeAround(origin: Place, place: Place): [number, number] {
  const radians = Math.PI / 180;
  const east = ((((place.longitude - origin.longitude + 180) % 360) + 360) % 360) - 180;
  const middle = ((origin.latitude + place.latitude) / 2) * radians;
  return [
    east * radians * Math.cos(middle) * EARTH_RADIUS_M,
    (place.latitude - origin.latitude) * radians * EARTH_RADIUS_M,
  ];
}
