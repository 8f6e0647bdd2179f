import { io } from 'socket.io-client';
import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { percentile } from '../lib/stats.mjs';

// How long it takes from `call_initiated`, sent by the caller, until a connected callee hears of it, with 1,000 other connections.

const OTHERS = 1000;
const ACCOUNTS = 100;
const CALLS = 400;
const WARM_UP = 40;
/** Of the caller, in turn: one connection may not ask that often. */
const DEVICES = 10;

await bench('calls-ring', async (stage) => {
  const env = { BCRYPT_COST: '4' };
  const muster = await stage.startMuster({ env });
  await stage.startMuster({ roles: ['worker'], env });
  const [ana, ben, ...others] = await signUp(muster, ACCOUNTS + 2);
  for (let from = 0; from < OTHERS; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, index) => connect(muster, others[(from + index) % ACCOUNTS])));
  const callers = await Promise.all(Array.from({ length: DEVICES }, () => connect(muster, ana)));
  const callee = await connect(muster, ben);

  const [rings, answers] = [[], []];
  for (let call = 0; call < WARM_UP + CALLS; call++) {
    const caller = callers[call % DEVICES];
    const rung = new Promise((resolve) => callee.once('call_initiated', () => resolve(performance.now())));
    const began = performance.now();
    const { call_id } = await ask(caller, 'call_initiated', { callee_id: ben.id, call_type: 'audio' });
    const acknowledged = performance.now();
    rings.push((await rung) - began);
    answers.push(acknowledged - began);
    await ask(caller, 'call_ended', { call_id });
  }
  const row = (what, all) => {
    const counted = all.slice(WARM_UP);
    return {
      what,
      'p50 ms': percentile(counted, 0.5),
      'p99 ms': percentile(counted, 0.99),
      'max ms': Math.max(...counted),
    };
  };
  const ring = row('rings at the callee', rings);
  return {
    rows: [ring, row('acknowledged to the caller', answers)],
    gates: [{ what: 'ms until it rings, p99', value: ring['p99 ms'], atMost: 300 }],
    notes: [`${CALLS} calls one after the other, ${OTHERS} other connections to the same node`],
  };
});

async function ask(socket, name, body) {
  const reply = await socket.timeout(10_000).emitWithAck(name, body);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code}`);
  return reply.data;
}

function connect({ url }, { token }) {
  const socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false });
  return new Promise((resolve, reject) => {
    socket.once('connection_established', () => resolve(socket));
    socket.once('connect_error', reject);
  });
}
