import { Redis } from 'ioredis';
import pg from 'pg';
import { io } from 'socket.io-client';
import { call, PASSWORD, signUp } from './lib/people.mjs';
import { bench } from './lib/report.mjs';
import { median } from './lib/stats.mjs';

// A small crowd comes, talks, reads, walks, shares, calls and goes, again and again, for MINUTES: memory, open files, keys in Redis, work
// that waits and rows that do not stay must stay as they are. What they are after the first third, when all is warm, is held against
// the last third. An answer that is none breaks it off.

const MINUTES = Number(process.env.MINUTES ?? 30);
const PEOPLE = 40;
const GROUP = 8;
const LOOK_EVERY_MS = 2000;
const DRAIN_MS = 60_000;
/** So few are no growth: a few more or less wait at any moment. */
const A_FEW = 20;
/** Of these each person has one row, or none, however long it goes on. */
const ONE_EACH = ['live_locations', 'user_streams', 'geofence_cursors', 'nearby_users'];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const chance = (share) => Math.random() < share;

await bench('soak', async (stage) => {
  const muster = await stage.startMuster({ roles: ['api', 'worker'], env: { BCRYPT_COST: '4' } });
  const people = await signUp(muster, PEOPLE);
  const groups = [];
  for (let from = 0; from < PEOPLE; from += GROUP) groups.push(await found(muster, people.slice(from, from + GROUP)));
  const db = new pg.Pool({ connectionString: stage.databaseUrl, max: 2 });
  const redis = new Redis(stage.redisUrl);
  const end = Date.now() + MINUTES * 60_000;
  const acts = {};
  const samples = [];
  const rowsBefore = await rowsOf(db);
  let fault;
  const crowd = people.map(async (person, index) => {
    while (Date.now() < end && !fault) await visit(muster, person, groups[Math.floor(index / GROUP)], acts);
  });
  const gone = Promise.all(crowd).catch((error) => (fault = error));
  while (Date.now() < end && !fault) {
    samples.push(await look(muster, redis, db));
    await pause(LOOK_EVERY_MS);
  }
  await gone;
  if (fault) throw fault;
  const rowsAfter = await rowsOf(db);
  const lastLook = Date.now() + DRAIN_MS;
  while (Date.now() < lastLook && (await look(muster, redis, db)).waiting) await pause(500);
  const { waiting, parked, ...left } = await look(muster, redis, db);
  await db.end();
  redis.disconnect();
  const third = (part) => samples.slice((part * samples.length) / 3, ((part + 1) * samples.length) / 3);
  const figures = Object.keys(samples[0]);
  const inThird = (part, name) => median(third(part).map((sample) => sample[name]));
  const growth = (name, few = 0) => (inThird(2, name) + few) / (inThird(1, name) + few);
  const grown = Object.entries(rowsAfter).filter(([table, rows]) => rows > (rowsBefore[table] ?? 0));
  return {
    rows: figures.map((what) => ({ what, first: inThird(0, what), middle: inThird(1, what), last: inThird(2, what) })),
    gates: [
      { what: 'memory of the last third against the middle one', value: growth('MB resident'), atMost: 1.1 },
      { what: 'live heap of the same', value: growth('MB of heap'), atMost: 1.15 },
      { what: 'open files of the same', value: growth('open files'), atMost: 1.1 },
      { what: 'keys in Redis of the same', value: growth('keys in Redis'), atMost: 1.1 },
      { what: 'work that waits, of the same', value: growth('waiting', A_FEW), atMost: 1.5 },
      { what: 'rows of the outbox, of the same', value: growth('outbox rows', A_FEW), atMost: 1.5 },
      {
        what: 'rows of what each has one of, for each',
        value: left['rows of one each'] / PEOPLE,
        atMost: ONE_EACH.length,
      },
      { what: 'work that waits when all have gone', value: waiting, atMost: 0 },
      { what: 'work that was given up', value: parked, atMost: 0 },
    ],
    notes: [
      `${MINUTES} minutes, ${PEOPLE} people, ${samples.length} looks`,
      `what they did: ${Object.entries(acts)
        .map(([name, times]) => `${name} ${times}`)
        .join(', ')}`,
      `tables that grew, by rows: ${grown.map(([table, rows]) => `${table} ${rows - (rowsBefore[table] ?? 0)}`).join(', ')}`,
    ],
  };
});

async function found(muster, members) {
  const [{ token }, ...others] = members;
  const body = { chat_type: 'group', name: 'Crowd', participant_ids: others.map(({ id }) => id) };
  return { id: (await call(muster, 'POST', '/chats', { token, body })).id, members };
}

/** Comes, does this and that, and goes. */
async function visit(muster, person, group, acts) {
  const did = (what) => (acts[what] = (acts[what] ?? 0) + 1);
  const signedIn = chance(0.2)
    ? await call(muster, 'POST', '/login', { body: { email: person.email, password: PASSWORD } })
    : undefined;
  const token = signedIn?.access_token ?? person.token;
  const rest = (method, path, body) => call(muster, method, path, { token, body });
  const socket = io(muster.url, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false });
  await new Promise((resolve, reject) => socket.once('connection_established', resolve).once('connect_error', reject));
  did('visits');
  const tryTo = (name, body) => socket.timeout(10_000).emitWithAck(name, body);
  const ask = async (name, body) => {
    const { ok, data, error } = await tryTo(name, body);
    if (!ok) throw new Error(`${name}: ${error.code}`);
    return data;
  };
  let newest;
  socket.on('new_message', (message) => {
    if (message.chat_id === group.id && message.sender_id !== person.id) newest = message.id;
  });
  if (chance(0.5)) {
    await ask('join_chat', { chat_id: group.id });
    did('opened chats');
  }
  const other = group.members[Math.floor(Math.random() * group.members.length)];
  for (let turn = 0; turn < 10; turn++) {
    socket.emit('typing_indicator', { chat_id: group.id, is_typing: true });
    const { id } = await ask('send_message', { chat_id: group.id, content: `turn ${turn}` });
    did('messages');
    if (newest && chance(0.3)) {
      await ask('message_read', { chat_id: group.id, message_id: newest });
      did('receipts');
    }
    if (chance(0.2)) await rest('PUT', `/messages/${id}/reactions`, { emojis: ['👍'] });
    await ask('location_update', {
      latitude: 45 + Math.random() / 100,
      longitude: 14 + Math.random() / 100,
      accuracy: 5,
    });
    did('points');
    await pause(200 + Math.random() * 600);
  }
  if (other.id !== person.id && chance(0.3)) {
    const { id } = await rest('POST', '/location/shares', { target_user_id: other.id, duration_minutes: 1 });
    await rest('DELETE', `/location/shares/${id}`);
    did('shares');
  }
  if (other.id !== person.id && chance(0.2)) {
    // he may be in another call
    const { ok, data } = await tryTo('call_initiated', { callee_id: other.id, call_type: 'audio' });
    if (ok) await ask('call_ended', { call_id: data.call_id });
    did('calls');
  }
  await rest('GET', '/chats?limit=50');
  socket.close();
  if (signedIn) await rest('POST', '/logout');
  await pause(Math.random() * 1000);
}

async function look({ url }, redis, db) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const figure = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1]);
  return {
    'MB resident': figure('process_resident_memory_bytes') / 1e6,
    'MB of heap': figure('nodejs_heap_size_used_bytes') / 1e6,
    'open files': figure('process_open_fds'),
    'keys in Redis': await redis.dbsize(),
    waiting: figure('muster_outbox_pending'),
    parked: figure('muster_outbox_parked'),
    'outbox rows': await countOf(db, ['outbox']),
    'rows of one each': await countOf(db, ONE_EACH),
  };
}

async function countOf(db, tables) {
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`);
  return Number((await db.query(`SELECT ${counts.join(' + ')} AS count`)).rows[0].count);
}

/** Rows by table, partitions counted to theirs. */
async function rowsOf(db) {
  await db.query('ANALYZE');
  const { rows } = await db.query(
    `SELECT coalesce(i.inhparent::regclass, c.oid::regclass)::text AS name, sum(greatest(c.reltuples, 0))::int AS rows
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]));
}
