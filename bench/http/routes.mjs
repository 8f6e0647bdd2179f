import { readFileSync } from 'node:fs';
import { inProject } from '../../scripts/lib/project.mjs';
import { signedUp, UNLIMITED } from '../chats/_rooms.mjs';
import { fire } from '../lib/load.mjs';
import { call } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// What all routes pay, in earnest: with limits counted in Redis, language, trace, headers, log line and metrics; against a bare Fastify
// that gives the same answers. By two that keep nothing: `GET /languages`, which reads nothing either, and `POST
// /location/geofences/dry-run` of one point, whose body is checked and which reads only what every request with a token does: whether
// its session is live, in PostgreSQL. Fastify checks the same body by the schema of `openapi.json`, and nobody's token.
// METHODS=GET or METHODS=POST is one of them alone; PROFILE=folder writes a CPU profile of Muster there.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const METHODS = (process.env.METHODS ?? 'GET,POST').split(',');
const PATHS = { GET: '/languages', POST: '/location/geofences/dry-run' };
const GATES = { GET: { atMost: 1.4, stretch: 1.3 }, POST: { atMost: 1.5, stretch: 1.25 } };
const PEOPLE = 32;

const { schemas } = JSON.parse(readFileSync(inProject('openapi.json'), 'utf8')).components;
/** A schema with those inside that it refers to. */
const whole = (schema) =>
  JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.$ref ? whole(schemas[value.$ref.split('/').at(-1)]) : value,
  );

await bench('http-routes', async (stage) => {
  const people = await signedUp(stage, PEOPLE);
  const muster = await stage.startMuster({ env: UNLIMITED, profiled: true });
  const body = { GET: undefined, POST: schemas.TryGeofence.example };
  const answerTo = (method) => call(muster, method, PATHS[method], { token: people[0].token, body: body[method] });
  const answers = { GET: await answerTo('GET'), POST: await answerTo('POST') };
  const bare = await stage.start('bare', inProject('bench/http/_bare-fastify.mjs'), {
    env: { ANSWERS: JSON.stringify(answers), SCHEMA: JSON.stringify(whole(schemas.TryGeofence)) },
  });
  const language = { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' }; // as a phone says it
  const requestsOf = {
    GET: (path) => () => [{ method: 'GET', path, headers: language }],
    POST: (path) => (index) => {
      const authorization = `Bearer ${people[index % PEOPLE].token}`;
      const headers = { ...language, authorization, 'content-type': 'application/json' };
      return [{ method: 'POST', path, headers, body: JSON.stringify(body.POST) }];
    },
  };
  const ask = (server, method, path) => () =>
    fire({ ...server, seconds: SECONDS, requestsOf: requestsOf[method](path) });
  const works = METHODS.flatMap((method) => [
    [`Fastify: ${method}`, ask(bare, method, '/bare')],
    [`Muster: ${method}`, ask(muster, method, `/api/v1${PATHS[method]}`)],
  ]);
  const results = await alternate(Object.fromEntries(works), { rounds: ROUNDS });
  await muster.stop(); // so that it writes its profile
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const times = METHODS.map((method) => [
    method,
    ratio(of(`Muster: ${method}`, 'cpuMicros'), of(`Fastify: ${method}`, 'cpuMicros')),
  ]);
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'per s': median(of(name, 'perSecond')),
      'CPU us': median(of(name, 'cpuMicros')),
      'p99 ms': median(of(name, 'p99')),
    })),
    gates: times.map(([method, { median: value }]) => ({
      what: `CPU of a ${method === 'POST' ? 'validated ' : ''}${method} as a multiple of a bare Fastify’s`,
      value,
      ...GATES[method],
    })),
    notes: [
      'of the POST, Muster alone looks up whose token it is',
      ...times.map(
        ([method, { lowest, highest }]) => `${method}: rounds from ${lowest.toFixed(2)} to ${highest.toFixed(2)}`,
      ),
    ],
  };
});
