import pg from 'pg';
import { spread } from '../lib/figures.mjs';
import { builtPart, startInside } from '../lib/inside.mjs';
import { repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';
import { insertOne, likeLiveLocations, likeUserLocations, moveOne } from './_bare.mjs';
import { copyMany } from './_copy.mjs';
import { counted } from './_counted.mjs';
import { Tracks } from './_track.mjs';
import { savedPoints } from './_typeorm.mjs';

// Points a second by the way from a feature's door to a durable row, without HTTP or sockets: Muster's own `record`, which judges each
// point, keeps it in the history and moves the live position, in this process, beside a bare COPY of the history alone, and beside
// both rows of each point by prepared statements and by TypeORM's `save`. All send the same walks, no point twice. SECONDS and ROUNDS make it longer.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SINGLES = 32;
const COPIED = 2000;
/** So many writers of so many points each: what one of Muster's transactions holds at most, and as much that waits for the next. */
const [WRITERS, GIVEN] = [4, 1000];

await bench('location-store', async (stage) => {
  const muster = await startInside(stage, { BCRYPT_COST: '4' });
  const people = await signUp(muster, SINGLES);
  for (const { token } of people)
    await call(muster, 'PUT', '/location/settings', { token, body: { history: 'forever' } });
  const db = new pg.Pool({ connectionString: stage.databaseUrl, max: SINGLES });
  await likeUserLocations(db);
  await likeLiveLocations(
    db,
    people.map(({ id }) => id),
  );
  const copying = await db.connect();
  const typeorm = await savedPoints(stage.databaseUrl, SINGLES);
  const location = muster.service('modules/location/location.service.js', 'LocationService');
  const { toPoint } = builtPart('modules/location/location.dto.js');
  const record = async (id, points) => {
    const outcomes = await location.record(
      id,
      points.map((point) => toPoint({ ...point, recorded_at: new Date(point.recorded_at) })),
    );
    for (const { ok, error } of outcomes) if (!ok) throw error;
  };
  const tracks = new Tracks();
  const store = (clients, size, work) => () =>
    counted(stage, size, () =>
      repeat({ clients, seconds: SECONDS, work: (index) => work(people[index].id, tracks.take(index, size)) }),
    );
  const results = await alternate(
    {
      'bare COPY, binary': store(1, COPIED, (id, points) => copyMany(copying, id, points)),
      'a prepared insert a point': store(SINGLES, 1, (id, [point]) => insertOne(db, id, point)),
      'a prepared insert and update a point': store(SINGLES, 1, async (id, [point]) => {
        await insertOne(db, id, point);
        await moveOne(db, id, point);
      }),
      'TypeORM’s save of both': store(SINGLES, 1, (id, [point]) => typeorm.save(id, point)),
      'Muster’s record': store(WRITERS, GIVEN, record),
    },
    { rounds: ROUNDS },
  );
  copying.release();
  await Promise.all([db.end(), typeorm.close(), muster.stop()]);
  const [copy, insert, both, saved, ours] = Object.values(results).map((rounds) => rounds.map(({ points }) => points));
  const against = {
    'points/s as a multiple of TypeORM’s save of each': [ratio(ours, saved), { atLeast: 50, stretch: 100 }],
    'points/s as a multiple of those by a prepared insert and update each': [
      ratio(ours, both),
      { atLeast: 12, stretch: 18 },
    ],
    'points/s as a share of a bare COPY’s': [ratio(ours, copy), { atLeast: 0.4, stretch: 0.55 }],
  };
  const inserts = ratio(ours, insert);
  return {
    rows: Object.entries(results).map(([what, rounds]) => ({
      what,
      'points/s': median(rounds.map(({ points }) => points)),
      'CPU us/point': median(rounds.map(({ cpu }) => cpu)),
      'PostgreSQL’s': median(rounds.map(({ postgres }) => postgres)),
    })),
    gates: Object.entries(against).map(([what, [{ median: value }, bound]]) => ({ what, value, ...bound })),
    notes: [
      ...Object.entries(against).map(([what, [rounds]]) => `${what}: rounds from ${spread(rounds)}`),
      `against one prepared insert a point, which moves no live position: ${inserts.median.toFixed(1)} times, ${spread(inserts)}`,
    ],
  };
});
