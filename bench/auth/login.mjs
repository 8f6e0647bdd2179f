import bcrypt from 'bcrypt';
import { repeat } from '../lib/load.mjs';
import { call, PASSWORD, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// Sign-ins a second at cost 12, as a share of the bare comparisons that bcrypt does on the same cores, as many at once.

const COST = 12;
const AT_ONCE = 3;
const SECONDS = 5;
const ROUNDS = 7;

await bench('auth-login', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: String(COST), PASSWORDS_AT_ONCE: String(AT_ONCE) } });
  const people = await signUp(muster, AT_ONCE * 2);
  const hash = await bcrypt.hash(PASSWORD, COST);
  const compare = async () => {
    if (!(await bcrypt.compare(PASSWORD, hash))) throw new Error('bcrypt does not know its own hash');
  };
  const login = (client) =>
    call(muster, 'POST', '/login', { body: { email: people[client].email, password: PASSWORD } });
  const results = await alternate(
    {
      bcrypt: () => repeat({ clients: AT_ONCE, seconds: SECONDS, work: compare }),
      // twice as many clients as are let in at once: a waiting one takes the place of one whose answer is on its way
      login: () => repeat({ pid: muster.pid, clients: people.length, seconds: SECONDS, work: login }),
    },
    { rounds: ROUNDS },
  );
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const rate = ratio(of('login', 'perSecond'), of('bcrypt', 'perSecond'));
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'per s': median(of(name, 'perSecond')),
      'CPU ms': median(of(name, 'cpuMicros')) / 1000,
    })),
    gates: [{ what: `logins/s at cost ${COST} as a share of bare bcrypt’s`, value: rate.median, atLeast: 0.9 }],
    notes: [`rounds from ${rate.lowest.toFixed(2)} to ${rate.highest.toFixed(2)}`],
  };
});
