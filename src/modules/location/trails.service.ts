import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { GpxReader, NotGpx, type GpxPoint } from 'src/modules/location/gpx';
import type { Span } from 'src/modules/location/history.dto';
import { bounded, HistoryService, MOST_DAYS } from 'src/modules/location/history.service';
import type { Fix } from 'src/modules/location/location.dto';
import { NotATrack } from 'src/modules/location/location.errors';
import { judge, type Motion } from 'src/modules/location/plausibility';
import { USUAL_ACCURACY_M } from 'src/modules/location/points.intake';

/** A point of a way that was never taken in: whether the device says that it is made up, if it says anything. */
export interface TrailPoint extends Fix {
  isMock?: boolean | undefined;
}

/**
 * Ways that somebody has gone, for rules that are tried on them: the points worth believing, oldest first as they are in their
 * source, some at a time. What is not believed when it comes in (`mock`, `jump`, `low_accuracy`) is left out here by the same judge.
 */
@Injectable()
export class TrailsService {
  private readonly limits: { jumpSpeed: number; lowAccuracy: number };

  constructor(
    private readonly histories: HistoryService,
    @Inject(ENV) env: Env,
  ) {
    this.limits = { jumpSpeed: env.LOCATION_JUMP_SPEED, lowAccuracy: env.LOCATION_LOW_ACCURACY_METERS };
  }

  /** The caller's own history of a span, up to 366 days before its end. Throws `location.span_too_long`. */
  async *ofHistory(user: Principal, span: Span): AsyncGenerator<Fix> {
    const { from, to } = bounded(span, MOST_DAYS);
    const query = { start: from, end: to, format: 'json' as const, limit: 1 };
    for await (const { id, latitude, longitude, accuracy, recorded_at, flags } of this.histories.stream(
      user,
      user.userId,
      query,
    ))
      if (!flags) yield { id, latitude, longitude, accuracy, recordedAt: recorded_at };
  }

  /** The points of a GPX file, numbered from 1 as they stand in it; of those without a time nothing is known. Throws `location.not_a_track`. */
  async *ofGpx(body: AsyncIterable<Buffer>): AsyncGenerator<Fix> {
    yield* this.judged(pointsOf(body));
  }

  /** Points as if they came in now, one after the other. */
  async *judged(points: AsyncIterable<TrailPoint> | Iterable<TrailPoint>): AsyncGenerator<Fix> {
    let motion: Motion | null = null;
    for await (const { isMock = false, ...fix } of points) {
      const { latitude, longitude, accuracy, recordedAt } = fix;
      const sighting = { latitude, longitude, accuracy: accuracy ?? USUAL_ACCURACY_M, at: recordedAt.getTime() };
      const judged = judge(motion, sighting, isMock, this.limits);
      motion = judged.motion;
      if (!judged.flags.length) yield fix;
    }
  }
}

async function* pointsOf(body: AsyncIterable<Buffer>): AsyncGenerator<TrailPoint> {
  const reader = new GpxReader();
  let id = 0;
  const fixes = (points: GpxPoint[]) => points.flatMap((point) => fixOf(point, ++id) ?? []);
  try {
    for await (const bytes of body) yield* fixes(reader.take(bytes));
    yield* fixes(reader.end());
  } catch (error) {
    throw error instanceof NotGpx ? NotATrack() : error;
  }
}

function fixOf({ latitude, longitude, time }: GpxPoint, id: number): TrailPoint | undefined {
  const recordedAt = new Date(time ?? NaN);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || Number.isNaN(recordedAt.getTime())) return undefined;
  return { id, latitude, longitude, accuracy: null, recordedAt };
}
