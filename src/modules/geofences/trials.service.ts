import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { Principal } from 'src/core/context/context';
import { toCrossingRow } from 'src/modules/geofences/chronicle.service';
import { toCrossingView, toFence, type Fence } from 'src/modules/geofences/geofences.dto';
import { TrackTooLarge } from 'src/modules/geofences/geofences.errors';
import { follow, NOTHING_KNOWN, type Fix } from 'src/modules/geofences/geofences.matcher';
import { checked, GeofencesService } from 'src/modules/geofences/geofences.service';
import { toFixes, type ChosenFence, type TrialView, type TryGeofence } from 'src/modules/geofences/trials.dto';
import { watchOf } from 'src/modules/geofences/watch';
import { TrailsService } from 'src/modules/location/trails.service';

const LARGEST_TRACK = 50 * 1024 * 1024;
/** Nobody reads more of them, and an answer is in memory whole. */
const MOST_EVENTS = 1000;
/** Others get a turn after so many points. */
const PIECE = 500;

/** Has who asked gone, so that nobody reads the answer? */
type IsGone = () => boolean;

/** What a fence would have told of; nothing is kept. Of silence it knows only what comes before another point. */
@Injectable()
export class TrialsService {
  constructor(
    private readonly geofences: GeofencesService,
    private readonly trails: TrailsService,
  ) {}

  /** On the points given, or on the caller's own history of a span. Throws `location.span_too_long`. */
  async try(user: Principal, { points, start, end, ...chosen }: TryGeofence, isGone: IsGone): Promise<TrialView> {
    const fence = await this.fenceOf(user, chosen);
    const trail = points
      ? this.trails.judged(toFixes(points))
      : this.trails.ofHistory(user, { from: start ?? null, to: end ?? null });
    return run(fence, trail, isGone);
  }

  /** On a GPX file. Throws `location.not_a_track`, `geofence.track_too_large`. */
  async tryTrack(user: Principal, chosen: ChosenFence, track: Readable, isGone: IsGone): Promise<TrialView> {
    const fence = await this.fenceOf(user, chosen);
    return run(fence, this.trails.ofGpx(upTo(LARGEST_TRACK, track)), isGone);
  }

  private async fenceOf(user: Principal, { geofence, geofence_id: id }: ChosenFence): Promise<Fence> {
    return geofence ? checked(toFence(geofence, {})) : this.geofences.drawnBy(user, id!);
  }
}

async function run(fence: Fence, trail: AsyncIterable<Fix>, isGone: IsGone): Promise<TrialView> {
  const watch = watchOf(fence);
  const centre = { latitude: fence.centerLatitude, longitude: fence.centerLongitude };
  const events: TrialView['events'] = [];
  let [state, previous, points] = [NOTHING_KNOWN, undefined as Fix | undefined, 0];
  for await (const fix of trail) {
    const step = follow(watch, state, fix, previous);
    for (const crossing of step.crossings) {
      if (events.length === MOST_EVENTS) return { events, points, is_complete: false, is_inside: null };
      events.push(toCrossingView(toCrossingRow(crossing, centre)));
    }
    // what comes late is left out in life too
    if (!previous || fix.recordedAt > previous.recordedAt) previous = fix;
    state = step.state;
    if (++points % PIECE) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (isGone()) return { events, points, is_complete: false, is_inside: null };
  }
  return { events, points, is_complete: true, is_inside: state.side === 'unknown' ? null : state.side === 'inside' };
}

/** All bytes; fails as soon as there are more than so many. */
async function* upTo(limit: number, body: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const bytes of body as AsyncIterable<Buffer>) {
    size += bytes.length;
    if (size > limit) throw TrackTooLarge({ limit });
    yield bytes;
  }
}
