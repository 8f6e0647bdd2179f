import pg from 'pg';
import { cpuSeconds } from '../lib/cpu.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { inMemory } from './_in-memory.mjs';

// How fast a worker follows people through their fences: ten of one's own, or 10,000 of a chat that all of them share. The points are
// there before the worker starts; the clock runs from the first that it has done with to the last. Beside that, what it costs to find the
// fences of a point in memory, which is neither durable nor knows who may see whom.

const PEOPLE = Number(process.env.PEOPLE ?? 20);
const POINTS = Number(process.env.POINTS ?? 500);
const SHARED = Number(process.env.SHARED ?? 10_000);
const OWN = 10;
const HERE = { latitude: 45.7722, longitude: 14.3577 };
/** Fences stand in rows and columns, so far apart. */
const APART_M = 500;
const RADIUS_M = 50;
const METRE = 1 / 111_195;

await bench('geofences-evaluations', async (stage) => {
  const db = new pg.Client({ connectionString: stage.databaseUrl });
  await db.connect();
  try {
    const api = await stage.startMuster({ env: { BCRYPT_COST: '4', LOCATION_JUMP_SPEED: '100000' } });
    const own = await measure(stage, db, api, async (people) => {
      for (const { id } of people) await draw(db, id, OWN, null);
      return OWN;
    });
    const shared = await measure(stage, db, api, async (people) => {
      const [owner, ...others] = people;
      const body = { chat_type: 'group', name: 'All', participant_ids: others.map(({ id }) => id) };
      const { id } = await call(api, 'POST', '/chats', { token: owner.token, body });
      await draw(db, owner.id, SHARED, id);
      for (const { token } of people) await call(api, 'POST', '/location/shares', { token, body: { chat_id: id } });
      return SHARED;
    });
    const { indexed, linear } = inMemory({
      centres: Array.from({ length: SHARED }, (_, index) => centreOf(index)),
      radius: RADIUS_M,
      places: Array.from({ length: PEOPLE }, (_, person) => wayOf(person)).flat(),
    });
    const row = (what, { fences = SHARED, perSecond, cpu, postgres, events }) => ({
      what,
      'points/s': Math.round(perSecond),
      'evaluations/s': Math.round(perSecond * fences),
      'CPU us/point': cpu,
      'PostgreSQL’s': postgres,
      events,
    });
    const all = shared.cpu + shared.postgres;
    return {
      rows: [
        row(`${OWN} fences of one’s own`, own),
        row(`${SHARED} fences of a chat`, shared),
        row(`${SHARED} in memory, by flatbush`, indexed),
        row(`${SHARED} in memory, one after the other`, linear),
      ],
      gates: [
        {
          what: `a point’s time among ${SHARED} against among ${OWN}`,
          value: own.perSecond / shared.perSecond,
          atMost: 20,
        },
        {
          what: `CPU of trying ${SHARED} fences one after the other as a multiple of a followed point’s, PostgreSQL’s with it`,
          value: linear.cpu / all,
          atLeast: 500,
        },
        {
          what: 'CPU of finding a point’s fences by flatbush in memory, the same way',
          ...{ value: indexed.cpu / all, atLeast: 2, stretch: 2.5 },
        },
        { what: 'events found', value: Math.min(own.events, shared.events), atLeast: 1 },
      ],
      notes: [`${PEOPLE} people, ${POINTS} points each, one worker; an evaluation is one point at one fence`],
    };
  } finally {
    await db.end();
  }
});

/** New people with fences who have walked: what a worker makes of it. */
async function measure(stage, db, api, prepare) {
  const people = await signUp(api, PEOPLE);
  const fences = await prepare(people);
  await db.query(
    `INSERT INTO location_followers (user_id, feature, wants) SELECT unnest($1::uuid[]), 'geofences', 'fixes' ON CONFLICT DO NOTHING`,
    [people.map(({ id }) => id)],
  );
  await db.query('INSERT INTO geofence_cursors (user_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING', [
    people.map(({ id }) => id),
  ]);
  const end = Date.now() + 60_000;
  for (const [person, { token }] of people.entries()) {
    const way = wayOf(person);
    for (let from = 0; from < POINTS; from += 500) {
      const locations = Array.from({ length: Math.min(500, POINTS - from) }, (_, n) => ({
        ...way[from + n],
        accuracy: 5,
        recorded_at: new Date(end - (POINTS - from - n) * 100).toISOString(),
      }));
      await call(api, 'POST', '/location/batch', { token, body: { locations } });
    }
  }
  const waiting = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return Number((await db.query('SELECT count(*) AS n FROM location_fixes')).rows[0].n);
  };
  const all = await waiting();
  if (all < PEOPLE * POINTS) throw new Error(`only ${all} points wait`);
  const worker = await stage.startMuster({ roles: ['worker'], env: { LOCATION_JUMP_SPEED: '100000' }, profiled: true });
  let left = all;
  while (left === all) left = await waiting();
  const used = () => [cpuSeconds(worker.pid), cpuSeconds(stage.postgresPid, { children: true })];
  const [begun, before] = [performance.now(), used()];
  const first = left;
  while (left) left = await waiting();
  const perSecond = first / ((performance.now() - begun) / 1000);
  const [cpu, postgres] = used().map((seconds, index) => ((seconds - before[index]) * 1e6) / first);
  const ids = people.map(({ id }) => id);
  const found = await db.query('SELECT count(*) AS n FROM geofence_events WHERE user_id = ANY($1)', [ids]);
  await worker.stop();
  return { fences, perSecond, cpu, postgres, events: Number(found.rows[0].n) };
}

/** Where somebody walks: north, a point each 20 m, through one column of fences. */
function wayOf(person) {
  return Array.from({ length: POINTS }, (_, index) => placeAt(index * 20, person * APART_M));
}

/** The middle of a fence, by the rows and columns of `draw`. */
function centreOf(index) {
  const side = Math.ceil(Math.sqrt(SHARED));
  return placeAt(Math.floor(index / side) * APART_M, (index % side) * APART_M);
}

/** So many metres up and to the right of where people begin. */
function placeAt(up, right) {
  return { latitude: HERE.latitude + up * METRE, longitude: HERE.longitude + right * METRE };
}

/** Circles of 50 m in a square of rows and columns that begins where people begin; of a chat, or the owner's own. */
async function draw(db, ownerId, count, chatId) {
  await db.query(
    `INSERT INTO geofence_areas (user_id, chat_id, name, center_latitude, center_longitude, radius_meters, west, south, east, north)
     SELECT $1, $2::bigint, 'Fence ' || n, lat, lon, $8::float8, lon - $6::float8, lat - $6::float8, lon + $6::float8, lat + $6::float8
     FROM generate_series(0, $3::int - 1) n, LATERAL (
       SELECT $4::float8 + (n / ceil(sqrt($3))::int) * $7::float8 AS lat, $5::float8 + (n % ceil(sqrt($3))::int) * $7::float8 AS lon) at`,
    [ownerId, chatId, count, HERE.latitude, HERE.longitude, 80 * METRE, APART_M * METRE, RADIUS_M],
  );
}
