/** Three figures that count. */
export const shown = (value) =>
  typeof value !== 'number' || Number.isNaN(value)
    ? String(value || '')
    : value >= 1000
      ? String(Math.round(value))
      : String(Number(value.toPrecision(3)));

/** From which to which the rounds of a `ratio` lie. */
export const spread = ({ lowest, highest }) => `${shown(lowest)} to ${shown(highest)}`;

export const holds = ({ value, atLeast = -Infinity, atMost = Infinity }) => value >= atLeast && value <= atMost;

/** What a gate asks for, and what one would like beyond that. */
export const asked = ({ atLeast, atMost, stretch }) =>
  (atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`) +
  (stretch === undefined ? '' : `, better ${stretch}`);
