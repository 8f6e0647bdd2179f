import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { mannWhitney, median, percentile } from '../lib/stats.mjs';

// Whether the time of a refused sign-in tells if there is such an account: one try after the other, in pairs of random order, at a
// low cost of the hash, so that what else differs is not lost in it.

const COST = 6;
const PAIRS = Number(process.env.PAIRS ?? 1000);
const PEOPLE = 50;
/** What is left to chance: a difference that shows up less often by accident is taken for real. */
const SIGNIFICANT = 0.01;
/** The chance that one of a pair takes longer, 0.5 if time tells nothing. */
const TOLERATED = 0.05;

await bench('auth-login-timing', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: String(COST) } });
  const people = await signUp(muster, PEOPLE);
  const times = { known: [], unknown: [] };
  for (let pair = -PEOPLE; pair < PAIRS; pair++) {
    const { email } = people[Math.abs(pair) % PEOPLE];
    const order = Math.random() < 0.5 ? ['known', 'unknown'] : ['unknown', 'known'];
    for (const kind of order) {
      const took = await refused(muster, kind === 'known' ? email : email.replace('p_', 'q_'));
      if (pair >= 0) times[kind].push(took); // those before were for warming up
    }
  }
  const { effect, p } = mannWhitney(times.known, times.unknown);
  const told = p < SIGNIFICANT && Math.abs(effect - 0.5) > TOLERATED;
  return {
    rows: Object.entries(times).map(([account, values]) => ({
      account,
      tries: values.length,
      'median ms': median(values),
      'p10 ms': percentile(values, 0.1),
      'p90 ms': percentile(values, 0.9),
    })),
    gates: [{ what: 'the time tells whether there is an account (0: no, 1: yes)', value: told ? 1 : 0, atMost: 0 }],
    notes: [
      `a known account takes longer in ${(effect * 100).toFixed(1)} % of pairs (50 %: neither), p = ${p.toFixed(3)}`,
    ],
  };
});

/** How long a sign-in with a wrong password takes, in ms. */
async function refused({ url }, email) {
  const begin = performance.now();
  const reply = await fetch(`${url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'not the password' }),
  });
  await reply.arrayBuffer();
  if (reply.status !== 401) throw new Error(`a wrong password got ${reply.status}`);
  return performance.now() - begin;
}
