import Flatbush from 'flatbush';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { alongTheWay, eastward, planeAround, type Area, type Piece } from 'src/modules/geofences/areas';
import type { Box } from 'src/modules/geofences/boxes';

/** A ring as GeoJSON has it: [longitude, latitude], the last equal to the first. */
export type Ring = [number, number][];

/** What is wrong with a polygon. */
export type PolygonFault =
  | 'too_many_positions'
  | 'ring_not_closed'
  | 'ring_too_short'
  | 'repeated_position'
  | 'borders_meet'
  | 'hole_outside'
  | 'holes_overlap'
  | 'too_small'
  | 'too_large'
  | 'too_near_a_pole';

export const MOST_POSITIONS = 2000;
/** As wide as the smallest and the largest circle; beyond 85° a straight line between degrees means nothing on the ground. */
const SIZE_M = { least: 10, most: 100_000 };
const HIGHEST_LATITUDE = 85;

interface Point {
  x: number;
  y: number;
}
type Segment = [Point, Point];

/**
 * A polygon with holes. Its edges are straight in degrees, as GeoJSON says, and the short way round across the antimeridian. The
 * rings may run either way round. Metres are taken in the plane that touches the place asked for.
 */
export class PolygonArea implements Area {
  readonly size: number;

  constructor(readonly rings: readonly Ring[]) {
    const origin = placeOf(rings[0]![0]!);
    const edges = rings.map((ring) => edgesOf(ring, origin));
    const area = edges.reduce((sum, ring, index) => sum + (index ? -1 : 1) * Math.abs(shoelace(ring)), 0);
    const length = edges.flat().reduce((sum, [a, b]) => sum + Math.hypot(b.x - a.x, b.y - a.y), 0);
    // that of a circle is its radius; no polygon is so thin that nothing inside it is half as far from the border
    this.size = length ? (2 * area) / length : 0;
  }

  offset(place: Place): number {
    let [nearest, inside] = [Infinity, false];
    for (const ring of this.rings) {
      let a = planeAround(place, placeOf(ring[0]!));
      for (let index = 1; index < ring.length; index++) {
        const b = planeTo(a, ring[index - 1]!, ring[index]!, place);
        nearest = Math.min(nearest, squareToOrigin(a, b));
        if (a.y > 0 !== b.y > 0 && a.x + ((b.x - a.x) * -a.y) / (b.y - a.y) > 0) inside = !inside;
        a = b;
      }
    }
    return (inside ? -1 : 1) * Math.sqrt(nearest);
  }

  longestPieceInside(from: Place, to: Place): Piece | undefined {
    const end = planeAround(from, to);
    const shares = [0, 1];
    for (const ring of this.rings)
      for (const [a, b] of edgesOf(ring, from)) {
        const share = meeting(end, a, b);
        if (share !== undefined) shares.push(share);
      }
    shares.sort((one, other) => one - other);
    let longest: Piece | undefined;
    for (let index = 1; index < shares.length; index++) {
      const piece = { from: shares[index - 1]!, to: shares[index]! };
      const length = piece.to - piece.from;
      if (length <= (longest ? longest.to - longest.from : 0)) continue;
      if (this.offset(alongTheWay(from, to, (piece.from + piece.to) / 2)) < 0) longest = piece;
    }
    return longest;
  }
}

/** What keeps rings of positions (in range) from being a fence; undefined if nothing does. */
export function faultOf(rings: readonly Ring[]): PolygonFault | undefined {
  if (!rings[0]?.length) return 'ring_too_short';
  if (rings.reduce((sum, ring) => sum + ring.length, 0) > MOST_POSITIONS) return 'too_many_positions';
  for (const ring of rings) {
    if (ring.length < 4) return 'ring_too_short';
    const [first, last] = [ring[0]!, ring.at(-1)!];
    if (first[0] !== last[0] || first[1] !== last[1]) return 'ring_not_closed';
    if (ring.some(([, latitude]) => Math.abs(latitude) > HIGHEST_LATITUDE)) return 'too_near_a_pole';
    if (ring.some((at, index) => index > 0 && samePlace(at, ring[index - 1]!))) return 'repeated_position';
  }
  const origin = placeOf(rings[0][0]!);
  const edges = rings.map((ring) => edgesOf(ring, origin));
  const box = boxOf(rings);
  const middle = (box.south + box.north) / 2;
  const corner = planeAround({ latitude: middle, longitude: 0 }, { latitude: box.north, longitude: 0 });
  const width = (box.east - box.west) * Math.cos((middle * Math.PI) / 180) * 111_195;
  if (Math.hypot(width / 2, corner.y) > SIZE_M.most) return 'too_large';
  // once round the Earth, it does not come back to where it began
  if (edges.some((ring) => Math.abs(ring.at(-1)![1].x - ring[0]![0].x) > 1)) return 'too_near_a_pole';
  if (bordersMeet(edges)) return 'borders_meet';
  const [outer, ...holes] = rings.map((ring) => new PolygonArea([ring]));
  for (const [index, hole] of holes.entries()) {
    const place = placeOf(rings[index + 1]![0]!);
    if (outer!.offset(place) >= 0) return 'hole_outside';
    if (holes.some((other) => other !== hole && other.offset(place) < 0)) return 'holes_overlap';
  }
  if (new PolygonArea(rings).size < SIZE_M.least) return 'too_small';
  return undefined;
}

/** The box around the rings. */
export function boxOf(rings: readonly Ring[]): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  const first = rings[0]![0]![0];
  for (const ring of rings) {
    let longitude = first + eastward(first, ring[0]![0]);
    for (const [index, [here, latitude]] of ring.entries()) {
      if (index) longitude += eastward(ring[index - 1]![0], here);
      box.west = Math.min(box.west, longitude);
      box.east = Math.max(box.east, longitude);
      box.south = Math.min(box.south, latitude);
      box.north = Math.max(box.north, latitude);
    }
  }
  const turn = box.west < -180 ? 360 : 0;
  return { ...box, west: box.west + turn, east: box.east + turn };
}

/** The middle of the box around the rings, and the metres from there to the furthest corner. */
export function circleAround(rings: readonly Ring[]): { centre: Place; radius: number } {
  const { west, south, east, north } = boxOf(rings);
  const middle = (west + east) / 2;
  const centre = { latitude: (south + north) / 2, longitude: middle > 180 ? middle - 360 : middle };
  return { centre, radius: Math.max(...rings.flat().map((position) => distanceMeters(centre, placeOf(position)))) };
}

const placeOf = ([longitude, latitude]: [number, number]): Place => ({ latitude, longitude });
const samePlace = (a: [number, number], b: [number, number]) => a[1] === b[1] && eastward(a[0], b[0]) === 0;

/** The next corner in the plane around `origin`, the short way from the one before it. */
function planeTo(a: Point, [from]: [number, number], [to, latitude]: [number, number], origin: Place): Point {
  const step = planeAround(origin, { latitude, longitude: origin.longitude + eastward(from, to) });
  return { x: a.x + step.x, y: step.y };
}

function edgesOf(ring: Ring, origin: Place): Segment[] {
  let a = planeAround(origin, placeOf(ring[0]!));
  return ring.slice(1).map((position, index): Segment => {
    const b = planeTo(a, ring[index]!, position, origin);
    const edge: Segment = [a, b];
    a = b;
    return edge;
  });
}

const shoelace = (edges: Segment[]) => edges.reduce((sum, [a, b]) => sum + a.x * b.y - b.x * a.y, 0) / 2;

/** The square of the distance of the origin from a segment. */
function squareToOrigin(a: Point, b: Point): number {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const square = x * x + y * y;
  const share = square ? Math.min(1, Math.max(0, -(a.x * x + a.y * y) / square)) : 0;
  return (a.x + share * x) ** 2 + (a.y + share * y) ** 2;
}

/** The share of the way from the origin to `end` at which it meets a segment. */
function meeting(end: Point, a: Point, b: Point): number | undefined {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const cross = end.x * y - end.y * x;
  if (cross === 0) return undefined;
  const share = (a.x * y - a.y * x) / cross;
  const along = (a.x * end.y - a.y * end.x) / cross;
  return share > 0 && share < 1 && along >= 0 && along <= 1 ? share : undefined;
}

/** Do any two edges touch, other than neighbours in the corner between them? */
function bordersMeet(rings: Segment[][]): boolean {
  const all = rings.flatMap((edges, ring) => edges.map((edge, index) => ({ edge, ring, index, of: edges.length })));
  const tree = new Flatbush(all.length);
  for (const { edge } of all) tree.add(...boxAround(edge));
  tree.finish();
  return all.some(({ edge, ring, index, of }, self) =>
    tree.search(...boxAround(edge)).some((found) => {
      if (found <= self) return false;
      const other = all[found]!;
      const neighbour =
        other.ring === ring && (other.index === index + 1 ? 'next' : index === 0 && other.index === of - 1 && 'last');
      if (neighbour === 'next') return foldsBack(edge[0], edge[1], other.edge[1]);
      if (neighbour === 'last') return foldsBack(edge[1], edge[0], other.edge[0]);
      return touch(edge, other.edge);
    }),
  );
}

const boxAround = ([a, b]: Segment): [number, number, number, number] => [
  Math.min(a.x, b.x),
  Math.min(a.y, b.y),
  Math.max(a.x, b.x),
  Math.max(a.y, b.y),
];

const turn = (a: Point, b: Point, c: Point) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));

/** Does the way a–b–c go back over itself? */
const foldsBack = (a: Point, b: Point, c: Point) =>
  turn(a, b, c) === 0 && (a.x - b.x) * (c.x - b.x) + (a.y - b.y) * (c.y - b.y) > 0;

function touch([a, b]: Segment, [c, d]: Segment): boolean {
  const [one, two, three, four] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (one !== two && three !== four) return true;
  const within = (p: Point, q: Point, r: Point) =>
    Math.min(p.x, q.x) <= r.x && r.x <= Math.max(p.x, q.x) && Math.min(p.y, q.y) <= r.y && r.y <= Math.max(p.y, q.y);
  return (
    (one === 0 && within(a, b, c)) || (two === 0 && within(a, b, d)) || (three === 0 && within(c, d, a)) || (four === 0 && within(c, d, b)) // oxfmt-ignore
  );
}
