import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { fixOf, GpxReader, NotGpx, type GpxPoint } from 'src/modules/location/gpx';
import type { Span } from 'src/modules/location/history.dto';
import { bounded, HistoryService, MOST_DAYS } from 'src/modules/location/history.service';
import type { Fix } from 'src/modules/location/location.dto';
import { NotATrack } from 'src/modules/location/location.errors';
import { limitsOf, WayJudge, type PlausibilityLimits } from 'src/modules/location/plausibility';

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
  private readonly limits: PlausibilityLimits;

  constructor(
    private readonly histories: HistoryService,
    @Inject(ENV) env: Env,
  ) {
    this.limits = limitsOf(env);
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
    const judge = new WayJudge(this.limits);
    for await (const { isMock, ...fix } of points) if (!judge.flagsOf({ ...fix, isMock }).length) yield fix;
  }
}

async function* pointsOf(body: AsyncIterable<Buffer>): AsyncGenerator<TrailPoint> {
  const reader = new GpxReader();
  let id = 0;
  const fixes = (points: GpxPoint[]) =>
    points.flatMap((point) => {
      const fix = fixOf(point);
      id++;
      return fix ? { ...fix, id, accuracy: null } : [];
    });
  try {
    for await (const bytes of body) yield* fixes(reader.take(bytes));
    yield* fixes(reader.end());
  } catch (error) {
    throw error instanceof NotGpx ? NotATrack() : error;
  }
}
