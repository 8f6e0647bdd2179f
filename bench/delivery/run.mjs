import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Crew } from '../../scripts/lib/crew.mjs';
import { report } from '../../scripts/lib/failure.mjs';
import { Progress } from '../../scripts/lib/progress.mjs';
import { inProject } from '../../scripts/lib/project.mjs';
import { temporaryFolder } from '../../scripts/lib/services.mjs';
import { prepare } from '../../scripts/lib/setup.mjs';
import { call, signUp } from '../lib/people.mjs';
import { Client } from './_client.mjs';
import { ClusterWorld } from './_cluster.mjs';
import { violations } from './_verdict.mjs';
import { World } from './_world.mjs';

// People on two nodes send, edit, delete, react and receive while processes are killed, connections cut, Redis comes back empty and PostgreSQL crashes.
// At the end: is every acknowledged message with every member, once and in order, every
// edit, deletion and reaction as acknowledged, and nothing stored twice? And was everybody told, who stayed or came back? Status 1 if not.
//
//   node bench/delivery/run.mjs [--seconds 60] [--people 12] [--chats 5] [--seed 1] [--faults node,cut,redis,postgres]
//
// On a cluster (`node scripts/cluster.mjs` says where its cluster.json is) the faults are node, cut and roll, a rolling restart of
// its nodes. Through rolls and cuts no answer may be 5xx but 503 with Retry-After, and nobody longer away than so many seconds:
//
//   node bench/delivery/run.mjs --cluster /tmp/…/cluster.json --faults roll,cut [--absence 5]

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    people: { type: 'string', default: '12' },
    chats: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    faults: { type: 'string', default: 'node,cut,redis,postgres' },
    pace: { type: 'string', default: '150' },
    cluster: { type: 'string' },
    absence: { type: 'string', default: '5' },
  },
});
const SECONDS = Number(values.seconds);
/** How long, after the last fault, senders go on trying. */
const PATIENCE_MS = 40_000;
/** How long, when nobody acts any more, it may take until everybody holds all. */
const TOLD_WITHIN_MS = 30_000;
/** Faults through which clients are served all the time. */
const GENTLE = ['roll', 'cut'];

/** Mulberry32: the same faults and choices for the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function play(world, random) {
  const people = await signUp({ url: world.urls[0] }, Number(values.people));
  const chats = [];
  for (let index = 0; index < Number(values.chats); index++) {
    const members = people.filter(() => index === 0 || random() < 0.6);
    while (members.length < 2) members.push(people.find((one) => !members.includes(one)));
    const body = { chat_type: 'group', name: `chat ${index}`, participant_ids: members.slice(1).map(({ id }) => id) };
    const { id } = await call({ url: world.urls[0] }, 'POST', '/chats', { token: members[0].token, body });
    chats.push({ id, members });
  }
  const clients = people.map((person) => new Client(person, world.urls, random));
  clients.forEach((client) => client.open());
  for (const client of clients) while (client.chats.size < chats.filter((c) => c.members.includes(client.person)).length) await pause(20); // oxfmt-ignore

  const end = Date.now() + SECONDS * 1000;
  let giveUp = Infinity;
  let over = false;
  const sending = clients.map(async (client) => {
    const own = chats.filter(({ members }) => members.includes(client.person));
    for (let number = 0; !over; number++) {
      const { id } = own[Math.floor(random() * own.length)];
      const name = `${client.person.username}-${number}`;
      if (random() < 0.6) await client.send(id, name, `message ${name}`, () => giveUp);
      else await client.change(name, () => giveUp);
      await pause(random() * Number(values.pace));
    }
  });

  const happened = [];
  const faults = {
    node: () => world.killNode(random() < 0.5 ? 0 : 1),
    cut: () => clients.filter(() => random() < 0.5).forEach((client) => client.cut()),
    redis: () => world.emptyRedis(),
    postgres: () => world.crashPostgres(),
    roll: () => world.roll(),
  };
  const kinds = values.faults.split(',').filter((kind) => kind in faults);
  // every kind at least once, however short the run
  for (let turn = 0; turn < kinds.length || (kinds.length && Date.now() < end - 1_000); turn++) {
    await pause(300 + random() * 900);
    const kind = turn < kinds.length ? kinds[turn] : kinds[Math.floor(random() * kinds.length)];
    await faults[kind]();
    happened.push(kind);
  }
  await pause(Math.max(0, end - Date.now()));
  over = true;
  giveUp = Date.now() + PATIENCE_MS;
  await Promise.all(sending);
  const untold = await neverTold(world, clients);
  for (const client of clients) await client.catchUp();
  clients.forEach((client) => client.close());
  return { clients, chats, happened, untold };
}

/** Whom nothing that he heard, `sync_needed` or another connection led to all that is stored, though nobody says any more: as lines. */
async function neverTold(world, clients) {
  const last = Date.now() + TOLD_WITHIN_MS;
  for (;;) {
    const heads = await world.query('SELECT id::int, last_seq::int AS seq FROM chats', []);
    const behind = clients.flatMap((client) => client.behind(new Map(heads.map(({ id, seq }) => [id, seq]))));
    if (!behind.length || Date.now() > last) return behind;
    await pause(200);
  }
}

/** What clients must not see of faults that are no more than maintenance. */
function interruptions(clients, happened) {
  if (!happened.every((kind) => GENTLE.includes(kind))) return [];
  const refused = [...answersOf(clients)].filter(([status]) => status >= 500);
  const late = clients.filter(({ longestAbsence }) => longestAbsence > Number(values.absence) * 1000);
  return [
    ...refused.map(([status, times]) => `${times} requests answered ${status}`),
    ...late.map(({ person, longestAbsence }) => `${person.username} was away for ${Math.round(longestAbsence)} ms`),
  ];
}

function answersOf(clients) {
  const sum = new Map();
  for (const [status, times] of clients.flatMap(({ answers }) => [...answers]))
    sum.set(status, (sum.get(status) ?? 0) + times);
  return sum;
}

async function storedOf(world, chats) {
  const stored = new Map();
  for (const { id } of chats) {
    const messages = await world.query(
      `SELECT id::int, seq::int, sender_id AS "senderId", client_id AS "clientId", content, deleted_at IS NOT NULL AS "isDeleted",
         (SELECT count(*)::int FROM message_edits e WHERE e.message_id = m.id) AS edits,
         ARRAY(SELECT emoji || ' ' || user_id FROM message_reactions r WHERE r.message_id = m.id) AS reactions
       FROM messages m WHERE chat_id = $1 ORDER BY seq`,
      [id],
    );
    const changes = await world.query('SELECT seq::int FROM chat_changes WHERE chat_id = $1', [id]);
    const members = await world.query('SELECT user_id FROM chat_participants WHERE chat_id = $1 AND left_at IS NULL', [
      id,
    ]);
    const [{ seq }] = await world.query('SELECT last_seq::int AS seq FROM chats WHERE id = $1', [id]);
    stored.set(id, {
      lastSeq: seq,
      messages: messages.map((message) => ({ ...message, reactions: message.reactions.sort() })),
      changes: changes.map((row) => row.seq),
      members: members.map((row) => row.user_id),
    });
  }
  return stored;
}

const crew = new Crew();
const progress = new Progress(process.stderr);
let folder;
const leave = () => void crew.dismiss().then(() => process.exit(130));
process.once('SIGINT', leave).once('SIGTERM', leave);
try {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) delete process.env[name]; // never those of somebody's Muster
  const begun = performance.now();
  if (!values.cluster) {
    await prepare(crew, progress, { build: true });
    folder = await temporaryFolder(crew);
  }
  const world = values.cluster ? new ClusterWorld(values.cluster) : await World.build(crew, progress, folder);
  const built = performance.now();
  const { clients, chats, happened, untold } = await play(world, randomOf(Number(values.seed)));
  const faults = [...untold, ...violations(await storedOf(world, chats), clients), ...interruptions(clients, happened)];
  const sum = (of) => clients.reduce((total, client) => total + of(client), 0);
  const history = {
    seed: Number(values.seed),
    seconds: [built - begun, performance.now() - built].map((ms) => Number((ms / 1000).toFixed(1))),
    faults: happened,
    acknowledged: sum(({ acknowledged }) => acknowledged.length),
    unacknowledged: sum(({ unacknowledged }) => unacknowledged.length),
    applied: sum((client) => [...client.chats.values()].reduce((n, { applied }) => n + applied.length, 0)),
    ...Object.fromEntries(Object.keys(clients[0].counts).map((name) => [name, sum(({ counts }) => counts[name])])),
    answers: [...answersOf(clients)].map(([status, times]) => `${status}: ${times}`).join(', '),
    'longest absence (ms)': Math.round(Math.max(...clients.map(({ longestAbsence }) => longestAbsence))),
    violations: faults,
  };
  for (const [name, value] of Object.entries(history)) if (name !== 'violations') console.log(`${name}: ${value}`);
  console.log(faults.length ? `VIOLATED\n${faults.slice(0, 30).join('\n')}` : 'HOLDS');
  mkdirSync(inProject('.muster', 'bench'), { recursive: true });
  writeFileSync(join(inProject('.muster', 'bench'), 'delivery.json'), `${JSON.stringify(history, null, 2)}\n`);
  process.exitCode = faults.length || !history.acknowledged ? 1 : 0;
} catch (error) {
  report(error);
  process.exitCode = 2;
} finally {
  await crew.dismiss();
  if (folder) rmSync(folder, { recursive: true, force: true });
}
process.exit();
