import { distanceMeters } from 'src/core/geo/sphere';
import type { Precision } from 'src/modules/location/precision';
import type { ShareView } from 'src/modules/location/shares.dto';
import { finest, WITHIN } from 'test/races/stories/places/rules';
import type { Heard, Walker } from 'test/races/stories/places/walker';

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

/** A place that goes out is one where its owner was, is not hidden, and is as coarse as it should be. */
export function expectToFit(owner: Walker, said: Said, precision: Precision) {
  if (said.isPaused) return expect(said).toMatchObject({ latitude: null, longitude: null, recorded_at: null });
  const point = owner.points.find(({ recorded_at }) => recorded_at === said.recorded_at)!;
  const off = distanceMeters(point, { latitude: said.latitude!, longitude: said.longitude! });
  const { accuracy, speed = null } = said;
  const isExact = precision === 'exact';
  expect({
    said,
    precision,
    off,
    isHidden: owner.isHiddenAt(point.spot),
    isNear: off <= WITHIN[precision],
    isThere: off === 0,
    accuracy,
    speed,
  }).toMatchObject({
    isHidden: false,
    isNear: true,
    isThere: isExact,
    accuracy: isExact ? point.accuracy : WITHIN[precision],
    ...(!isExact && { speed: null }),
  });
}

/** What a share shows of its owner's history: the moments of its points, oldest first. */
export const past = (owner: Walker, { created_at }: ShareView): string[] =>
  owner.points
    .filter(({ id, spot, recorded_at }) => owner.kept.has(id) && !owner.isHiddenAt(spot) && recorded_at >= created_at)
    .sort((a, b) => (a.recorded_at < b.recorded_at ? -1 : 1))
    .filter((one, index, all) => !isSamePlace(one, all[index - 1]))
    .map(({ recorded_at }) => recorded_at);

interface Place {
  latitude: number;
  longitude: number;
}
const isSamePlace = (one: Place, before: Place | undefined) =>
  before?.latitude === one.latitude && before.longitude === one.longitude;
