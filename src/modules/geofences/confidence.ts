/** Below this nobody believes a device, in metres; where it tells nothing, the other is assumed. */
const LEAST_ACCURACY_M = 3;
const USUAL_ACCURACY_M = 20;
/** The radius within which 68 % of a normal distribution in the plane lie, in standard deviations along a line. */
const RADIUS_OF_68_PERCENT = Math.sqrt(-2 * Math.log(1 - 0.68));
/** So many fixes are simply wrong, whatever accuracy they claim. */
const WRONG_ANYWAY = 0.1;

/**
 * How surely a fix lies on its side of a border `offset` metres away, 0.5…1, if errors are distributed normally around it; the
 * logistic approximation of that distribution (error < 0.01; S. R. Bowling et al., 2009).
 */
export function sureness(offset: number, accuracy: number | null): number {
  const deviation = Math.max(accuracy ?? USUAL_ACCURACY_M, LEAST_ACCURACY_M) / RADIUS_OF_68_PERCENT;
  return rounded(1 / (1 + Math.exp((-1.702 * Math.abs(offset)) / deviation)));
}

/** How surely at least one of several fixes that say the same is right, if each may be simply wrong too: an estimate, 0…1. */
export const confidenceOf = (fixes: { sureness: number }[]): number =>
  rounded(1 - fixes.reduce((doubt, fix) => doubt * (1 - fix.sureness * (1 - WRONG_ANYWAY)), 1));

const rounded = (share: number) => Math.round(share * 1000) / 1000;
