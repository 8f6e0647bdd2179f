import { circleAround, crossingsOf, drawFence, fix, OFFICE, sendFixes } from 'test/factories/geofences';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Phones that lie still report places hundreds of metres away, "within 2 m".

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const draw = (user: TestUser, fence: object) => drawFence(app, user, fence);
const send = (user: TestUser, locations: object[]) => sendFixes(app, user, locations);
const eventsOf = (user: TestUser) => crossingsOf(app, user);

test('a still phone whose fixes jump 200 m, each "within 2 m", raises nothing', async () => {
  const cid = await buildUser(app, 'cid');
  const fence = await draw(cid, circleAround(OFFICE, 50));
  for (const point of [fix(8, 0, 6), fix(200, 30, 1.9), fix(9.6, 60), fix(198, 90, 1.7), fix(8, 120)]) {
    await api(app, cid).post('/location/update', point);
    await app.settle();
  }
  expect(await eventsOf(cid)).toEqual([]);
  expect((await api(app, cid).get(`/location/geofences/${fence.id}`)).body.is_inside).toBe(true);
});

test('nor does one whose first fix is such a jump; who was seen far off more than once enters', async () => {
  const still = [fix(200, 0, 1.9), fix(9.6, 30), fix(8, 60), fix(198, 90, 1.7), fix(9, 120)];
  const far = [fix(2000, 0), fix(1900, 30), fix(5, 90), fix(8, 120)];
  for (const [name, fixes, expected] of [
    ['ida', still, []],
    ['jan', far, ['entry']],
  ] as const)
    for (const atOnce of [true, false]) {
      const user = await buildUser(app, name);
      const fence = await draw(user, circleAround(OFFICE, 50));
      for (const some of atOnce ? [fixes] : fixes.map((one) => [one])) {
        await send(user, some);
        await app.settle();
      }
      expect((await eventsOf(user)).map(({ event_type }) => event_type)).toEqual(expected);
      expect((await api(app, user).get(`/location/geofences/${fence.id}`)).body.is_inside).toBe(true);
    }
});
