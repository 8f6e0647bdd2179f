import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { away } from 'test/factories/locations';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

export const OFFICE = { latitude: 45.7722, longitude: 14.3577 };
/** An hour before this was loaded, which was for the first file of the worker that needed it. */
const START = Date.now() - 3_600_000;
const LATELY_MS = 10 * 60_000;

/** A circle as `POST /location/geofences` takes it. */
export const circleAround = (place: { latitude: number; longitude: number }, radius: number, rest: object = {}) => ({
  name: 'Office',
  center_latitude: place.latitude,
  center_longitude: place.longitude,
  radius_meters: radius,
  ...rest,
});

/** A fix so many metres north of the office, so many seconds after a moment that is an hour ago or more. */
export const fix = (metres: number, seconds: number, accuracy = 5) => ({
  ...away(OFFICE, metres),
  accuracy,
  recorded_at: new Date(START + seconds * 1000).toISOString(),
});

/** In such seconds: recently enough for what has happened since to be told, when called by a test's own file. */
export const lately = () => Math.round((Date.now() - LATELY_MS - START) / 1000);

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

/** What somebody says to a fence as it was shown to him. */
export const decideOn = (app: TestApp, user: TestUser, { id, revision }: GeofenceView, accepted: boolean) =>
  api(app, user).put(`/location/geofences/${id}/consent`, { accepted, revision });

/** From outside the office through its middle and out again, in the moments that have just begun. */
export async function walkThrough(app: TestApp, user: TestUser, metres = 300) {
  for (const at of [metres, 0, metres]) await stayAt(app, user, at);
}

/** So many metres from the middle of the office, for certain. */
export async function stayAt(app: TestApp, user: TestUser, metres: number, now = Date.now()) {
  const locations = [0, 1, 2].map((index) => ({
    ...away(OFFICE, metres),
    accuracy: 5,
    recorded_at: new Date(now + index).toISOString(),
  }));
  await sendFixes(app, user, locations);
  await app.settle();
}
