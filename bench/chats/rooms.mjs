import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { memoryOf, open, openSome, talk } from './_rooms.mjs';

// Sends that are acknowledged when they are durable, and their way to everybody in rooms of 2, 50 and 1,000: against stock Socket.IO
// that stores nothing, and, for the sends, against bare inserts and the two statements in a transaction that storing takes at least,
// through `pg`.
// The clients live in this process: of the server trust CPU for each delivery and quotients of one run.

const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SIZES = (process.env.SIZES ?? '2,50,1000').split(',').map(Number);
const IDLE = Number(process.env.IDLE ?? 1_000);
const WINDOW = 32;
const MANY = 256;
const UNLIMITED = {
  ...{ ENVIRONMENT: 'production', RATE_LIMIT_DISABLED: 'false', RATE_LIMIT_PER_MINUTE: '1000000' },
  ...{ MESSAGES_PER_SECOND: '100000', MESSAGES_BURST: '1000000' },
  ...{ CHAT_MESSAGES_PER_SECOND: '100000', CHAT_MESSAGES_BURST: '1000000' },
};

await bench('chats-rooms', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED });
  const bare = await stage.start('bare', inProject('bench/chats/_bare-io.mjs'));
  const rooms = SIZES.map((size) => ({ size, pairs: size === 2 ? 32 : 1 }));
  const people = await signedUp(stage, 1 + rooms.reduce((sum, { pairs }) => sum + pairs * 2, 0));
  const [person] = people.splice(0, 1);
  const works = { 'bare transactions': await transactions(stage), 'bare inserts': await inserts(stage) };
  for (const { size, pairs } of rooms) {
    works[`stock, room of ${size}`] = await stockRoom(bare, size, pairs);
    const talkInRoom = await musterRoom(muster, size, people.splice(0, pairs * 2));
    works[`Muster, room of ${size}`] = () => talkInRoom(WINDOW);
    if (size === 2) works[`Muster, room of 2, ${MANY} at once`] = () => talkInRoom(MANY);
  }
  const results = await alternate(works, { rounds: ROUNDS });
  const idle = { muster: await idleMemory(muster, person), stock: await idleMemory(bare) };
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const against = (size, figure) =>
    ratio(of(`Muster, room of ${size}`, figure), of(`stock, room of ${size}`, figure)).median;
  const gates = SIZES.map((size) => ({
    what: `CPU of a delivery in a room of ${size}, durable, as a multiple of stock Socket.IO’s that stores nothing`,
    value: against(size, 'cpuMicros'),
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
    gates.push({
      what: 'deliveries/s in a room of 1000, durable, as a multiple of stock Socket.IO’s that stores nothing',
      value: against(1000, 'deliveries'),
      atLeast: 8,
    });
  gates.push({
    what: 'memory of an idle connection as a multiple of stock Socket.IO’s',
    value: idle.muster / idle.stock,
    atMost: 1.4,
  });
  return {
    rows: Object.keys(works).map((name) => ({
      what: name,
      'sends/s': median(of(name, 'sends').map((value, round) => value ?? of(name, 'perSecond')[round])),
      'deliveries/s': median(of(name, 'deliveries')),
      'CPU us/delivery': name.startsWith('bare') ? undefined : median(of(name, 'cpuMicros')),
      'ack p50 ms': median(of(name, 'times').map((times) => percentile(times, 0.5))),
      'ack p99 ms': median(of(name, 'times').map((times) => percentile(times, 0.99))),
    })),
    gates,
    notes: [`idle connection: ${idle.muster.toFixed(1)} kB here, ${idle.stock.toFixed(1)} kB stock`],
  };
});

/** By a server that does not limit how many one address may register. */
async function signedUp(stage, count) {
  const door = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const people = await signUp(door, count);
  await door.stop();
  return people;
}

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

async function stockRoom(bare, size, pairs) {
  const names = Array.from({ length: pairs }, (_, index) => `${size}-${index}`);
  const join = (index) => open(bare.url, { query: { rooms: names[Math.floor(index / size)] } }, 'connect');
  const sockets = await openSome(size * pairs, join);
  const senders = names.map((room, index) => ({ room, socket: sockets[index * size] }));
  const say = ({ room, socket }) => socket.emitWithAck('say', { room, content: 'Where are you?' });
  return () => talk({ ...bare, sockets, senders, seconds: SECONDS, window: WINDOW, say });
}

/** As many connections as the room is large, of two people with many devices each: fan-out counts connections, not people. */
async function musterRoom(muster, size, people) {
  const [sockets, senders] = [[], []];
  for (let from = 0; from < people.length; from += 2) {
    const two = people.slice(from, from + 2);
    const body = { chat_type: 'group', name: `room of ${size}`, participant_ids: [two[1].id] };
    const { id } = await call(muster, 'POST', '/chats', { token: two[0].token, body });
    const join = (index) => open(muster.url, { auth: { token: two[index % 2].token } }, 'connection_established');
    sockets.push(...(await openSome(size, join)));
    senders.push({ id, socket: sockets.at(-1) });
  }
  const say = async ({ id, socket }) => {
    const reply = await socket.emitWithAck('send_message', { chat_id: id, content: 'Where are you?' });
    if (!reply.ok) throw new Error(reply.error.code);
  };
  return (window) => talk({ ...muster, sockets, senders, seconds: SECONDS, window, say });
}

async function idleMemory({ url, pid }, person) {
  const options = person ? { auth: { token: person.token } } : {};
  const ready = person ? 'connection_established' : 'connect';
  const settle = () => new Promise((resolve) => setTimeout(resolve, 2_000));
  const some = (count) => openSome(count, () => open(url, options, ready));
  await some(200); // what is paid once
  await settle();
  const before = memoryOf(pid);
  await some(IDLE);
  await settle();
  return (memoryOf(pid) - before) / IDLE;
}
