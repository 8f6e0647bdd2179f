import type { Env } from 'src/config/env';
import { distanceMeters, type Place } from 'src/core/geo/sphere';

/** Why a point is kept but believed less: by the device's own word, by the way it would have taken, by its accuracy. */
export const FLAGS = ['mock', 'jump', 'low_accuracy'] as const;
export type Flag = (typeof FLAGS)[number];

/** Flags as a set of bits, the way they are stored: bit n is `FLAGS[n]`. */
export const toBits = (flags: readonly Flag[]): number =>
  flags.reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0);
export const fromBits = (bits: number): Flag[] => (bits ? FLAGS.filter((_, index) => bits & (1 << index)) : []);

/** A place at a moment (ms since 1970), with the metres it is probably right within. */
export interface Sighting extends Place {
  at: number;
  accuracy: number;
}

/** What is known of somebody's way. Plain data: it is kept with his live position. */
export interface Motion {
  /** The newest point that is believed. */
  believed: Sighting;
  /** The newest of the consecutive points that the believed one speaks against, and how many they are. */
  doubted?: { sighting: Sighting; count: number };
}

export interface PlausibilityLimits {
  /** Metres per second. */
  jumpSpeed: number;
  /** Metres. */
  lowAccuracy: number;
}

export const limitsOf = (
  env: Pick<Env, 'LOCATION_JUMP_SPEED' | 'LOCATION_LOW_ACCURACY_METERS'>,
): PlausibilityLimits => ({
  jumpSpeed: env.LOCATION_JUMP_SPEED,
  lowAccuracy: env.LOCATION_LOW_ACCURACY_METERS,
});

/** Where a device sends no accuracy, this is assumed when its points are judged by each other, in metres. */
const USUAL_ACCURACY_M = 30;

/** What a point says of where somebody was. */
export interface Said extends Place {
  /** Metres, if the device knows. */
  accuracy: number | null;
}

export const sightingOf = ({ latitude, longitude, accuracy }: Said, at: number): Sighting => ({
  latitude,
  longitude,
  at,
  accuracy: accuracy ?? USUAL_ACCURACY_M,
});

/** So many consecutive points that agree with each other are believed, though none agrees with what was before. */
const ENOUGH = 3;

/**
 * Judges a point by the last believed one: what would have taken more than `jumpSpeed` to reach is a jump, until enough points agree
 * that somebody is there now (he flew, or the point before was wrong). A point older than the believed one is judged in the same way,
 * but teaches nothing. Mock and inaccurate points teach nothing either. Pure.
 */
export function judge(
  motion: Motion | null,
  sighting: Sighting,
  isMock: boolean,
  { jumpSpeed, lowAccuracy }: PlausibilityLimits,
): { flags: Flag[]; motion: Motion | null } {
  const flags: Flag[] = [];
  if (isMock) flags.push('mock');
  if (sighting.accuracy > lowAccuracy) flags.push('low_accuracy');
  const reached = (from: Sighting) => speedBetween(from, sighting) <= jumpSpeed;
  const learns = flags.length === 0 && (!motion || sighting.at > newestOf(motion));
  if (!motion || reached(motion.believed)) return { flags, motion: learns ? { believed: sighting } : motion };
  if (!learns) return { flags: sorted([...flags, 'jump']), motion };
  const { doubted } = motion;
  const count = doubted && reached(doubted.sighting) ? doubted.count + 1 : 1;
  if (count >= ENOUGH) return { flags, motion: { believed: sighting } };
  return { flags: ['jump'], motion: { believed: motion.believed, doubted: { sighting, count } } };
}

/** Judges the points of a way that came as a whole, one after the other: as if each came in when the ones before it had. */
export class WayJudge {
  private motion: Motion | null = null;

  constructor(private readonly limits: PlausibilityLimits) {}

  flagsOf(point: Said & { recordedAt: Date; isMock?: boolean | undefined }): Flag[] {
    const sighting = sightingOf(point, point.recordedAt.getTime());
    const { flags, motion } = judge(this.motion, sighting, point.isMock ?? false, this.limits);
    this.motion = motion;
    return flags;
  }
}

/** Metres per second that the way between must have taken at least, if both are wrong by their accuracies; never by less than 1 s. */
export function speedBetween(a: Sighting, b: Sighting): number {
  const metres = Math.max(0, distanceMeters(a, b) - (a.accuracy + b.accuracy));
  return metres / Math.max(1, Math.abs(b.at - a.at) / 1000);
}

const newestOf = ({ believed, doubted }: Motion) => Math.max(believed.at, doubted?.sighting.at ?? -Infinity);
const sorted = (flags: Flag[]) => FLAGS.filter((flag) => flags.includes(flag));
