import { inProject } from '../../scripts/lib/project.mjs';
import { openSome, signedUp, UNLIMITED } from '../chats/_rooms.mjs';
import { LightSocket } from '../chats/_light-socket.mjs';
import { cpuSeconds } from '../lib/cpu.mjs';
import { repeat } from '../lib/load.mjs';
import { call } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { Tracks } from './_track.mjs';

// Durable points a second over 800 sockets of people who keep a history, 200 and 800 points at a time: against stock Socket.IO that
// acknowledges and keeps nothing, and against points saved one by one by TypeORM. SECONDS and ROUNDS make it
// longer; PROFILE=folder writes a CPU profile of the server there.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const PEOPLE = 200;
const SOCKETS = 800; // so many that none sends more than a connection may
const AT_ONCE = [200, 800];

await bench('location-ingest', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED, profiled: true });
  const people = await signedUp(stage, PEOPLE);
  for (const { token } of people)
    await call(muster, 'PUT', '/location/settings', { token, body: { history: 'forever' } });
  const servers = {
    'Socket.IO': await stage.start('bare', inProject('bench/location/_bare-socket.mjs')),
    TypeORM: await stage.start('plain', inProject('bench/location/_bare-typeorm.mjs')),
    Muster: muster,
  };
  const tracks = new Tracks();
  const works = {};
  for (const [name, server] of Object.entries(servers)) {
    const open = (index) =>
      name === 'Muster'
        ? LightSocket.open(server.url, { auth: { token: people[index % PEOPLE].token } }, 'connection_established')
        : LightSocket.open(server.url);
    const sockets = await openSome(SOCKETS, open);
    let next = 0;
    const send = async () => {
      const index = next++ % SOCKETS;
      const reply = await sockets[index].emitWithAck('location_update', tracks.take(index % PEOPLE, 1)[0]);
      if (!reply.ok) throw new Error(reply.error.code);
    };
    for (const clients of AT_ONCE)
      works[`${name}, ${clients} at once`] = () => measured(stage, server, { clients, work: send });
  }
  const results = await alternate(works, { rounds: ROUNDS });
  await muster.stop(); // so that it writes its profile
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const against = (other, clients) =>
    ratio(of(`Muster, ${clients} at once`, 'points'), of(`${other}, ${clients} at once`, 'points')).median;
  return {
    rows: Object.keys(works).map((what) => ({
      what,
      'points/s': median(of(what, 'points')),
      'CPU us/point': median(of(what, 'cpu')),
      'PostgreSQL’s': median(of(what, 'postgres')),
      'p50 ms': median(of(what, 'p50')),
      'p99 ms': median(of(what, 'p99')),
    })),
    gates: AT_ONCE.flatMap((clients) => [
      {
        what: `points/s over sockets, durable, as a share of Socket.IO’s that keeps nothing, ${clients} at once`,
        value: against('Socket.IO', clients),
        atLeast: 0.5,
        stretch: 0.65,
      },
      {
        what: `points/s over sockets as a multiple of TypeORM’s, ${clients} at once`,
        value: against('TypeORM', clients),
        atLeast: 10,
        stretch: 15,
      },
    ]),
  };
});

/** Points a second, and microseconds of CPU for each: of the server, and of PostgreSQL. */
async function measured(stage, { pid }, { clients, work }) {
  const used = () => [cpuSeconds(pid), cpuSeconds(stage.postgresPid, { children: true })];
  const before = used();
  const { perSecond, times } = await repeat({ clients, seconds: SECONDS, work });
  const [cpu, postgres] = used().map((seconds, index) => ((seconds - before[index]) * 1e6) / times.length);
  return { points: perSecond, cpu, postgres, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
