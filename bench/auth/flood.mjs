import { columnsOf, repeat } from '../lib/load.mjs';
import { call, PASSWORD } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { musterRooms, signedUp, talk, UNLIMITED } from '../chats/_rooms.mjs';

// What those who talk feel of a flood of sign-ins at cost 12, each some 0.2 s of a core's work: the acknowledgement of what is
// sent meanwhile, against the same without the flood. Who signs in comes from an address of his own each time, for one address is soon
// refused, and a refusal costs no hash.

const ROOMS = 10;
const RATE = 100;
const COST = 12;
const SIGN_INS_AT_ONCE = 32;
const SECONDS = 8;
const ROUNDS = 5;

await bench('auth-flood', async (stage) => {
  // a password is compared at the cost at which it was hashed
  const people = await signedUp(stage, ROOMS * 2, { cost: COST });
  const env = { ...UNLIMITED, BCRYPT_COST: String(COST), TRUSTED_PROXIES: '127.0.0.1' };
  const muster = await stage.startMuster({ env });
  const rooms = await musterRooms(() => muster.url, 2, people);
  const speak = () => talk({ ...rooms, pid: muster.pid, postgresPid: stage.postgresPid, seconds: SECONDS, rate: RATE });
  let [tries, signIns] = [0, 0];
  const signIn = async (client) => {
    const number = ++tries;
    const headers = { 'x-forwarded-for': `10.0.${number >> 8}.${number & 255}` };
    const body = { email: people[client % people.length].email, password: PASSWORD };
    try {
      await call(muster, 'POST', '/login', { headers, body });
      signIns++;
    } catch (error) {
      if (!error.message.includes('503')) throw error; // who waits too long is refused
    }
  };
  const flood = () => repeat({ pid: muster.pid, clients: SIGN_INS_AT_ONCE, seconds: SECONDS, work: signIn });
  const results = await alternate(
    {
      alone: speak,
      'while others sign in': async () => {
        const before = signIns;
        const [spoken, { perSecond, times }] = await Promise.all([speak(), flood()]);
        return { ...spoken, signInsPerSecond: (perSecond * (signIns - before)) / times.length };
      },
    },
    { rounds: ROUNDS },
  );
  rooms.sockets.forEach((socket) => socket.close());
  const p99s = (name) => results[name].map(({ times }) => percentile(times, 0.99));
  const p99 = ratio(p99s('while others sign in'), p99s('alone'));
  return {
    rows: Object.entries(results).map(([what, rounds]) => ({
      what,
      'p50 ms': columnsOf(rounds)['p50 ms'],
      'p99 ms': columnsOf(rounds)['p99 ms'],
      'sign-ins/s': median(rounds.map(({ signInsPerSecond = 0 }) => signInsPerSecond)),
    })),
    gates: [
      {
        what: 'the acknowledgement’s p99 in a flood of sign-ins as a multiple of that without',
        value: p99.median,
        atMost: 2,
      },
    ],
    notes: [
      `${RATE} messages a second, ${SIGN_INS_AT_ONCE} sign-ins at once; rounds from ${p99.lowest.toFixed(2)} to ${p99.highest.toFixed(2)}`,
    ],
  };
});
