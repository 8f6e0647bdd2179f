import { ForgettingService } from 'src/modules/geofences/forgetting.service';
import { circleAround, crossingsOf, drawFence, fix, OFFICE, lately, sendFixes } from 'test/factories/geofences';
import { keepHistory } from 'test/factories/locations';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Events at fences say where somebody was, so they go when that is to be forgotten.

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const LATELY = lately();
const visits = [300, 300, 5, 5, 300, 300].map((metres, index) => fix(metres, LATELY + index * 30));
const visitor = async (name: string) => {
  const user = await buildUser(app, name);
  await drawFence(app, user, circleAround(OFFICE, 50));
  await sendFixes(app, user, visits);
  expect(await crossingsOf(app, user)).toHaveLength(2);
  return user;
};

const age = (user: TestUser, days: number) =>
  app.db.query('UPDATE geofence_events SET recorded_at = recorded_at - make_interval(days => $2) WHERE user_id = $1', [
    user.id,
    days,
  ]);

test('events go with the history of their time, also those that its points have still to make', async () => {
  const [ana, ben] = [await visitor('ana'), await visitor('ben')];
  const [, , , start, , end] = visits.map(({ recorded_at }) => recorded_at);
  await api(app, ana).delete(`/location/history?start=${start}&end=${end}`);
  expect((await crossingsOf(app, ana)).map(({ event_type }) => event_type)).toEqual(['exit']);
  await sendFixes(app, ana, [fix(5, LATELY + 180), fix(5, LATELY + 210)]);
  await api(app, ana).delete('/location/history?all=true');
  expect(await crossingsOf(app, ana)).toEqual([]);
  await sendFixes(app, ana, [fix(300, LATELY + 240), fix(300, LATELY + 270)]);
  expect((await crossingsOf(app, ana)).map(({ event_type }) => event_type)).toEqual(['exit']);
  expect(await crossingsOf(app, ben)).toHaveLength(2);
});

test('of points that come late nothing is left for fences, whether or not another follows', async () => {
  const hal = await buildUser(app, 'hal');
  await drawFence(app, hal, circleAround(OFFICE, 50));
  const kept = async () => {
    await app.settle();
    return app.db.query('SELECT recorded_at FROM location_fixes WHERE user_id = $1', [hal.id]);
  };
  await sendFixes(app, hal, [fix(5, LATELY + 90)]);
  await app.settle();
  await sendFixes(app, hal, [fix(300, LATELY), fix(300, LATELY + 30), fix(5, LATELY + 60)]);
  expect(await kept()).toEqual([]);

  // of another time, when nobody was there to deal with it
  await app.db.query(
    `INSERT INTO location_fixes (user_id, recorded_at, id, latitude, longitude, accuracy) VALUES ($1, $2, 1000000, 45, 14, 5)`,
    [hal.id, fix(0, LATELY + 15).recorded_at],
  );
  await api(app, hal).delete('/location/history?all=true');
  expect(await kept()).toEqual([]);
});

test('who chooses to keep nothing, or less, keeps no events either', async () => {
  const [cid, dan] = [await visitor('cid'), await visitor('dan')];
  await age(dan, 1);
  await api(app, cid).put('/location/settings', { history: 'live_only' });
  await api(app, dan).put('/location/settings', { history: 'days', history_days: 2 });
  expect([await crossingsOf(app, cid), (await crossingsOf(app, dan)).length]).toEqual([[], 2]);
  await api(app, dan).put('/location/settings', { history: 'days', history_days: 1 });
  expect(await crossingsOf(app, dan)).toEqual([]);
});

test('events are kept for 30 days, and no longer than what somebody keeps of his history', async () => {
  const [eve, fay, gus] = [await visitor('eve'), await visitor('fay'), await visitor('gus')];
  await keepHistory(app, eve);
  await api(app, fay).put('/location/settings', { history: 'days', history_days: 7 });
  await app.settle();
  await age(eve, 30);
  await age(fay, 7);
  await age(gus, 29);
  await app.get(ForgettingService).forgetOld();
  expect([await crossingsOf(app, eve), await crossingsOf(app, fay), (await crossingsOf(app, gus)).length]).toEqual([
    [],
    [],
    2,
  ]);
});
