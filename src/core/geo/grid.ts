import { hash } from 'node:crypto';
import { EARTH_RADIUS_M, type Place } from 'src/core/geo/sphere';

const METERS_A_DEGREE = (EARTH_RADIUS_M * Math.PI) / 180;

/**
 * The middle of the cell that a place lies in. The cells cover the sphere; each is at most `metres` high and wide, so that no place
 * is further than `metres` · √½ from the middle of its cell. They lie in bands of latitude; where the bands begin, and the cells in
 * each, is drawn by SHA-256 from the key: who does not know the key can't choose a border, who does learns nothing but the cell.
 * All places of a cell give the same answer, always: there is nothing to average.
 */
export function snap(place: Place, metres: number, key: string): Place {
  const height = metres / METERS_A_DEGREE;
  const shift = fraction(key, `${metres}`) * height;
  const band = Math.floor((place.latitude + 90 + shift) / height);
  const south = band * height - 90 - shift;
  const columns = columnsOf(south, height, metres);
  const turn = fraction(key, `${metres}:${band}`);
  const column = Math.floor(((place.longitude + 180) / 360) * columns + turn);
  return {
    latitude: Math.min(90, Math.max(-90, south + height / 2)),
    longitude: wrap(((column + 0.5 - turn) / columns) * 360 - 180),
  };
}

/** As many cells as the band's longest parallel needs. */
function columnsOf(south: number, height: number, metres: number): number {
  const north = south + height;
  const nearestEquator = south < 0 && north > 0 ? 0 : Math.min(Math.abs(south), Math.abs(north));
  const around = 360 * METERS_A_DEGREE * Math.max(0, Math.cos((nearestEquator * Math.PI) / 180));
  return Math.max(1, Math.ceil(around / metres));
}

/** Longitude −180…180, any number of turns away. */
const wrap = (longitude: number) => ((((longitude + 180) % 360) + 360) % 360) - 180;

/** A number of [0, 1) that only the key decides. No HMAC: nobody sees a digest that he could continue, and it takes five times as long. */
function fraction(key: string, what: string): number {
  const digest = hash('sha256', `${key}:${what}`, 'binary'); // a character for each byte
  let value = 0;
  for (let index = 0; index < 6; index++) value = value * 256 + digest.charCodeAt(index);
  return value / 2 ** 48;
}
