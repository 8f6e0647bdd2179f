import { setTimeout } from 'node:timers/promises';
import { inProject } from '../../scripts/lib/project.mjs';
import { cpuSeconds } from '../lib/cpu.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';
import { LightSocket } from './_light-socket.mjs';
import { memoryOf, openMuster, openSome, signedUp, UNLIMITED } from './_rooms.mjs';

// What a connection costs the server: CPU to let it in (its token, its user's rooms, his presence), and memory while it is idle;
// against stock Socket.IO that lets in whoever comes.

const COUNT = Number(process.env.COUNT ?? 500);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const IDLE = Number(process.env.IDLE ?? 1_000);
const PEOPLE = 100; // so many that nobody connects more often than he may

await bench('chats-connections', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED });
  const bare = await stage.start('bare', inProject('bench/chats/_bare-io.mjs'));
  const people = await signedUp(stage, PEOPLE);
  const servers = {
    stock: { ...bare, open: () => LightSocket.open(bare.url) },
    Muster: { ...muster, open: (index) => openMuster(muster.url, people[index % PEOPLE]) },
  };
  const connects = Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, () => connectSome(server)]),
  );
  const results = await alternate(connects, { rounds: ROUNDS });
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const idle = { stock: await idleMemory(servers.stock), Muster: await idleMemory(servers.Muster) };
  return {
    rows: Object.keys(servers).map((name) => ({
      what: name,
      'connects/s': median(of(name, 'perSecond')),
      'CPU us/connect': median(of(name, 'cpuMicros')),
      'kB/idle connection': idle[name],
    })),
    gates: [
      {
        what: 'CPU of a connect as a multiple of stock Socket.IO’s',
        value: ratio(of('Muster', 'cpuMicros'), of('stock', 'cpuMicros')).median,
        atMost: 1.5,
      },
      {
        what: 'memory of an idle connection as a multiple of stock Socket.IO’s',
        value: idle.Muster / idle.stock,
        atMost: 1.4,
      },
    ],
  };
});

async function connectSome({ pid, open }) {
  const [begin, before] = [performance.now(), cpuSeconds(pid)];
  const sockets = await openSome(COUNT, open);
  const perSecond = COUNT / ((performance.now() - begin) / 1000);
  const cpuMicros = ((cpuSeconds(pid) - before) * 1e6) / COUNT;
  sockets.forEach((socket) => socket.close());
  await setTimeout(1_000); // they are gone
  return { perSecond, cpuMicros };
}

async function idleMemory({ pid, open }) {
  await openSome(IDLE / 2, open); // what is paid once
  const before = await settledMemory(pid);
  await openSome(IDLE, open);
  return ((await settledMemory(pid)) - before) / IDLE;
}

async function settledMemory(pid) {
  await setTimeout(2_000);
  return memoryOf(pid);
}
