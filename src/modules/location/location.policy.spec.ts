import fc from 'fast-check';
import { disclose, type SharedPosition } from 'src/modules/location/location.policy';

const shared: SharedPosition = {
  share_id: 7,
  viewer_id: '0199c5a0-7d2e-7b61-9d3c-000000000002',
  user_id: '0199c5a0-7d2e-7b61-9d3c-000000000001',
  location_id: 1,
  latitude: 45.7722,
  longitude: 14.3577,
  accuracy: 8,
  altitude: null,
  speed: null,
  heading: null,
  recorded_at: new Date('2026-01-31T09:30:00Z'),
  is_active: true,
  expires_at: new Date('2026-01-31T10:00:00Z'),
  at: new Date('2026-01-31T09:30:05Z'),
};

test('a live share shows the whole position, its age and when the share ends', () => {
  expect(disclose(shared)).toEqual({
    user_id: shared.user_id,
    share_id: 7,
    share_expires_at: '2026-01-31T10:00:00.000Z',
    latitude: 45.7722,
    longitude: 14.3577,
    accuracy: 8,
    altitude: null,
    speed: null,
    heading: null,
    recorded_at: '2026-01-31T09:30:00.000Z',
    timestamp: '2026-01-31T09:30:00.000Z',
    age_ms: 5000,
  });
});

test('at the very moment of its end a share shows nothing; nor does one that was stopped', () => {
  expect(disclose({ ...shared, at: new Date('2026-01-31T09:59:59.999Z') })).toBeDefined();
  expect(disclose({ ...shared, at: shared.expires_at })).toBeUndefined();
  expect(disclose({ ...shared, is_active: false })).toBeUndefined();
});

test('whatever the times, it shows something exactly while the share is live, and no age is negative', () => {
  const moment = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-01-02'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, moment, moment, fc.boolean(), (at, expires_at, recorded_at, is_active) => {
      const seen = disclose({ ...shared, at, expires_at, recorded_at, is_active });
      expect(seen !== undefined).toBe(is_active && at < expires_at);
      if (seen) expect(seen.age_ms).toBe(Math.max(0, at.getTime() - recorded_at.getTime()));
    }),
  );
});
