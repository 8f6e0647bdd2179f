import { spawnSync } from 'node:child_process';
import { inProject } from '../../scripts/lib/project.mjs';
import { cpuSeconds } from '../lib/cpu.mjs';
import { spread } from '../lib/figures.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { hasEjabberd, startEjabberd } from './_ejabberd.mjs';
import { hasNchan, startNchan } from './_nchan.mjs';
import { NchanSocket } from './_nchan-socket.mjs';
import { pgbenchWorks } from './_pgbench.mjs';
import { musterRooms, openSome, peopleIn, signedUp, stockRooms, talk, UNLIMITED } from './_rooms.mjs';
import { XmppSocket } from './_xmpp-socket.mjs';

const SECONDS = Number(process.env.SECONDS ?? 2.5);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SENDERS = 32; // of each room
const BARE = {
  net: '_bare-net.mjs',
  ws: '_bare-ws.mjs',
  'Socket.IO': '_bare-io.mjs',
  Nest: '_bare-nest.mjs',
  TypeORM: '_bare-typeorm.mjs',
};

const UNITS = {
  sends: 'durable sends/s',
  deliveries: 'deliveries/s',
  cpuMicros: 'CPU of a delivery',
  p99: 'the acknowledgement’s p99',
};
const NAMES = {
  net: 'the bare net',
  ws: 'the bare ws',
  nchan: 'nchan',
  'Socket.IO': 'stock Socket.IO',
  TypeORM: 'Socket.IO’s over TypeORM',
  ejabberd: 'ejabberd with its archive',
  'pgbench, inserts': 'pgbench, inserts only',
  'pgbench, transactions': 'pgbench, insert and update',
};

/**
 * The same talk side by side: at bare sockets, the bare `ws`, stock Socket.IO and a bare Nest gateway, which store nothing; at Socket.IO
 * over TypeORM, which saves each message in a transaction, and at Muster, which are durable; with EJABBERD=yes also at Debian's ejabberd
 * with its archive in the same PostgreSQL, with NCHAN=yes at its nginx with nchan, which stores nothing, and, `withPgbench`, at pgbench
 * where it is installed. PEERS picks some of them by name.
 *
 * There are `count` rooms of `size`, and `loads` of them (`{ name, window | rate }`, as `talk` has it). A gate is
 * `[load, figure, other, bound]`, and asked if both take part.
 */
export const peers = (name, { size, count, loads, gates, withPgbench = false }) =>
  bench(name, async (stage) => {
    const works = {};
    for (const [server, { roomsOf, pid }] of Object.entries(await serversOf(stage, count * peopleIn(size)))) {
      const rooms = await roomsOf(size, count);
      for (const load of loads)
        works[`${load.name}: ${server}`] = () =>
          withPostgres(stage, () => talk({ ...rooms, ...load, pid, seconds: SECONDS }));
    }
    if (withPgbench && spawnSync('pgbench', ['--version']).status === 0) {
      const micros = (work) => withPostgres(stage, work);
      const { insert, transaction } = await pgbenchWorks(stage, { seconds: SECONDS, postgresMicros: micros });
      Object.assign(works, { 'pgbench, inserts': insert, 'pgbench, transactions': transaction });
    }
    const results = await alternate(works, { rounds: ROUNDS });
    return { rows: rowsOf(results), ...gatesOf(results, gates) };
  });

function rowsOf(results) {
  return Object.entries(results).map(([what, rounds]) => {
    const middle = (key) => median(rounds.map((result) => result[key]).filter((value) => value !== undefined));
    const time = (share) => median(rounds.map(({ times }) => percentile(times ?? [], share)));
    return {
      what,
      'sends/s': middle('sends'),
      'deliveries/s': middle('deliveries'),
      'CPU us/delivery': middle('cpuMicros'),
      'PostgreSQL us/send': middle('postgresMicros'),
      'ack p50 ms': time(0.5),
      'ack p99 ms': time(0.99),
    };
  });
}

/** What is asked of Muster beside the others, as far as they take part, and how far its rounds lie apart. */
function gatesOf(results, asked) {
  const compared = asked.flatMap(([load, key, other, bound]) => {
    const figures = (name) => results[name]?.map((result) => result[key]);
    const [ours, theirs] = [
      figures(`${load}: Muster`),
      figures(other.startsWith('pgbench') ? other : `${load}: ${other}`),
    ];
    return ours && theirs
      ? [{ what: `${UNITS[key]} as a multiple of ${NAMES[other]}’s, ${load}`, bound, ...ratio(ours, theirs) }]
      : [];
  });
  return {
    gates: compared.map(({ what, bound, median: value }) => ({ what, value, ...bound })),
    notes: compared.map((one) => `${one.what}: rounds from ${spread(one)}`),
  };
}

/** By name: `{ pid, roomsOf(size, count) }`, what `talk` needs; at Muster so many people are `needed`. */
async function serversOf(stage, needed) {
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
  if (process.env.NCHAN) {
    if (!hasNchan()) throw new Error('Debian’s packages nginx-light and libnginx-mod-nchan are not installed.');
    const { url, pid } = await startNchan(stage);
    servers.nchan = { pid, roomsOf: (size, count) => nchanRooms(url, size, count) };
  }
  const muster = await stage.startMuster({ env: UNLIMITED });
  const people = await signedUp(stage, needed);
  servers.Muster = { pid: muster.pid, roomsOf: (size) => musterRooms(() => muster.url, size, people) };
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
  const senders = sockets.filter((_, index) => index % size < SENDERS).map((socket) => ({ socket }));
  return { sockets, senders, say: ({ socket }) => socket.say('Where are you?') };
}

async function nchanRooms(url, size, count) {
  const open = (index) =>
    NchanSocket.open(url, { room: `${size}-${Math.floor(index / size)}`, speaks: index % size < SENDERS });
  const sockets = await openSome(size * count, open);
  const senders = sockets.filter((_, index) => index % size < SENDERS).map((socket) => ({ socket }));
  // it is a worker of nginx's that does it
  const cpuOf = (pid) => cpuSeconds(pid, { children: true });
  return { sockets, senders, cpuOf, say: ({ socket }) => socket.say('Where are you?') };
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
