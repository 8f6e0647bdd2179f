import { distanceMeters } from 'src/core/geo/sphere';
import type { Precision } from 'src/modules/location/precision';
import type { ShareView } from 'src/modules/location/shares.dto';
import { finest, WITHIN } from 'test/races/stories/places/rules';
import type { Heard, Walker } from 'test/races/stories/places/walker';
import { must } from 'test/races/stories/story';

/** A place of somebody's that came by some way. */
export interface Said
  extends Partial<Pick<Heard, 'speed'>>, Pick<Heard, 'recorded_at' | 'latitude' | 'longitude' | 'accuracy'> {
  /** Only that there is one. */
  isPaused?: boolean;
}

/** The newest of the owner as the finest of these shares shows it; if several are as fine, by the one that was said. */
export function wanted(owner: Walker, shares: ShareView[], said: Heard | undefined) {
  const best = finest(shares);
  const { id, precision } = best.find((share) => share.id === said?.share_id) ?? best[0]!;
  const { spot, recorded_at } = owner.newest!;
  const isPaused = owner.isHiddenAt(spot);
  return { share_id: id, precision, isPaused, recorded_at: isPaused ? null : recorded_at };
}

/** What was said, as far as `wanted` tells it. */
export const brief = (said: Heard | undefined) =>
  said && {
    share_id: said.share_id,
    precision: said.precision,
    isPaused: said.state === 'paused',
    recorded_at: said.recorded_at,
  };

/** What a client holds of somebody: what is older than that it ignores. */
export const held = (heard: Heard[]) =>
  heard.reduce<Heard | undefined>((a, b) => (a && (a.recorded_at ?? '') > (b.recorded_at ?? 'z') ? a : b), undefined);

/** When it was looked what may be seen; unknown of what is paused. */
export const seenAt = ({ recorded_at, age_ms }: Heard) =>
  recorded_at === null ? 0 : Date.parse(recorded_at) + age_ms!;

/** A place that goes out is one where its owner was, is as coarse as it should be, and is not hidden, unless it may have been told before that. */
export function expectToFit(owner: Walker, said: Said, precision: Precision, mayBeOld = false) {
  if (said.isPaused) return must('it is nowhere', said.latitude === null && said.recorded_at === null, said);
  const point = owner.points.find(({ recorded_at }) => recorded_at === said.recorded_at)!;
  const off = distanceMeters(point, { latitude: said.latitude!, longitude: said.longitude! });
  const of = { owner: owner.name, said, precision, point, off };
  must('it is not hidden', mayBeOld || !owner.isHiddenAt(point.spot), of);
  const isExact = precision === 'exact';
  must('it is as near as it should be, and no nearer', isExact ? off === 0 : off > 0 && off <= WITHIN[precision], of);
  must('it says how near', said.accuracy === (isExact ? point.accuracy : WITHIN[precision]), of);
  must('it tells no more', isExact || (said.speed ?? null) === null, of);
}

/** The share by which a point of this moment is shown: the finest that had begun by then. `shares` are in the order of how fine they are. */
export const shareAt = (shares: ShareView[], at: string) => shares.find(({ created_at }) => created_at <= at);

/** What shares show of their owner's history: the moments of its points, oldest first. */
export const past = (owner: Walker, shares: ShareView[]): string[] => {
  const shown = ({ recorded_at: at }: { recorded_at: string }) => shareAt(shares, at)?.precision;
  return (
    owner.points
      .filter((one) => owner.kept.has(one.id) && !owner.isHiddenAt(one.spot) && shown(one))
      .sort((a, b) => (a.recorded_at < b.recorded_at ? -1 : 1))
      // who stays where he is comes into view anew when a finer share begins
      .filter((one, index, all) => !isSamePlace(one, all[index - 1]) || shown(one) !== shown(all[index - 1]!))
      .map(({ recorded_at }) => recorded_at)
  );
};

interface Place {
  latitude: number;
  longitude: number;
}
const isSamePlace = (one: Place, before: Place | undefined) =>
  before?.latitude === one.latitude && before.longitude === one.longitude;
