import { snap } from 'src/core/geo/grid';
import type { Place } from 'src/core/geo/sphere';

/** How much of a position is shown, finest first. */
export const PRECISIONS = ['exact', 'street', 'neighbourhood', 'city'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The cells of each precision, in metres; each is drawn upon the one before. */
const CELLS = [
  ['street', 100],
  ['neighbourhood', 1000],
  ['city', 10_000],
] as const;

/** Below 0 if the first shows more, 0 if both show the same. */
export const byFineness = (a: Precision, b: Precision): number => PRECISIONS.indexOf(a) - PRECISIONS.indexOf(b);
export const isFiner = (a: Precision, b: Precision): boolean => byFineness(a, b) < 0;

/**
 * What is shown of a place at a precision, and the metres it is right within; undefined for `exact`. The key is the owner's and not
 * the share's: were the borders drawn anew for each share, who is let in again and again, or under many names, could lay the cells
 * over each other and be left with a small one. For the same reason a coarse place is made from the finer one: two who see the same
 * person at different precisions know together no more than the one who sees him best.
 */
export function coarsen(place: Place, precision: Precision, key: string): (Place & { within: number }) | undefined {
  if (precision === 'exact') return undefined;
  let [shown, within] = [place, 0];
  for (const [name, metres] of CELLS) {
    shown = snap(shown, metres, key);
    within += metres * Math.SQRT1_2;
    if (name === precision) break;
  }
  // a device shows no more than centimetres anyhow, and a tail of digits looks like precision
  const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
  return { latitude: round(shown.latitude), longitude: round(shown.longitude), within: Math.ceil(within) };
}
