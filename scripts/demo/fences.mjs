import { distance } from './geometry.mjs';

/**
 * Nearer to a fence's edge than this many metres a fix says nothing sure: a server may allow for the receiver's accuracy
 * and for hysteresis.
 */
const MARGIN = 25;
/** A server may want several fixes, and some time, before it believes a crossing. */
const FIXES = 4;
const STAY_MS = 10_000;

/**
 * Circular fences around points of a track, one in each of `count` equal parts of it and clear of the others, whose
 * crossings are beyond doubt: `{ latitude, longitude, radius, index, crossings }`, crossings as in `crossingsOf`.
 */
export function fencesAlong(points, { count, radii }) {
  const fences = [];
  for (let part = 0; part < count; part++) {
    const [from, to] = [part, part + 1].map((bound) => Math.floor((bound * points.length) / count));
    const candidates = points
      .slice(from, to)
      .flatMap((_point, offset) =>
        radii.map((radius) => fenceAt(points, from + offset, radius)).filter((one) => one && isClear(one, fences)),
      );
    // Those crossed most often show most; of them, the longest stays on either side are the surest.
    const [best] = candidates.sort((a, b) => b.crossings.length - a.crossings.length || b.shortest - a.shortest);
    if (best) fences.push(best);
  }
  return fences;
}

const isClear = (fence, fences) => fences.every((other) => distance(fence, other) > fence.radius + other.radius);

function fenceAt(points, index, radius) {
  const { latitude, longitude } = points[index];
  const stays = staysOf(points, { latitude, longitude, radius });
  if (!stays || stays.length < 3) return undefined;
  const shortest = Math.min(...stays.map(({ fixes }) => fixes));
  return { latitude, longitude, radius, index, shortest, crossings: crossingsOf(stays) };
}

/**
 * What must be told of a fence that was outside at first: an entry at each stay inside, an exit at each one outside. A fix
 * recorded after `after`, and not after `by`, must be the one that makes it certain.
 */
const crossingsOf = (stays) =>
  stays.slice(1).map(({ inside, by }, index) => ({ type: inside ? 'entry' : 'exit', after: stays[index].to, by }));

/**
 * The stays of a track inside and outside a fence, by the plain distance of every fix: `{ inside, fixes, from, by, to }`,
 * times of the first, the last needed, and the last fix; the first stay is outside. Undefined if any of it is open to
 * doubt: a stay with few fixes or little time, or a visit to the edge that leads back to the same side.
 */
export function staysOf(points, fence) {
  const stays = [];
  let atEdge = false;
  for (const point of points) {
    const metres = distance(point, fence);
    if (Math.abs(metres - fence.radius) < MARGIN) {
      atEdge = true;
      continue;
    }
    const inside = metres < fence.radius;
    if (stays.at(-1)?.inside !== inside) stays.push({ inside, fixes: 0, from: point.at });
    else if (atEdge) return undefined;
    const stay = stays.at(-1);
    stay.fixes++;
    stay.to = point.at;
    if (stay.fixes === FIXES) stay.by = point.at;
    atEdge = false;
  }
  const sure = stays.every(({ fixes, from, to }) => fixes >= FIXES && to - from >= STAY_MS);
  return sure && stays[0]?.inside === false ? stays : undefined;
}
