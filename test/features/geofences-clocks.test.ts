import { circleAround, crossingsOf, drawFence, OFFICE, sendFixes } from 'test/factories/geofences';
import { away } from 'test/factories/locations';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// A device says when its points were recorded; its clock may be wrong.

let app: TestApp;
beforeAll(async () => {
  // nobody walks that fast
  app = await boot({ env: { LOCATION_JUMP_SPEED: '100000' } });
});
afterAll(() => app.close());

const BEHIND = 16 * 60;
/** So many metres north of the office, so many seconds ago. */
const ago = (metres: number, seconds: number) => ({
  ...away(OFFICE, metres),
  accuracy: 5,
  recorded_at: new Date(Date.now() - seconds * 1000).toISOString(),
});
const send = async (user: TestUser, ...fixes: object[]) => {
  await sendFixes(app, user, fixes);
  await app.settle();
};
const inShort = async (user: TestUser) =>
  (await crossingsOf(app, user)).map(({ event_type, is_late }) => [event_type, is_late]);
const pushes = async (user: TestUser) =>
  (await app.db.query('SELECT FROM push_notifications WHERE user_id = $1', [user.id])).length;

/** As if the device's first point had come ten minutes before. */
const tenMinutesPass = (user: TestUser) =>
  app.db.query(
    `UPDATE geofence_cursors SET clock = jsonb_set(clock, '{lately,since}', to_jsonb((clock #>> '{lately,since}')::bigint - 600000))
     WHERE user_id = $1`,
    [user.id],
  );

test('a device whose clock is always behind by the same alarms at once, and stays by its own clock', async () => {
  const ana = await buildUser(app, 'ana');
  await drawFence(app, ana, circleAround(OFFICE, 50, { dwell_seconds: 600 }));
  await send(ana, ago(300, BEHIND + 3));
  await send(ana, ago(300, BEHIND + 2));
  await tenMinutesPass(ana);
  await send(ana, ago(300, BEHIND + 1));
  await send(ana, ago(5, BEHIND), ago(5, BEHIND - 1), ago(5, BEHIND - 2));
  expect(await inShort(ana)).toEqual([['entry', false]]); // no stay, though by our clock 16 minutes have passed
  expect(await pushes(ana)).toBe(1);
});

test('a device that sends late what it has put by does not', async () => {
  const ben = await buildUser(app, 'ben');
  await drawFence(app, ben, circleAround(OFFICE, 50));
  await send(ben, ago(300, BEHIND + 300));
  await tenMinutesPass(ben);
  await send(ben, ago(300, BEHIND + 200));
  await send(ben, ago(300, BEHIND + 100));
  await send(ben, ago(5, BEHIND + 50), ago(5, BEHIND + 40), ago(5, BEHIND + 30));
  expect(await inShort(ben)).toEqual([['entry', true]]);
  expect(await pushes(ben)).toBe(0);
});

test('a cooldown begins with what was told, and not with what nobody had asked to be told of', async () => {
  const ana = await buildUser(app, 'ana');
  const quiet = circleAround(OFFICE, 50, { cooldown_seconds: 3600, notify_on_entry: false, notify_on_exit: false });
  const fence = await drawFence(app, ana, quiet);
  await send(ana, ago(300, 300), ago(300, 290), ago(5, 280), ago(5, 270), ago(300, 260), ago(300, 250));
  await api(app, ana).put(`/location/geofences/${fence.id}`, { notify_on_entry: true });
  await send(ana, ago(5, 240), ago(5, 230), ago(300, 220), ago(300, 210), ago(5, 200), ago(5, 190));
  expect((await inShort(ana)).map(([type]) => type)).toEqual(['entry', 'exit', 'entry', 'exit', 'entry']);
  expect(await pushes(ana)).toBe(1);
});
