import { DateTime } from 'luxon';
import { distanceMeters, type Place } from 'src/core/geo/sphere';

/** A point of a track: ms since 1970, the metres it is probably right within. */
export interface TrackPoint extends Place {
  at: number;
  accuracy: number | null;
}

export interface DayStats {
  /** ISO date in the time zone asked for. */
  date: string;
  points: number;
  distanceMeters: number;
  movingSeconds: number;
}

export interface Visited extends Place {
  visits: number;
  seconds: number;
}

/** Nearer than this (and than the point is right within) nobody has moved: phones that lie still wander. */
const LEAST_STEP_M = 20;
/** After a longer silence nobody knows the way. */
const LONGEST_GAP_MS = 15 * 60_000;
/** Slower than this is standing. */
const STANDING_M_S = 0.3;
/** Who stays within so many metres for so long is at a place. */
const STAY_M = 100;
const STAY_MS = 10 * 60_000;
const MOST_PLACES = 500;

/**
 * Distance, time in motion and places of a track, by the days of a time zone. Points come oldest first, one by one; what is kept in
 * mind is a line a day and a line a place, however long the track is.
 */
export class TrackStats {
  readonly days: DayStats[] = [];
  readonly places: Visited[] = [];
  private dayEnds = -Infinity;
  private reached: TrackPoint | undefined;
  private stay: { centre: Place; since: number; until: number } | undefined;

  constructor(private readonly zone: string) {}

  add(point: TrackPoint) {
    const day = this.dayOf(point.at);
    day.points++;
    this.walk(point, day);
    this.rest(point);
  }

  /** Call it after the last point. */
  end() {
    this.leave();
    this.places.sort((a, b) => b.seconds - a.seconds);
  }

  private walk(point: TrackPoint, day: DayStats) {
    const from = this.reached;
    if (!from) {
      this.reached = point;
      return;
    }
    const step = distanceMeters(from, point);
    const least = Math.max(LEAST_STEP_M, point.accuracy ?? 0, from.accuracy ?? 0);
    const gap = point.at - from.at;
    if (gap <= LONGEST_GAP_MS && step < least) {
      // he has stood here, and sets out now at the earliest
      if (gap / 1000 > least / STANDING_M_S) this.reached = { ...from, at: point.at };
      return;
    }
    this.reached = point;
    if (gap > LONGEST_GAP_MS) return;
    day.distanceMeters += step;
    if (step / Math.max(1, gap / 1000) >= STANDING_M_S) day.movingSeconds += gap / 1000;
  }

  private rest(point: TrackPoint) {
    if (this.stay && distanceMeters(this.stay.centre, point) <= STAY_M) {
      this.stay.until = point.at;
      return;
    }
    this.leave();
    this.stay = { centre: { latitude: point.latitude, longitude: point.longitude }, since: point.at, until: point.at };
  }

  private leave() {
    const { stay } = this;
    this.stay = undefined;
    if (!stay || stay.until - stay.since < STAY_MS) return;
    const seconds = (stay.until - stay.since) / 1000;
    const known = this.places.find((place) => distanceMeters(place, stay.centre) <= 2 * STAY_M);
    if (known) {
      known.visits++;
      known.seconds += seconds;
    } else if (this.places.length < MOST_PLACES) {
      this.places.push({ ...stay.centre, visits: 1, seconds });
    }
  }

  private dayOf(at: number): DayStats {
    if (at >= this.dayEnds) {
      const day = DateTime.fromMillis(at, { zone: this.zone });
      this.dayEnds = day.endOf('day').toMillis() + 1;
      this.days.push({ date: day.toISODate()!, points: 0, distanceMeters: 0, movingSeconds: 0 });
    }
    return this.days.at(-1)!;
  }
}
