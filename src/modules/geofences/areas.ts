import { distanceMeters, EARTH_RADIUS_M, type Place } from 'src/core/geo/sphere';

/** A piece of a straight way: shares 0…1 of it. */
export interface Piece {
  from: number;
  to: number;
}

/** What a fence encloses, as far as the matcher has to know. */
export interface Area {
  /** How wide it is, as the radius of a circle, in metres: what is doubted is measured by it. */
  size: number;
  /** Metres of a place from the border: negative inside, 0 on it. */
  offset(place: Place): number;
  /** The longest piece inside of the straight way between two places at most some tens of kilometres apart; undefined if there is none. */
  longestPieceInside(from: Place, to: Place): Piece | undefined;
}

/** A circle: its radius in metres. */
export class CircleArea implements Area {
  constructor(
    readonly centre: Place,
    readonly size: number,
  ) {}

  offset(place: Place): number {
    return distanceMeters(this.centre, place) - this.size;
  }

  /** Solves |from + share · (to − from)| = radius in the plane that touches the centre. */
  longestPieceInside(from: Place, to: Place): Piece | undefined {
    const [start, end] = [planeAround(this.centre, from), planeAround(this.centre, to)];
    const way = { x: end.x - start.x, y: end.y - start.y };
    const a = way.x ** 2 + way.y ** 2;
    if (a === 0) return undefined;
    const halfB = start.x * way.x + start.y * way.y;
    const c = start.x ** 2 + start.y ** 2 - this.size ** 2;
    const discriminant = halfB ** 2 - a * c;
    if (discriminant <= 0) return undefined;
    const piece = {
      from: Math.max(0, (-halfB - Math.sqrt(discriminant)) / a),
      to: Math.min(1, (-halfB + Math.sqrt(discriminant)) / a),
    };
    return piece.from < piece.to ? piece : undefined;
  }
}

/** Degrees of longitude from one meridian to another, the short way: −180…180. */
export const eastward = (from: number, to: number): number => {
  const difference = to - from;
  return difference > 180 ? difference - 360 : difference < -180 ? difference + 360 : difference;
};

const METRES_OF_A_DEGREE = (Math.PI / 180) * EARTH_RADIUS_M;

/** Metres east (x) and north (y) of an origin, in the plane that touches it; true near it. */
export const planeAround = (origin: Place, place: Place): { x: number; y: number } => ({
  x: eastward(origin.longitude, place.longitude) * METRES_OF_A_DEGREE * Math.cos((origin.latitude * Math.PI) / 180),
  y: (place.latitude - origin.latitude) * METRES_OF_A_DEGREE,
});

/** The place at a share of the straight way between two. */
export function alongTheWay(from: Place, to: Place, share: number): Place {
  const longitude = from.longitude + eastward(from.longitude, to.longitude) * share;
  return {
    latitude: from.latitude + (to.latitude - from.latitude) * share,
    longitude: longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude,
  };
}
