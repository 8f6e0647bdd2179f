import { inProject } from '../../scripts/lib/project.mjs';
import { fire } from '../lib/load.mjs';
import { call, PASSWORD, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// `POST /refresh-token`, each connection along a chain of its own, against two bare Nest-on-Fastify routes in processes like Muster's
// own, warmed up, in turns in one run. One does the same unavoidable work, a durable transaction that reads and writes the same rows:
// it is the gate. The other returns what it is given: what it and Muster differ by is what such a transaction costs in all.

const CONNECTIONS = 64;
const SECONDS = 4;
const ROUNDS = 5;

await bench('auth-refresh', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const bare = await stage.start('bare', inProject('bench/auth/_bare.mjs'));
  const people = await signUp(muster, CONNECTIONS);
  const tokens = [];
  // a round breaks off exchanges whose outcome nobody has seen, so each begins with new sessions
  const signIn = async () => {
    for (const [index, { email }] of people.entries()) {
      const { refresh_token: token } = await call(muster, 'POST', '/login', { body: { email, password: PASSWORD } });
      tokens[index] = token;
    }
  };
  const chain = (path) => (index) => [
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => ({ ...request, body: JSON.stringify({ refresh_token: tokens[index] }) }),
      onResponse: (status, body) => {
        if (status === 200) tokens[index] = JSON.parse(body).refresh_token;
      },
    },
  ];
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  const results = await alternate(
    {
      empty: () => fire({ ...bare, ...load, requestsOf: chain('/echo') }),
      bare: async () => {
        await signIn();
        return fire({ ...bare, ...load, requestsOf: chain('/refresh') });
      },
      muster: async () => {
        await signIn();
        return fire({ ...muster, ...load, requestsOf: chain('/api/v1/refresh-token') });
      },
    },
    { rounds: ROUNDS },
  );
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const [rate, ofNothing] = ['bare', 'empty'].map((name) => ratio(of('muster', 'perSecond'), of(name, 'perSecond')));
  return {
    rows: Object.keys(results).map((name) => ({
      route: name,
      'per s': median(of(name, 'perSecond')),
      'CPU us': median(of(name, 'cpuMicros')),
      'p50 ms': median(of(name, 'p50')),
      'p99 ms': median(of(name, 'p99')),
    })),
    gates: [{ what: 'exchanges/s as a share of the bare route’s', value: rate.median, atLeast: 0.6 }],
    notes: [
      `rounds from ${rate.lowest.toFixed(2)} to ${rate.highest.toFixed(2)}`,
      `as a share of the empty route’s: ${ofNothing.median.toFixed(2)}`,
    ],
  };
});
