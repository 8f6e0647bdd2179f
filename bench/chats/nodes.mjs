import { setTimeout } from 'node:timers/promises';
import { inProject } from '../../scripts/lib/project.mjs';
import { threadSeconds } from '../lib/cpu.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { musterRooms, signedUp, stockRooms, talk, UNLIMITED } from './_rooms.mjs';

// Rooms of two whose sockets are on two nodes: what it costs the node that only hears of a message, through Redis, to deliver it;
// against stock Socket.IO with its adapter for Redis. Both are paced alike, for a server that is asked less often pays more for each
// message; told as many bytes; and talk at once: of the machine, Muster's sends, which are stored, leave less warm than stock's, and that is
// no cost of hearing. What a node uses when nothing is said is measured apart and not counted.

// SECONDS and ROUNDS make it longer; PROFILE=folder writes a CPU profile of Muster's hearing node there.

const SECONDS = Number(process.env.SECONDS ?? 8);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const ROOMS = 64;
const PACE = 500; // of each
/** Until V8 has compiled what is run often, and collected what is left of the start. */
const WARM_UP = { seconds: 10, window: 8 };
/** Makes what stock sends as long as Muster's message, in which also stands who says it, where and when. */
const AS_LONG_AS_OURS = 'Where are you?'.padEnd(700, '.');

await bench('chats-nodes', async (stage) => {
  const bare = () => stage.start('bare', inProject('bench/chats/_bare-io.mjs'), { env: { NODES: 'true' } });
  const stock = [await bare(), await bare()];
  const ours = [
    await stage.startMuster({ env: UNLIMITED }),
    await stage.startMuster({ env: UNLIMITED, profiled: true }),
  ];
  const people = await signedUp(stage, ROOMS * 2);
  const rooms = {
    stock: await stockRooms((index) => stock[index].url, 2, ROOMS, AS_LONG_AS_OURS),
    Muster: await musterRooms((index) => ours[index].url, 2, people),
  };
  const hearing = { stock: stock[1].pid, Muster: ours[1].pid };
  const names = Object.keys(rooms);
  // those of the one node send, those of the other only hear
  for (const one of Object.values(rooms)) one.senders = one.senders.filter((_, index) => index % 2 === 0);
  const idle = {};
  const allTalk = (load) =>
    Promise.all(
      names.map((name) =>
        talk({ ...rooms[name], ...load, pid: hearing[name], cpuOf: threadSeconds, idle: idle[name] ?? 0 }),
      ),
    );
  await allTalk(WARM_UP);
  const before = names.map((name) => threadSeconds(hearing[name]));
  await setTimeout(SECONDS * 1000);
  names.forEach((name, index) => (idle[name] = (threadSeconds(hearing[name]) - before[index]) / SECONDS));
  const { both } = await alternate({ both: () => allTalk({ seconds: SECONDS, rate: PACE }) }, { rounds: ROUNDS });
  await ours[1].stop(); // so that it writes its profile

  const of = (name, figure) => both.map((results) => figure(results[names.indexOf(name)]));
  // half of the deliveries are the hearing node's
  const cpuOf = (name) => of(name, ({ cpuMicros }) => cpuMicros * 2);
  const withIdle = (name) => cpuOf(name).map((micros) => micros + (idle[name] * 1e6) / PACE);
  const share = ratio(cpuOf('Muster'), cpuOf('stock'));
  const shareWithIdle = ratio(withIdle('Muster'), withIdle('stock'));
  return {
    rows: names.map((name) => ({
      what: name,
      'sends/s': median(of(name, ({ sends }) => sends)),
      'CPU us/delivery from the other node': median(cpuOf(name)),
      'CPU us/s when idle': idle[name] * 1e6,
      'ack p50 ms': median(of(name, ({ times }) => percentile(times, 0.5))),
    })),
    gates: [
      {
        what: 'CPU of a delivery that comes from another node as a multiple of stock Socket.IO’s with its Redis adapter',
        value: share.median,
        atMost: 0.6,
      },
    ],
    notes: [
      `rounds from ${share.lowest.toFixed(2)} to ${share.highest.toFixed(2)}; with what is used when idle ${shareWithIdle.median.toFixed(2)}`,
    ],
  };
});
