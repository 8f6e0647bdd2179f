import { spawnSync } from 'node:child_process';
import { inProject } from '../../scripts/lib/project.mjs';
import { cpuSeconds } from '../lib/cpu.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { hasEjabberd, startEjabberd } from './_ejabberd.mjs';
import { pgbenchWorks } from './_pgbench.mjs';
import { musterRooms, openSome, peopleIn, signedUp, stockRooms, talk, UNLIMITED } from './_rooms.mjs';
import { XmppSocket } from './_xmpp-socket.mjs';

// The same talk side by side: at the bare `ws`, stock Socket.IO and a bare Nest gateway, which store nothing; at Socket.IO over
// TypeORM, which saves each message in a transaction, and at Muster, which are durable; with EJABBERD=yes also at Debian's ejabberd
// with its archive in the same PostgreSQL, and pgbench where it is installed. PEERS picks some of them by name.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const LOADS = [
  { name: 'rooms of 2', size: 2, count: 256, window: 32 },
  { name: 'rooms of 2, 256 at once', size: 2, count: 256, window: 256 },
  { name: 'rooms of 50', size: 50, count: 11, window: 32 },
  { name: 'rooms of 50, 100 a second', size: 50, count: 11, rate: 100 },
  { name: 'room of 1000', size: 1000, count: 1, window: 32 },
  { name: 'room of 1000, 20 a second', size: 1000, count: 1, rate: 20 },
];
const BARE = { ws: '_bare-ws.mjs', 'Socket.IO': '_bare-io.mjs', Nest: '_bare-nest.mjs', TypeORM: '_bare-typeorm.mjs' };

const UNITS = {
  sends: 'durable sends/s',
  deliveries: 'deliveries/s',
  cpuMicros: 'CPU of a delivery',
  p99: 'the acknowledgement’s p99',
};
const NAMES = {
  ws: 'the bare ws',
  'Socket.IO': 'stock Socket.IO',
  TypeORM: 'Socket.IO’s over TypeORM',
  ejabberd: 'ejabberd with its archive',
  'pgbench, inserts': 'pgbench, inserts only',
  'pgbench, transactions': 'pgbench, insert and update',
};

await bench('chats-peers', async (stage) => {
  const servers = await serversOf(stage);
  const works = {};
  for (const { size, count } of distinct(LOADS, ({ size }) => size)) {
    for (const [server, { roomsOf, pid }] of Object.entries(servers)) {
      const rooms = await roomsOf(size, count);
      for (const load of LOADS.filter((one) => one.size === size))
        works[`${load.name}: ${server}`] = () =>
          withPostgres(stage, () => talk({ ...rooms, ...load, pid, seconds: SECONDS }));
    }
  }
  if (spawnSync('pgbench', ['--version']).status === 0) {
    const micros = (work) => withPostgres(stage, work);
    const { insert, transaction } = await pgbenchWorks(stage, { seconds: SECONDS, postgresMicros: micros });
    Object.assign(works, { 'pgbench, inserts': insert, 'pgbench, transactions': transaction });
  }
  const results = await alternate(works, { rounds: ROUNDS });
  const figure = (name, key) => results[name]?.map((result) => result[key]);
  const middle = (name, key) => median(figure(name, key).filter((value) => value !== undefined));
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'sends/s': middle(name, 'sends'),
      'deliveries/s': middle(name, 'deliveries'),
      'CPU us/delivery': middle(name, 'cpuMicros'),
      'PostgreSQL us/send': middle(name, 'postgresMicros'),
      'ack p50 ms': median(figure(name, 'times').map((times) => percentile(times ?? [], 0.5))),
      'ack p99 ms': median(figure(name, 'times').map((times) => percentile(times ?? [], 0.99))),
    })),
    gates: gatesOf(figure),
  };
});

/** What is asked of Muster beside the others, as far as they take part. */
function gatesOf(figure) {
  const against = (load, key, other, bound) => {
    const name = other.startsWith('pgbench') ? other : `${load}: ${other}`;
    const [ours, theirs] = [figure(`${load}: Muster`, key), figure(name, key)];
    const what = `${UNITS[key]} as a multiple of ${NAMES[other]}’s, ${load}`;
    return ours && theirs ? [{ what, value: ratio(ours, theirs).median, ...bound }] : [];
  };
  return [
    ...against('rooms of 2', 'sends', 'pgbench, transactions', { atLeast: 1, stretch: 1.2 }),
    ...against('rooms of 2', 'sends', 'TypeORM', { atLeast: 5, stretch: 6 }),
    ...against('rooms of 2', 'cpuMicros', 'TypeORM', { atMost: 0.2 }),
    ...against('rooms of 2', 'sends', 'ejabberd', { atLeast: 4, stretch: 5 }),
    ...against('rooms of 2, 256 at once', 'sends', 'pgbench, inserts', { atLeast: 0.75, stretch: 0.9 }),
    ...against('rooms of 2, 256 at once', 'sends', 'ejabberd', { atLeast: 5, stretch: 6 }),
    ...against('rooms of 50', 'sends', 'TypeORM', { atLeast: 2, stretch: 2.4 }),
    ...against('rooms of 50', 'sends', 'ejabberd', { atLeast: 3, stretch: 4 }),
    ...against('rooms of 50, 100 a second', 'p99', 'TypeORM', { atMost: 0.8, stretch: 0.5 }),
    ...against('room of 1000', 'deliveries', 'Socket.IO', { atLeast: 8, stretch: 13 }),
    ...against('room of 1000', 'deliveries', 'ejabberd', { atLeast: 20, stretch: 30 }),
    ...against('room of 1000, 20 a second', 'cpuMicros', 'Socket.IO', { atMost: 0.85, stretch: 0.75 }),
    ...against('room of 1000, 20 a second', 'cpuMicros', 'ws', { atMost: 1.05, stretch: 0.95 }),
  ];
}

/** By name: `{ pid, roomsOf(size, count) }`, what `talk` needs. */
async function serversOf(stage) {
  const wanted = (name) => !process.env.PEERS || process.env.PEERS.split(',').includes(name);
  const servers = {};
  for (const [name, file] of Object.entries(BARE).filter(([name]) => wanted(name))) {
    const { url, pid } = await stage.start(name, inProject('bench/chats', file));
    servers[name] = { pid, roomsOf: (size, count) => stockRooms(() => url, size, count) };
  }
  if (process.env.EJABBERD) {
    if (!hasEjabberd()) throw new Error('Debian’s packages ejabberd and erlang-p1-pgsql are not installed.');
    const { url, pid } = await startEjabberd(stage);
    servers.ejabberd = { pid, roomsOf: (size, count) => xmppRooms(url, size, count) };
  }
  const muster = await stage.startMuster({ env: UNLIMITED });
  const needed = distinct(LOADS, ({ size }) => size).reduce((sum, { size, count }) => sum + count * peopleIn(size), 0);
  const people = await signedUp(stage, needed);
  const roomsOf = (size, count) => musterRooms(() => muster.url, size, people.splice(0, count * peopleIn(size)));
  servers.Muster = { pid: muster.pid, roomsOf };
  return servers;
}

async function xmppRooms(url, size, count) {
  const room = (index) => `${size}-${Math.floor(index / size)}`;
  const open = (index) => XmppSocket.open(url, { room: room(index), name: `u${index}` });
  const sockets = [];
  for (let first = 0; first < size * count; first += size) {
    sockets.push(await open(first)); // alone: of some who come at once to a room that is not yet there, each may get his own
    sockets.push(...(await openSome(size - 1, (index) => open(first + 1 + index))));
  }
  const senders = sockets.filter((_, index) => index % size < 32).map((socket) => ({ socket }));
  return { sockets, senders, say: ({ socket }) => socket.say('Where are you?') };
}

/** What `work` gives, with PostgreSQL's CPU for each of its sends. */
async function withPostgres(stage, work) {
  const used = () => cpuSeconds(stage.postgresPid, { children: true });
  const before = used();
  const result = await work();
  const sent = result.sent ?? result.times.length;
  return {
    ...result,
    p99: result.times && percentile(result.times, 0.99),
    postgresMicros: ((used() - before) * 1e6) / sent,
  };
}

/** Those of a list of which no earlier one has the same key. */
function distinct(list, keyOf) {
  return list.filter((one, index) => list.findIndex((other) => keyOf(other) === keyOf(one)) === index);
}
