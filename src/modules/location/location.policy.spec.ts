import fc from 'fast-check';
import { distanceMeters } from 'src/core/geo/sphere';
import { disclose, show, type SharedPosition } from 'src/modules/location/location.policy';
import { PRECISIONS } from 'src/modules/location/precision';

const LIMITS = { delayedMs: 60_000, staleMs: 600_000 };
const shared: SharedPosition = {
  share_id: 7,
  viewer_id: '0199c5a0-7d2e-7b61-9d3c-000000000002',
  user_id: '0199c5a0-7d2e-7b61-9d3c-000000000001',
  location_id: 1,
  precision: 'exact',
  parted: false,
  grid_key: 'a key',
  private_places: [],
  latitude: 45.7722,
  longitude: 14.3577,
  accuracy: 8,
  altitude: 560,
  speed: 1.4,
  heading: 92,
  recorded_at: new Date('2026-01-31T09:30:00Z'),
  is_active: true,
  expires_at: new Date('2026-01-31T10:00:00Z'),
  at: new Date('2026-01-31T09:30:05Z'),
};
const seen = (change: Partial<SharedPosition>) => disclose({ ...shared, ...change }, LIMITS);

test('an exact share shows the whole position, its age and state, and when the share ends', () => {
  expect(seen({})).toEqual({
    user_id: shared.user_id,
    share_id: 7,
    share_expires_at: '2026-01-31T10:00:00.000Z',
    precision: 'exact',
    state: 'live',
    latitude: 45.7722,
    longitude: 14.3577,
    accuracy: 8,
    altitude: 560,
    speed: 1.4,
    heading: 92,
    recorded_at: '2026-01-31T09:30:00.000Z',
    timestamp: '2026-01-31T09:30:00.000Z',
    age_ms: 5000,
  });
});

test('a coarse share shows the middle of a cell, how coarse it is, and nothing else that tells of the place', () => {
  for (const precision of PRECISIONS.slice(1)) {
    const view = seen({ precision })!;
    expect(view).toMatchObject({ precision, altitude: null, speed: null, heading: null, age_ms: 5000 });
    expect(view.latitude).not.toBe(shared.latitude);
    const place = { latitude: view.latitude!, longitude: view.longitude! };
    expect(distanceMeters(shared, place)).toBeLessThanOrEqual(view.accuracy! + 1);
  }
});

test('at the very moment of its end a share shows nothing; nor does one that was stopped, or parted', () => {
  expect(seen({ at: new Date('2026-01-31T09:59:59.999Z') })).toBeDefined();
  expect(seen({ at: shared.expires_at! })).toBeUndefined();
  expect(seen({ is_active: false })).toBeUndefined();
  expect(seen({ parted: true })).toBeUndefined();
  expect(seen({ expires_at: null, at: new Date('2036-01-31T09:30:00Z') })).toBeDefined();
  expect(show({ ...shared, is_active: false }, shared, shared)).toBeUndefined();
});

test('at a private place nothing is given but that it is paused', () => {
  const home = { latitude: 45.7722, longitude: 14.3577, radius: 100, key: 'home' };
  expect(seen({ private_places: [home] })).toEqual({
    user_id: shared.user_id,
    share_id: 7,
    share_expires_at: '2026-01-31T10:00:00.000Z',
    precision: 'exact',
    state: 'paused',
    ...Object.fromEntries(
      ['latitude', 'longitude', 'accuracy', 'altitude', 'speed', 'heading', 'recorded_at', 'timestamp', 'age_ms'].map(
        (key) => [key, null],
      ),
    ),
  });
  expect(seen({ private_places: [{ ...home, latitude: 45.8 }] })!.state).toBe('live');
});

test('the state follows from the age alone, by the server’s clock', () => {
  const aged = (seconds: number) =>
    seen({ expires_at: null, at: new Date(shared.recorded_at.getTime() + seconds * 1000) })!.state;
  expect([0, 59.9, 60, 599.9, 600, 1e6].map(aged)).toEqual(['live', 'live', 'delayed', 'delayed', 'stale', 'stale']);
});

test('whatever the times, it shows something exactly while the share is live, and no age is negative', () => {
  const moment = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-01-02'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, moment, moment, fc.boolean(), (at, expires_at, recorded_at, is_active) => {
      const view = seen({ at, expires_at, recorded_at, is_active });
      expect(view !== undefined).toBe(is_active && at < expires_at);
      if (view) expect(view.age_ms).toBe(Math.max(0, at.getTime() - recorded_at.getTime()));
    }),
  );
});
