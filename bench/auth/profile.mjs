import { inProject } from '../../scripts/lib/project.mjs';
import { fire } from '../lib/load.mjs';
import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// `GET /profile` with an access token, of 512 people in turn, against two bare Nest-on-Fastify routes in processes like Muster's own,
// warmed up, in turns in one run. One does the same unavoidable work (checks the token, reads the row of the session's user): it is
// the gate. The other returns a constant: what it and Muster differ by is what an authenticated answer costs in all.

const PEOPLE = 512;
const CONNECTIONS = 64;
const SECONDS = 4;
const ROUNDS = 5;

await bench('auth-profile', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const bare = await stage.start('bare', inProject('bench/auth/_bare.mjs'));
  const people = await signUp(muster, PEOPLE);
  const share = PEOPLE / CONNECTIONS;
  const asThem = (path) => (index) =>
    people.slice(index * share, (index + 1) * share).map(({ token }) => ({
      path,
      headers: { authorization: `Bearer ${token}` },
    }));
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  const results = await alternate(
    {
      empty: () => fire({ ...bare, ...load, requestsOf: () => [{ path: '/empty' }] }),
      bare: () => fire({ ...bare, ...load, requestsOf: asThem('/profile') }),
      muster: () => fire({ ...muster, ...load, requestsOf: asThem('/api/v1/profile') }),
    },
    { rounds: ROUNDS },
  );
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const rows = Object.keys(results).map((name) => ({
    route: name,
    'per s': median(of(name, 'perSecond')),
    'CPU us': median(of(name, 'cpuMicros')),
    'p50 ms': median(of(name, 'p50')),
    'p99 ms': median(of(name, 'p99')),
  }));
  const [rate, ofNothing] = ['bare', 'empty'].map((name) => ratio(of('muster', 'perSecond'), of(name, 'perSecond')));
  return {
    rows,
    gates: [{ what: 'profiles/s as a share of the bare route’s', value: rate.median, atLeast: 0.6 }],
    notes: [
      `rounds from ${rate.lowest.toFixed(2)} to ${rate.highest.toFixed(2)}`,
      `as a share of the empty route’s: ${ofNothing.median.toFixed(2)}`,
    ],
  };
});
