import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { repeat } from '../lib/load.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { sharesLine, withShares } from '../lib/shares.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { musterRooms, peopleIn, signedUp, stockRooms, talk, UNLIMITED } from './_rooms.mjs';

// Sends that are acknowledged when they are durable, and their way to everybody in rooms of 2, 50 and 1,000: against stock Socket.IO
// that stores nothing, and, for the sends, against bare inserts and the two statements in a transaction that storing takes at least,
// through `pg`. Sent as fast as they are acknowledged, and in the largest room also paced: then no two messages share a write.
// The clients live in this process: of the server trust CPU for each delivery and quotients of one run. PROFILE=folder writes a CPU
// profile of the server there.

const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SIZES = (process.env.SIZES ?? '2,50,1000').split(',').map(Number);
const WINDOW = 32;
const MANY = 256;
const PACE = 20;

await bench('chats-rooms', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED, profiled: true });
  const bare = await stage.start('bare', inProject('bench/chats/_bare-io.mjs'));
  const rooms = SIZES.map((size) => ({ size, count: Math.ceil(512 / size) }));
  const people = await signedUp(
    stage,
    rooms.reduce((sum, { size, count }) => sum + count * peopleIn(size), 0),
  );
  const works = { 'bare transactions': await transactions(stage), 'bare inserts': await inserts(stage) };
  for (const { size, count } of rooms) {
    const stock = await stockRooms(() => bare.url, size, count);
    const ours = await musterRooms(() => muster.url, size, people.splice(0, count * peopleIn(size)));
    const both = (name, load) => {
      const pids = { clients: process.pid, PostgreSQL: stage.postgresPid, Redis: stage.redisPid };
      const round = ({ pid }, room) =>
        withShares({ server: pid, ...pids }, () =>
          talk({ ...room, ...load, pid, seconds: SECONDS, postgresPid: stage.postgresPid }),
        );
      works[`stock, ${name}`] = () => round(bare, stock);
      works[`Muster, ${name}`] = () => round(muster, ours);
    };
    both(`room of ${size}`, { window: WINDOW });
    if (size === 2) both(`room of 2, ${MANY} at once`, { window: MANY });
    if (size === 1000) both(`room of 1000, ${PACE} a second`, { rate: PACE });
  }
  const results = await alternate(works, { rounds: ROUNDS });
  await muster.stop(); // so that it writes its profile
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const against = (name, figure) => ratio(of(`Muster, ${name}`, figure), of(`stock, ${name}`, figure)).median;
  const gates = SIZES.map((size) => ({
    what: `CPU of a delivery in a room of ${size}, durable, as a multiple of stock Socket.IO’s that stores nothing`,
    value: against(`room of ${size}`, 'cpuMicros'),
    atMost: size === 2 ? 8 : 1.5,
  }));
  if (SIZES.includes(2))
    gates.unshift(
      {
        what: 'durable acknowledged sends/s as a share of bare transactions/s, 32 at once',
        value: ratio(of('Muster, room of 2', 'sends'), of('bare transactions', 'perSecond')).median,
        atLeast: 1,
      },
      {
        what: `durable acknowledged sends/s as a share of bare inserts/s by 32 connections, ${MANY} at once`,
        value: ratio(of(`Muster, room of 2, ${MANY} at once`, 'sends'), of('bare inserts', 'perSecond')).median,
        atLeast: 0.75,
      },
    );
  if (SIZES.includes(1000))
    gates.push(
      {
        what: 'deliveries/s in a room of 1000, durable, as a multiple of stock Socket.IO’s that stores nothing',
        value: against('room of 1000', 'deliveries'),
        atLeast: 8,
      },
      {
        what: `CPU of a delivery in a room of 1000, ${PACE} messages a second, as a multiple of stock Socket.IO’s`,
        value: against(`room of 1000, ${PACE} a second`, 'cpuMicros'),
        atMost: 0.85,
      },
    );
  return {
    rows: Object.keys(works).map((name) => ({
      what: name,
      'sends/s': median(of(name, 'sends').map((value, round) => value ?? of(name, 'perSecond')[round])),
      'deliveries/s': median(of(name, 'deliveries')),
      'CPU us/delivery': name.startsWith('bare') ? undefined : median(of(name, 'cpuMicros')),
      'PostgreSQL’s us/send': name.startsWith('Muster') ? median(of(name, 'postgresMicros')) : undefined,
      'ack p50 ms': median(of(name, 'times').map((times) => percentile(times, 0.5))),
      'ack p99 ms': median(of(name, 'times').map((times) => percentile(times, 0.99))),
    })),
    gates,
    notes: Object.keys(works)
      .filter((name) => name.endsWith('1000'))
      .map((name) => `cores in use, ${name}: ${sharesLine(results[name])}`),
  };
});

async function transactions(stage) {
  const pool = new pg.Pool({ connectionString: stage.databaseUrl, max: WINDOW });
  await pool.query(`
    CREATE TABLE bare_chats (id int PRIMARY KEY, last_seq bigint NOT NULL DEFAULT 0);
    CREATE TABLE bare_messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat_id int, seq bigint, content text, UNIQUE (chat_id, seq));
    INSERT INTO bare_chats SELECT n FROM generate_series(1, ${WINDOW}) n`);
  const work = async (client) => {
    const connection = await pool.connect();
    try {
      await connection.query('BEGIN');
      const head = {
        name: 'head',
        text: 'UPDATE bare_chats SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq',
      };
      const { rows } = await connection.query({ ...head, values: [client + 1] });
      const message = {
        name: 'message',
        text: 'INSERT INTO bare_messages (chat_id, seq, content) VALUES ($1, $2, $3)',
      };
      await connection.query({ ...message, values: [client + 1, rows[0].last_seq, 'Where are you?'] });
      await connection.query('COMMIT');
    } finally {
      connection.release();
    }
  };
  return () => repeat({ clients: WINDOW, seconds: SECONDS, work });
}

async function inserts(stage) {
  const pool = new pg.Pool({ connectionString: stage.databaseUrl, max: WINDOW });
  await pool.query(
    'CREATE TABLE bare_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat_id int, seq bigint, content text); CREATE INDEX ON bare_rows (chat_id, seq)',
  );
  const row = { name: 'row', text: 'INSERT INTO bare_rows (chat_id, seq, content) VALUES ($1, $2, $3)' };
  let seq = 0;
  const work = (client) => pool.query({ ...row, values: [client, ++seq, 'Where are you?'] });
  return () => repeat({ clients: WINDOW, seconds: SECONDS, work });
}
