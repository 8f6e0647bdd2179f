import { distanceMeters, type Place } from 'src/core/geo/sphere';

/** A circle: its centre in WGS 84 degrees, its radius in metres. */
export interface Circle extends Place {
  radius: number;
}

/** A position of the owner, with the metres that it is probably right within (68 %), if the device told. */
export interface Fix extends Place {
  id: number;
  accuracy: number | null;
  recordedAt: Date;
}

export type Side = 'inside' | 'outside';

/** What is known of the owner and one fence. Plain data: it is kept between fixes, and nothing else is. */
export interface FenceState {
  side: Side | 'unknown';
  /** The newest fix that has been considered. */
  fixAt: Date | null;
  /** Consecutive fixes that speak for the other side, not yet enough of them to believe it. */
  pending: { since: Date; locationId: number; fixes: number } | null;
}

export interface Crossing {
  type: 'entry' | 'exit';
  /** The fix that made it certain. */
  fix: Fix;
  /** The first of the consecutive fixes beyond the border: when it was crossed. */
  crossedAt: Date;
  firstLocationId: number;
  /** Metres of `fix` from the centre. */
  distance: number;
}

/** A fix that may be further off than this, and than the radius, says nothing about a fence. */
const POOR_ACCURACY_M = 100;
/** The width of the band around the border in which nobody has left yet: a tenth of the radius, within these bounds. */
const BAND_M = { least: 10, most: 50 };
/** A crossing is believed after so many consecutive fixes, or after two of them so far apart. */
const ENOUGH_FIXES = 3;
const LONG_ENOUGH_MS = 5000;

/**
 * Follows the owner through one fix: the new state, and the crossing that the fix makes certain, if it does. Pure. A crossing needs
 * - a fix good enough for the fence: poor ones are not considered at all;
 * - a distance that the fix's own inaccuracy and the band around the border do not explain (`spokenFor`);
 * - confirmation: one fix is never enough, however accurate it claims to be. Phones that lie still report places hundreds of metres
 *   away "within 2 m"; what tells such a jump from a walk is that it does not last.
 * The first fix only settles the side, silently: being inside is no entry. A fix not newer than the last one considered changes
 * nothing, so late and repeated ones raise nothing.
 */
export function follow(
  circle: Circle,
  state: FenceState,
  fix: Fix,
): { state: FenceState; crossing?: Crossing | undefined } {
  if (state.fixAt && fix.recordedAt <= state.fixAt) return { state };
  if (isPoor(circle, fix)) return { state };
  const fixAt = fix.recordedAt;
  const distance = distanceMeters(circle, fix);
  if (state.side === 'unknown') {
    const side = distance <= circle.radius ? 'inside' : 'outside';
    return { state: { side, fixAt, pending: null } };
  }
  const side = spokenFor(circle, fix, distance);
  if (side === undefined || side === state.side) return { state: { side: state.side, fixAt, pending: null } };
  const pending = {
    since: state.pending?.since ?? fixAt,
    locationId: state.pending?.locationId ?? fix.id,
    fixes: (state.pending?.fixes ?? 0) + 1,
  };
  if (!isConfirmed(pending, fixAt)) return { state: { side: state.side, fixAt, pending } };
  const crossing: Crossing = {
    type: side === 'inside' ? 'entry' : 'exit',
    fix,
    crossedAt: pending.since,
    firstLocationId: pending.locationId,
    distance,
  };
  return { state: { side, fixAt, pending: null }, crossing };
}

/** Follows the owner through several fixes, oldest first. */
export function followAll(circle: Circle, state: FenceState, fixes: readonly Fix[]) {
  const crossings: Crossing[] = [];
  let current = state;
  for (const fix of fixes) {
    const step = follow(circle, current, fix);
    current = step.state;
    if (step.crossing) crossings.push(step.crossing);
  }
  return { state: current, crossings };
}

/** May the fix be further off than the fence is wide? */
export const isPoor = ({ radius }: Circle, { accuracy }: Fix): boolean =>
  accuracy !== null && accuracy > Math.max(radius, POOR_ACCURACY_M);

/**
 * The side that a fix speaks for; undefined in the band between. Inside: even if it is off by half its accuracy (but a fence smaller
 * than that has its inner half). Outside: even if it is off by its whole accuracy, and beyond the band in any case. Leaving is
 * harder to believe than arriving, because a place where somebody stays yields thousands of fixes and each may be wrong. A device
 * that tells no accuracy is taken at its word.
 */
export function spokenFor({ radius }: Circle, { accuracy }: Fix, distance: number): Side | undefined {
  const doubt = accuracy ?? 0;
  const band = Math.min(Math.max(radius / 10, BAND_M.least), BAND_M.most);
  if (distance <= radius - Math.min(doubt, radius) / 2) return 'inside';
  if (distance > radius + Math.max(doubt, band)) return 'outside';
  return undefined;
}

const isConfirmed = ({ fixes, since }: NonNullable<FenceState['pending']>, at: Date) =>
  fixes >= ENOUGH_FIXES || (fixes >= 2 && at.getTime() - since.getTime() >= LONG_ENOUGH_MS);

/** What is known of a fence that is new, moved or switched on again: the side of the newest fix, if that is of now. */
export function initialState(circle: Circle, newest: { fix: Fix; ageMs: number } | undefined): FenceState {
  const unknown: FenceState = { side: 'unknown', fixAt: newest?.fix.recordedAt ?? null, pending: null };
  if (!newest || newest.ageMs > FRESH_MS) return unknown;
  // it is the newest, so nothing before it may count
  return { ...follow(circle, { ...unknown, fixAt: null }, newest.fix).state, fixAt: newest.fix.recordedAt };
}

/** Where somebody was longer ago says nothing about where he is when he makes a fence. */
const FRESH_MS = 5 * 60_000;
