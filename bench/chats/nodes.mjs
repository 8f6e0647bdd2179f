import { inProject } from '../../scripts/lib/project.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { musterRooms, signedUp, stockRooms, talk, UNLIMITED } from './_rooms.mjs';

// Rooms of two whose sockets are on two nodes: what it costs the node that only hears of a message, through Redis, to deliver it;
// against stock Socket.IO with its adapter for Redis. Paced alike, for a server that is asked less often pays more for each message.

// SECONDS and ROUNDS make it longer.

const SECONDS = Number(process.env.SECONDS ?? 5);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const ROOMS = 64;
const PACE = 500; // so many that their CPU is much more than the 10 ms by which the system counts it

await bench('chats-nodes', async (stage) => {
  const bare = () => stage.start('bare', inProject('bench/chats/_bare-io.mjs'), { env: { NODES: 'true' } });
  const ours = [await stage.startMuster({ env: UNLIMITED }), await stage.startMuster({ env: UNLIMITED })];
  const stock = [await bare(), await bare()];
  const people = await signedUp(stage, ROOMS * 2);
  const rooms = {
    stock: await stockRooms((index) => stock[index].url, 2, ROOMS),
    Muster: await musterRooms((index) => ours[index].url, 2, people),
  };
  // those of the one node send, those of the other only hear
  for (const one of Object.values(rooms)) one.senders = one.senders.filter((_, index) => index % 2 === 0);
  const load = { seconds: SECONDS, rate: PACE };
  const results = await alternate(
    {
      stock: () => talk({ ...rooms.stock, ...load, pid: stock[1].pid }),
      Muster: () => talk({ ...rooms.Muster, ...load, pid: ours[1].pid }),
    },
    { rounds: ROUNDS },
  );
  // half of the deliveries are the hearing node's
  const cpuOf = (name) => results[name].map(({ cpuMicros }) => cpuMicros * 2);
  const share = ratio(cpuOf('Muster'), cpuOf('stock'));
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'sends/s': median(results[name].map(({ sends }) => sends)),
      'CPU us/delivery from the other node': median(cpuOf(name)),
      'ack p50 ms': median(results[name].map(({ times }) => percentile(times, 0.5))),
    })),
    gates: [
      {
        what: 'CPU of a delivery that comes from another node as a multiple of stock Socket.IO’s with its Redis adapter',
        value: share.median,
        atMost: 0.6,
      },
    ],
    notes: [`rounds from ${share.lowest.toFixed(2)} to ${share.highest.toFixed(2)}`],
  };
});
