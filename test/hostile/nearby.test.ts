import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { coarsen } from 'src/modules/location/precision';
import { away, HERE } from 'test/factories/locations';
import { bandsOf, buildVisible, move } from 'test/factories/nearby';
import type { TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const keyOf = async (user: TestUser) =>
  (await app.db.query<{ grid_key: string }>('SELECT grid_key FROM live_locations WHERE user_id = $1', [user.id]))[0]!
    .grid_key;

/**
 * The bound: with any number of queries from any positions nobody learns more of a person's place than the cell of a kilometre that
 * the person is in. Two people in one cell, as far apart in it as they can be, get the same answer to each of 200 queries.
 */
test('200 queries from positions of one’s choice do not tell two places of one cell apart', async () => {
  const centre = away(HERE, 300_000);
  const [one, other] = [await buildVisible(app, 'one', centre), await buildVisible(app, 'other', centre)];
  await app.db.query('UPDATE live_locations SET grid_key = $1 WHERE user_id = $2', [await keyOf(one), other.id]);
  const key = await keyOf(one);
  const cell = (place: Place) => JSON.stringify(coarsen(place, 'neighbourhood', key));
  const around = Array.from({ length: 60 * 60 }, (_, n) =>
    away(centre, ((n % 60) - 30) * 40, (Math.floor(n / 60) - 30) * 40),
  ).filter((place) => cell(place) === cell(centre));
  const furthest = around
    .map((place) => ({ place, metres: distanceMeters(around[0]!, place) }))
    .reduce((a, b) => (b.metres > a.metres ? b : a));
  expect(furthest.metres).toBeGreaterThan(1000);
  await move(app, one, around[0]!);
  await move(app, other, furthest.place);

  const eve = await buildVisible(app, 'eve', centre);
  const answers = new Set<string>();
  let [step, from] = [4000, centre];
  for (let query = 0; query < 200; query++) {
    // he goes where the answer changes: towards the border of a band, in ever smaller steps
    const place = away(from, Math.cos(query * 2.4) * step, Math.sin(query * 2.4) * step);
    await api(app, eve).post('/location/update', place);
    await app.db.query('UPDATE live_locations SET flags = 0 WHERE user_id = $1', [eve.id]); // he would take his time
    const bands = await bandsOf(app, eve, [100, 1000, 2000, 5000][query % 4]);
    expect(bands[one.id]).toBe(bands[other.id]);
    answers.add(String(bands[one.id]));
    if (query % 20 === 19) [step, from] = [step * 0.7, bands[one.id] === undefined ? from : place];
  }
  expect(answers.size).toBeGreaterThan(1);
});
