/** The ends of the bands, in metres. No end is nearer than the cell that a person is known to be in is wide. */
const ENDS = [1000, 2000, 5000, 10_000, 20_000, 50_000] as const;

export interface Band {
  from_meters: number;
  to_meters: number;
}

/** The band that a distance lies in, its end included; undefined beyond the last. */
export function bandOf(metres: number): Band | undefined {
  const index = ENDS.findIndex((end) => metres <= end);
  return index === -1 ? undefined : { from_meters: ENDS[index - 1] ?? 0, to_meters: ENDS[index]! };
}
