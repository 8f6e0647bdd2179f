import { io } from 'socket.io-client';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { percentile } from '../lib/stats.mjs';

// From a point that is sent to the watchers who hear of it, p50 and p99, while PAIRS people move and each has one watcher.

const PAIRS = Number(process.env.PAIRS ?? 50);
const MOVES = Number(process.env.MOVES ?? 20);

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
  const [heard, acknowledged] = [[], []];
  const pairs = await Promise.all(
    Array.from({ length: PAIRS }, async (_, index) => {
      const [walker, watcher] = people.slice(index * 2, index * 2 + 2);
      await call(muster, 'POST', '/location/shares', { token: walker.token, body: { target_user_id: watcher.id } });
      return { walker: await connect(walker), watcher: await connect(watcher) };
    }),
  );
  await Promise.all(
    pairs.map(async ({ walker, watcher }) => {
      for (let move = 1; move <= MOVES; move++) {
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
  pairs.forEach(({ walker, watcher }) => (walker.close(), watcher.close()));
  const row = (what, times) => ({ what, 'p50 ms': percentile(times, 0.5), 'p99 ms': percentile(times, 0.99) });
  return {
    rows: [row('acknowledged, durable', acknowledged), row('heard by the watcher', heard)],
    gates: [
      {
        what: 'the watcher’s p50 against the acknowledgement’s',
        value: percentile(heard, 0.5) / percentile(acknowledged, 0.5),
        atMost: 4,
      },
    ],
    notes: [`${PAIRS} pairs, ${MOVES} moves each, all at once`],
  };
});
