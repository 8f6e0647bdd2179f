import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { away } from 'test/factories/locations';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

export const OFFICE = { latitude: 45.7722, longitude: 14.3577 };
const START = Date.now() - 3_600_000;

/** A circle as `POST /location/geofences` takes it. */
export const circleAround = (place: { latitude: number; longitude: number }, radius: number, rest: object = {}) => ({
  name: 'Office',
  center_latitude: place.latitude,
  center_longitude: place.longitude,
  radius_meters: radius,
  ...rest,
});

/** A fix so many metres north of the office, so many seconds after a moment of an hour ago. */
export const fix = (metres: number, seconds: number, accuracy = 5) => ({
  ...away(OFFICE, metres),
  accuracy,
  recorded_at: new Date(START + seconds * 1000).toISOString(),
});

export async function drawFence(app: TestApp, user: TestUser, fence: object): Promise<GeofenceView> {
  const { status, body } = await api(app, user).post('/location/geofences', fence);
  expect({ status, code: body.code }).toEqual({ status: 201, code: undefined });
  return body as GeofenceView;
}

/** Takes in all of them; their ids. */
export async function sendFixes(app: TestApp, user: TestUser, locations: object[]): Promise<number[]> {
  const { body } = await api(app, user).post('/location/batch', { locations });
  expect(body.refused).toBe(0);
  return body.results.map(({ data }: { data: { id: number } }) => data.id);
}

/** All crossings that a user sees, oldest first. */
export async function crossingsOf(app: TestApp, user: TestUser, query = ''): Promise<GeofenceEventView[]> {
  await app.settle();
  return (await api(app, user).get(`/location/geofences/events?limit=100${query}`)).body.events.toReversed();
}
