import { io } from 'socket.io-client';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { percentile } from '../lib/stats.mjs';
import { addOthers } from './_others.mjs';

// From a point that is sent to the watchers who hear of it, p50 and p99, while PAIRS people move and each has one watcher; then the same
// among OTHERS more people who share where they are.

const PAIRS = Number(process.env.PAIRS ?? 50);
const MOVES = Number(process.env.MOVES ?? 20);
const OTHERS = Number(process.env.OTHERS ?? 30_000);

await bench('location-watchers', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4', LOCATION_UPDATE_INTERVAL_MS: '0' } });
  const people = await signUp(muster, PAIRS * 2);
  const connect = ({ token }) =>
    new Promise((resolve, reject) => {
      const socket = io(muster.url, {
        auth: { token },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
      });
      socket.once('connection_established', () => resolve(socket)).once('connect_error', reject);
    });
  const pairs = await Promise.all(
    Array.from({ length: PAIRS }, async (_, index) => {
      const [walker, watcher] = people.slice(index * 2, index * 2 + 2);
      await call(muster, 'POST', '/location/shares', { token: walker.token, body: { target_user_id: watcher.id } });
      return { walker: await connect(walker), watcher: await connect(watcher) };
    }),
  );
  await follow(pairs, 1); // warms up
  const alone = await follow(pairs, MOVES + 1);
  await addOthers(stage.databaseUrl, OTHERS);
  await follow(pairs, 2 * MOVES + 1); // statistics are new, and so are plans
  const among = await follow(pairs, 3 * MOVES + 1);
  pairs.forEach(({ walker, watcher }) => (walker.close(), watcher.close()));
  const row = (what, times) => ({ what, 'p50 ms': percentile(times, 0.5), 'p99 ms': percentile(times, 0.99) });
  return {
    rows: [
      row('acknowledged, durable', alone.acknowledged),
      row('heard by the watcher', alone.heard),
      row(`the same among ${OTHERS} who share`, among.heard),
    ],
    gates: [
      {
        what: 'the watcher’s p50 against the acknowledgement’s',
        value: percentile(alone.heard, 0.5) / percentile(alone.acknowledged, 0.5),
        atMost: 4,
      },
      {
        what: 'the watcher’s p50 among many who share against that without them',
        value: percentile(among.heard, 0.5) / percentile(alone.heard, 0.5),
        atMost: 1.5,
      },
    ],
    notes: [`${PAIRS} pairs, ${MOVES} moves each, all at once`],
  };
});

/** Lets each walker move MOVES times, from the number `first` on; gives how long each move took to be acknowledged and to be heard, in ms. */
async function follow(pairs, first) {
  const [heard, acknowledged] = [[], []];
  await Promise.all(
    pairs.map(async ({ walker, watcher }) => {
      for (let move = first; move < first + MOVES; move++) {
        const begin = performance.now();
        const arrival = new Promise((resolve) => {
          const hear = ({ latitude }) => {
            if (latitude !== move / 1000) return;
            watcher.off('shared_location_update', hear);
            resolve();
          };
          watcher.on('shared_location_update', hear);
        });
        const reply = await walker.emitWithAck('location_update', { latitude: move / 1000, longitude: 14 });
        if (!reply.ok) throw new Error(JSON.stringify(reply));
        acknowledged.push(performance.now() - begin);
        await arrival;
        heard.push(performance.now() - begin);
      }
    }),
  );
  return { heard, acknowledged };
}
