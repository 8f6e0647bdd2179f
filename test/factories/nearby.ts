import type { Place } from 'src/core/geo/sphere';
import { buildUser, type TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

/** Moves somebody, and waits until those nearby could know. */
export async function move(app: TestApp, user: TestUser, place: object) {
  expect((await api(app, user).post('/location/update', place)).status).toBe(201);
  await app.settle();
}

export const show = (app: TestApp, user: TestUser, visible = true) =>
  api(app, user).put('/location/nearby/visibility', { visible });

/** A user who is somewhere and wants to be found. */
export async function buildVisible(app: TestApp, name: string, place: Place) {
  const user = await buildUser(app, name);
  await move(app, user, place);
  await show(app, user);
  return user;
}

export const find = async (app: TestApp, user: TestUser, radius = 1000) =>
  (await api(app, user).get(`/location/nearby?radius_meters=${radius}&limit=100`)).body;

/** How far away each whom the user finds is at the most, by their ids. */
export async function bandsOf(app: TestApp, user: TestUser, radius = 50_000) {
  const { users: found } = await find(app, user, radius);
  return Object.fromEntries(
    found.map((one: Record<string, any>) => [one.user.id as string, one.distance.to_meters as number]),
  ) as Record<string, number>;
}
