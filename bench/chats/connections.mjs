import { setTimeout } from 'node:timers/promises';
import { inProject } from '../../scripts/lib/project.mjs';
import { cpuSeconds } from '../lib/cpu.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';
import { hasEjabberd, startEjabberd } from './_ejabberd.mjs';
import { LightSocket } from './_light-socket.mjs';
import { memoryOf, openMuster, openSome, signedUp, UNLIMITED } from './_rooms.mjs';
import { XmppSocket } from './_xmpp-socket.mjs';

// What a connection costs the server: CPU to let it in (its token, its user's rooms, his presence), and memory while it is idle, when
// what letting in has left behind is collected; against stock Socket.IO that lets in whoever comes. COUNT, ROUNDS and IDLE make it
// longer; PROFILE=folder writes a CPU profile of each server there. With EJABBERD=yes the memory of Debian's ejabberd is beside it.

const COUNT = Number(process.env.COUNT ?? 1_000);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const IDLE = Number(process.env.IDLE ?? 8_000);
const PEOPLE = 500; // so many that nobody connects more often than he may
const COLLECTS = ['--expose-gc', '--import', inProject('bench/chats/_collect.mjs')];

await bench('chats-connections', async (stage) => {
  const people = await signedUp(stage, PEOPLE);
  const started = async (options) => {
    const bare = await stage.start('bare', inProject('bench/chats/_bare-io.mjs'), options);
    const muster = await stage.startMuster({ env: UNLIMITED, ...options });
    return {
      stock: { ...bare, open: () => LightSocket.open(bare.url) },
      Muster: { ...muster, open: (index) => openMuster(muster.url, people[index % PEOPLE]) },
    };
  };
  const idle = {};
  // before anything else is done there, lest connections find room in what that has left behind
  for (const [name, server] of Object.entries(await started({ nodeArgs: COLLECTS }))) {
    idle[name] = await idleMemory({ ...server, collect: () => process.kill(server.pid, 'SIGUSR2') });
    await server.stop();
  }
  if (process.env.EJABBERD) idle.ejabberd = await ejabberdMemory(stage);
  const servers = await started({ profiled: true });
  const connects = Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, () => connectSome(server)]),
  );
  await alternate(connects, { rounds: 1 }); // the code gets warm
  const results = await alternate(connects, { rounds: ROUNDS });
  const of = (name, figure) => results[name].map((result) => result[figure]);
  await Promise.all(Object.values(servers).map(({ stop }) => stop())); // so that they write their profiles
  const cpu = ratio(of('Muster', 'cpuMicros'), of('stock', 'cpuMicros'));
  return {
    rows: Object.keys(idle).map((name) => ({
      what: name,
      'connects/s': servers[name] && median(of(name, 'perSecond')),
      'CPU us/connect': servers[name] && median(of(name, 'cpuMicros')),
      'kB/idle connection': idle[name],
    })),
    gates: [
      {
        what: 'CPU of a connect as a multiple of stock Socket.IO’s',
        value: cpu.median,
        atMost: 1.5,
      },
      {
        what: 'memory of an idle connection as a multiple of stock Socket.IO’s',
        value: idle.Muster / idle.stock,
        atMost: 1.4,
      },
      ...(idle.ejabberd
        ? [
            {
              what: 'memory of an idle connection as a multiple of ejabberd’s',
              value: idle.Muster / idle.ejabberd,
              atMost: 0.4,
            },
          ]
        : []),
    ],
    notes: [`rounds of the first from ${cpu.lowest.toFixed(2)} to ${cpu.highest.toFixed(2)}`],
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

async function idleMemory({ pid, open, collect }) {
  await openSome(IDLE / 8, open); // what is paid once
  const before = await settledMemory(pid, collect);
  await openSome(IDLE, open);
  return ((await settledMemory(pid, collect)) - before) / IDLE;
}

async function settledMemory(pid, collect) {
  await setTimeout(500);
  for (let time = 0; time < 3; time++) {
    collect();
    await setTimeout(500);
  }
  return memoryOf(pid);
}

/** Its processes collect their garbage by themselves when nothing has come for a while, as they have nothing to do. */
async function ejabberdMemory(stage) {
  if (!hasEjabberd()) throw new Error('Debian’s packages ejabberd and erlang-p1-pgsql are not installed.');
  const { url, pid, stop } = await startEjabberd(stage);
  const open = () => XmppSocket.open(url);
  const memory = await idleMemory({ pid, open, collect: () => undefined });
  await stop();
  return memory;
}
