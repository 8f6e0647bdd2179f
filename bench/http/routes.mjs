import { inProject } from '../../scripts/lib/project.mjs';
import { fire } from '../lib/load.mjs';
import { call } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';
import { UNLIMITED } from '../chats/_rooms.mjs';

// What all routes pay: one that reads nothing (`GET /languages`), with its limits, language, trace, headers, log line and metrics;
// against a bare Fastify that gives the same body.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const PATH = '/api/v1/languages';

await bench('http-routes', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED });
  const body = JSON.stringify(await call(muster, 'GET', '/languages', {}));
  const bare = await stage.start('bare', inProject('bench/http/_bare-fastify.mjs'), { env: { BODY: body } });
  const get = (server, path) => () =>
    fire({ ...server, seconds: SECONDS, requestsOf: () => [{ method: 'GET', path }] });
  const results = await alternate({ Fastify: get(bare, '/bare'), Muster: get(muster, PATH) }, { rounds: ROUNDS });
  const of = (name, figure) => results[name].map((result) => result[figure]);
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'per s': median(of(name, 'perSecond')),
      'CPU us': median(of(name, 'cpuMicros')),
      'p99 ms': median(of(name, 'p99')),
    })),
    gates: [
      {
        what: 'CPU of a GET as a multiple of a bare Fastify’s',
        value: ratio(of('Muster', 'cpuMicros'), of('Fastify', 'cpuMicros')).median,
        atMost: 1.4,
        stretch: 1.3,
      },
    ],
  };
});
