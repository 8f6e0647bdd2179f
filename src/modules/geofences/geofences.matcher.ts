import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { alongTheWay, type Area } from 'src/modules/geofences/areas';
import { confidenceOf, sureness } from 'src/modules/geofences/confidence';

/** A position of the owner, with the metres that it is probably right within (68 %), if the device told. */
export interface Fix extends Place {
  id: number;
  accuracy: number | null;
  recordedAt: Date;
}

export type Side = 'inside' | 'outside';

/** A fix as a witness: when (ms since 1970), metres from the border (negative inside), and how surely it is on its side of it, 0…1. */
export interface Evidence {
  locationId: number;
  at: number;
  offset: number;
  sureness: number;
}

/** Consecutive fixes that speak for something, not yet enough of them to believe it. */
export type Pending =
  /** That the owner is on the other side. */
  | { kind: 'side'; fixes: Evidence[] }
  /** That he went through between two fixes, both outside: from before to behind, inside between two moments. */
  | { kind: 'passage'; fixes: Evidence[]; before: Place; behind: Place; enteredAt: number; leftAt: number };

/** What is known of the owner and one fence. Plain data: it is kept between fixes, and nothing else is but the fix before. */
export interface FenceState {
  side: Side | 'unknown';
  /** The first fixes alone say so, and too few of them to believe it: should others contradict, he never was there. */
  provisional: boolean;
  /** Since when he is known to be on that side, ms since 1970; null while nothing is known. */
  since: number | null;
  /** The fixes that say so. */
  evidence: Evidence[];
  /** Has he been told to stay, this time? */
  dwelled: boolean;
  /** The newest fix that has been considered. */
  fixAt: Date | null;
  pending: Pending | null;
}

/** What a fence watches for. */
export interface Watch {
  area: Area;
  /** Staying so long inside is an event. */
  dwellMs: number | null;
  /** Fixes from this moment on do not count. */
  until: Date | null;
}

/**
 * Why a crossing is believed. `fixes`: three in a row say so. `seconds`: two in a row, at least five seconds apart. `passage`: the
 * straight way between two fixes leads through. `stay`: a fix of after that time says so. `silence`: no fix says otherwise.
 */
export const REASONS = ['fixes', 'seconds', 'passage', 'stay', 'silence'] as const;

export interface Crossing {
  type: 'entry' | 'exit' | 'dwell';
  reason: (typeof REASONS)[number];
  /** How surely it is true, 0…1; see `confidence.ts`. */
  confidence: number;
  /** The fix that made it certain; of a dwell in silence, the newest one. */
  fix: Fix;
  /** Metres of `fix` from the border, negative inside. */
  offset: number;
  /** When it is certain: the time of `fix`, or the moment until which somebody had to stay. */
  certainAt: Date;
  /** When it happened: the time of the first fix beyond the border, or where the way crosses it; of a dwell, since when he is inside. */
  happenedAt: Date;
  evidence: Evidence[];
}

/** A fix that may be further off than this, and than the fence is wide, says nothing about it. */
const POOR_ACCURACY_M = 100;
/** The width of the band around the border in which nobody has left yet: a tenth of the fence's size, within these bounds. */
const BAND_M = { least: 10, most: 50 };
/** A crossing is believed after so many consecutive fixes, or after two of them so far apart. */
const ENOUGH_FIXES = 3;
const LONG_ENOUGH_MS = 5000;
/** Between fixes further apart than this nobody knows the way. */
const LONGEST_WAY = { ms: 5 * 60_000, metres: 20_000 };
/** Where somebody was longer ago says nothing about where he is when he makes a fence. */
const FRESH_MS = 5 * 60_000;

export const NOTHING_KNOWN: FenceState = {
  side: 'unknown',
  provisional: false,
  since: null,
  evidence: [],
  dwelled: false,
  fixAt: null,
  pending: null,
};

interface Step {
  state: FenceState;
  crossings: Crossing[];
}

/**
 * Follows the owner through one fix, `previous` being the one before, whatever it was worth: the new state, and the crossings that the
 * fix makes certain. Pure. A crossing needs
 * - a fix good enough for the fence: poor ones are not considered at all;
 * - a distance that the fix's own inaccuracy and the band around the border do not explain (`spokenFor`);
 * - confirmation: one fix is never enough, however accurate it claims to be. Phones that lie still report places hundreds of metres
 *   away "within 2 m"; what tells such a jump from a walk is that it does not last.
 * The first fix only settles the side, silently: being inside is no entry. Until enough fixes in a row have said the same, that side is
 * provisional: the first may have been such a jump, so if as many say the opposite, that settles it, as silently.
 * A fix not newer than the last one considered changes nothing, so late and repeated ones raise nothing.
 */
export function follow(watch: Watch, state: FenceState, fix: Fix, previous?: Fix): Step {
  const nothing = { state, crossings: [] };
  if (state.fixAt && fix.recordedAt <= state.fixAt) return nothing;
  if (watch.until && fix.recordedAt >= watch.until) return nothing;
  if (isPoor(watch.area, fix)) return nothing;
  const offset = watch.area.offset(fix);
  const witness = evidenceOf(fix, offset);
  const side = spokenFor(watch.area, fix, offset);
  const seen = { ...state, ...(side === state.side && borneOut(state, witness)), fixAt: fix.recordedAt };
  if (state.side === 'unknown') {
    const first: Side = offset <= 0 ? 'inside' : 'outside';
    const known = { side: first, provisional: true, since: witness.at, evidence: [witness] };
    return { state: { ...seen, ...known }, crossings: [] };
  }
  if (state.side === 'outside' && side === 'outside') return followOutside(watch, seen, fix, witness, previous, state);
  if (side === state.side || side === undefined)
    return stay(watch, { ...seen, pending: null }, { fix, witness, previous });
  const stayed = state.pending ? { state: seen, crossings: [] } : stay(watch, seen, { fix, witness, previous });
  const fixes = [...(state.pending?.kind === 'side' ? state.pending.fixes : []), witness];
  const reason = confirmed(fixes);
  if (!reason) return { ...stayed, state: { ...stayed.state, pending: { kind: 'side', fixes } } };
  const settled: FenceState = {
    ...seen,
    ...{ side, provisional: false, since: fixes[0]!.at, evidence: fixes, dwelled: false, pending: null },
  };
  if (state.provisional) return { state: settled, crossings: [] };
  const crossing: Crossing = {
    type: side === 'inside' ? 'entry' : 'exit',
    reason,
    confidence: confidenceOf(fixes),
    fix,
    offset,
    certainAt: fix.recordedAt,
    happenedAt: new Date(fixes[0]!.at),
    evidence: fixes,
  };
  return { state: settled, crossings: [...stayed.crossings, crossing] };
}

/** What another fix that says the same makes of a provisional side: enough is what comes in a row, not what comes back. */
function borneOut({ provisional, fixAt, evidence }: FenceState, witness: Evidence): Partial<FenceState> {
  if (!provisional) return {};
  const fixes = evidence.at(-1)?.at === fixAt?.getTime() ? [...evidence, witness] : [witness];
  return { evidence: fixes, provisional: !confirmed(fixes) };
}

/** Follows the owner through several fixes, oldest first; `previous` is the one before them. */
export function followAll(watch: Watch, state: FenceState, fixes: readonly Fix[], previous?: Fix): Step {
  const crossings: Crossing[] = [];
  let [current, before] = [state, previous];
  for (const fix of fixes) {
    const step = follow(watch, current, fix, before);
    current = step.state;
    before = fix;
    crossings.push(...step.crossings);
  }
  return { state: current, crossings };
}

/** May the fix be further off than the fence is wide? */
export const isPoor = ({ size }: Area, { accuracy }: Fix): boolean =>
  accuracy !== null && accuracy > Math.max(size, POOR_ACCURACY_M);

/**
 * The side that a fix speaks for; undefined in the band between. Inside: even if it is off by half its accuracy (but a fence smaller
 * than that has its inner half). Outside: even if it is off by its whole accuracy, and beyond the band in any case. Leaving is
 * harder to believe than arriving, because a place where somebody stays yields thousands of fixes and each may be wrong. A device
 * that tells no accuracy is taken at its word.
 */
export function spokenFor({ size }: Area, { accuracy }: Pick<Fix, 'accuracy'>, offset: number): Side | undefined {
  const doubt = accuracy ?? 0;
  const band = Math.min(Math.max(size / 10, BAND_M.least), BAND_M.most);
  if (offset <= -Math.min(doubt, size) / 2) return 'inside';
  if (offset > Math.max(doubt, band)) return 'outside';
  return undefined;
}

/** When somebody will have stayed long enough, if he stays (ms since 1970); undefined if that is no event, or was one already. */
export function dwellDueAt(
  { dwellMs, until }: Omit<Watch, 'area'>,
  { side, since, dwelled }: FenceState,
): number | undefined {
  if (side !== 'inside' || since === null || dwelled || dwellMs === null) return undefined;
  const due = since + dwellMs;
  return until && due >= until.getTime() ? undefined : due;
}

/** The same at a moment of silence, `newest` being the last fix there is: he is taken to have stayed if none speaks against it. */
export function dwellInSilence(watch: Watch, state: FenceState, newest: Fix, now: Date): Step {
  const due = dwellDueAt(watch, state);
  const left = state.pending?.fixes[0]?.at ?? Infinity;
  if (due === undefined || now.getTime() < due || left < due) return { state, crossings: [] };
  const offset = watch.area.offset(newest);
  const confidence = confidenceOf(state.evidence) / 2;
  return dwell(state, { reason: 'silence', confidence, fix: newest, offset, evidence: state.evidence }, due);
}

/** What is known of a fence that is new, moved or switched on again: the side of the newest fix, if that is of now. */
export function initialState(watch: Watch, newest: { fix: Fix; ageMs: number } | undefined): FenceState {
  const unknown = { ...NOTHING_KNOWN, fixAt: newest?.fix.recordedAt ?? null };
  if (!newest || newest.ageMs > FRESH_MS) return unknown;
  // it is the newest, so nothing before it may count
  return { ...follow(watch, NOTHING_KNOWN, newest.fix).state, fixAt: newest.fix.recordedAt };
}

interface Seen {
  fix: Fix;
  witness: Evidence;
  previous: Fix | undefined;
}

/** Has he stayed long enough by the time of this fix? If it is the first to say that he is gone, nobody knows: as in silence. */
function stay(watch: Watch, state: FenceState, { fix, witness, previous }: Seen): Step {
  const due = dwellDueAt(watch, state);
  if (due === undefined || witness.at < due) return { state, crossings: [] };
  if (spokenFor(watch.area, fix, witness.offset) === 'outside')
    return dwellInSilence(watch, state, previous ?? fix, fix.recordedAt);
  const evidence = [...state.evidence.filter((one) => one !== witness), witness];
  return dwell(
    state,
    { reason: 'stay', confidence: confidenceOf(evidence), fix, offset: witness.offset, evidence },
    due,
  );
}

type Dwell = Pick<Crossing, 'reason' | 'confidence' | 'fix' | 'offset' | 'evidence'>;

const dwell = (state: FenceState, of: Dwell, due: number): Step => ({
  // what has been told is not taken back in silence
  state: { ...state, provisional: false, dwelled: true },
  crossings: [{ type: 'dwell', ...of, certainAt: new Date(due), happenedAt: new Date(state.since!) }],
});

/** Somebody outside is outside again: did he go through? Believed when the fixes after that are behind the fence and not before it. */
function followOutside(
  watch: Watch,
  seen: FenceState,
  fix: Fix,
  witness: Evidence,
  previous: Fix | undefined,
  state: FenceState,
): Step {
  const { pending } = state;
  if (pending?.kind !== 'passage')
    return { state: { ...seen, pending: beginPassage(watch, state, fix, witness, previous) }, crossings: [] };
  if (distanceMeters(fix, pending.behind) >= distanceMeters(fix, pending.before))
    return { state: { ...seen, pending: null }, crossings: [] };
  const fixes = [...pending.fixes, witness];
  // the first of them lies before the fence
  if (!confirmed(fixes.slice(1))) return { state: { ...seen, pending: { ...pending, fixes } }, crossings: [] };
  const of = {
    reason: 'passage' as const,
    confidence: Math.min(...fixes.map(({ sureness }) => sureness)) / 2,
    fix,
    offset: witness.offset,
    certainAt: fix.recordedAt,
    evidence: fixes,
  };
  return {
    state: {
      ...seen,
      provisional: false,
      since: Math.round(pending.leftAt),
      evidence: fixes,
      dwelled: false,
      pending: null,
    },
    crossings: [
      { type: 'entry', ...of, happenedAt: new Date(pending.enteredAt) },
      { type: 'exit', ...of, happenedAt: new Date(pending.leftAt) },
    ],
  };
}

/** Does the straight way from the fix before lead so deep through the area that both fixes' inaccuracy does not explain it? */
function beginPassage(
  { area }: Watch,
  state: FenceState,
  fix: Fix,
  witness: Evidence,
  previous: Fix | undefined,
): Pending | null {
  if (!previous || isPoor(area, previous)) return null;
  const [from, to] = [previous.recordedAt.getTime(), witness.at];
  // what was before the fence, or is the only one to say that he was outside, is nothing to start from
  if (from <= state.since! || to - from > LONGEST_WAY.ms || distanceMeters(previous, fix) > LONGEST_WAY.metres)
    return null;
  const offset = area.offset(previous);
  if (spokenFor(area, previous, offset) !== 'outside') return null;
  const piece = area.longestPieceInside(previous, fix);
  if (!piece) return null;
  const deepest = area.offset(alongTheWay(previous, fix, (piece.from + piece.to) / 2));
  const accuracy = Math.max(previous.accuracy ?? 0, fix.accuracy ?? 0);
  if (spokenFor(area, { accuracy }, deepest) !== 'inside') return null;
  const timeOf = (share: number) => Math.round(from + share * (to - from));
  return {
    kind: 'passage',
    fixes: [evidenceOf(previous, offset), witness],
    before: { latitude: previous.latitude, longitude: previous.longitude },
    behind: { latitude: fix.latitude, longitude: fix.longitude },
    enteredAt: timeOf(piece.from),
    leftAt: timeOf(piece.to),
  };
}

const evidenceOf = ({ id, accuracy, recordedAt }: Fix, offset: number): Evidence => ({
  locationId: id,
  at: recordedAt.getTime(),
  offset: Math.round(offset * 10) / 10 || 0, // no -0, which is not kept
  sureness: sureness(offset, accuracy),
});

/** Are these consecutive fixes enough, and why? */
export function confirmed(fixes: Pick<Evidence, 'at'>[]): 'fixes' | 'seconds' | undefined {
  if (fixes.length >= ENOUGH_FIXES) return 'fixes';
  if (fixes.length >= 2 && fixes.at(-1)!.at - fixes[0]!.at >= LONG_ENOUGH_MS) return 'seconds';
  return undefined;
}
