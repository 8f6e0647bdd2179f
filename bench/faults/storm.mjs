import { setTimeout } from 'node:timers/promises';
import { cpuSeconds } from '../lib/cpu.mjs';
import { call } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { openMuster, openSome, signedUp, UNLIMITED } from '../chats/_rooms.mjs';
import { figureOf, watch } from './_watcher.mjs';

// Everybody loses his line in the same moment, something is said meanwhile, and all come back at once without waiting a random time,
// as well-behaved clients would: how long it takes until each has what he missed, and what the server is like until then; against
// the same clients when they come back fifty at a time.

const CLIENTS = Number(process.env.CLIENTS ?? 2_000);
const DEVICES = 4; // of each
const CHAT = 10; // people in each chat
const ROUNDS = Number(process.env.ROUNDS ?? 3);

await bench('faults-storm', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED });
  const people = await signedUp(stage, CLIENTS / DEVICES);
  const chats = [];
  for (let from = 0; from < people.length; from += CHAT) {
    const [first, ...others] = people.slice(from, from + CHAT);
    const body = { chat_type: 'group', name: 'a chat', participant_ids: others.map(({ id }) => id) };
    chats.push({ ...(await call(muster, 'POST', '/chats', { token: first.token, body })), token: first.token });
  }
  const clients = Array.from({ length: CLIENTS }, (_, index) => ({ person: people[index % people.length] }));
  await openSome(CLIENTS, (index) => comeBack(muster, clients[index]));

  /** Breaks all lines, and has `all` of them come back by `one(client)`. */
  const after = async (all) => {
    clients.forEach(({ socket }) => socket.close());
    for (const { id, token } of chats)
      await call(muster, 'POST', `/chats/${id}/messages`, { token, body: { content: 'meanwhile' } });
    await setTimeout(2_000);
    await figureOf(muster, 'nodejs_eventloop_lag_max_seconds'); // counted anew from here
    const [live, before, begin, times, faults] = [watch(muster), cpuSeconds(muster.pid), performance.now(), [], []];
    await all(async (client) => {
      const missed = await comeBack(muster, client).catch((error) => error.message.slice(0, 100));
      times.push((performance.now() - begin) / 1000);
      if (missed !== 1) faults.push(`missed 1 message, and was told: ${missed}`);
    });
    const cpuMillis = ((cpuSeconds(muster.pid) - before) * 1000) / CLIENTS;
    const { failed, worstMs } = await live.stop();
    const lagMs = (await figureOf(muster, 'nodejs_eventloop_lag_max_seconds')) * 1000;
    return { seconds: Math.max(...times), median: percentile(times, 0.5), faults, cpuMillis, lagMs, failed, worstMs };
  };
  const results = await alternate(
    {
      'fifty at a time': () => after((one) => openSome(CLIENTS, (index) => one(clients[index]))),
      'all at once': () => after((one) => Promise.all(clients.map(one))),
    },
    { rounds: ROUNDS, warmUp: false },
  );
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const times = (figure) => ratio(of('all at once', figure), of('fifty at a time', figure)).median;
  const faults = of('all at once', 'faults').flat();
  return {
    rows: Object.keys(results).map((name) => ({
      [`${CLIENTS} clients`]: name,
      'all in sync s': median(of(name, 'seconds')),
      'half of them s': median(of(name, 'median')),
      'CPU ms each': median(of(name, 'cpuMillis')),
      'longest loop ms': Math.max(...of(name, 'lagMs')),
      'worst /health/live ms': Math.max(...of(name, 'worstMs')),
    })),
    gates: [
      { what: 'refused, dropped or not in sync, of those who came at once', value: faults.length, atMost: 0 },
      {
        what: 'time until all are in sync as a multiple of that fifty at a time',
        value: times('seconds'),
        atMost: 1.3,
      },
      { what: 'CPU of coming back as a multiple of that fifty at a time', value: times('cpuMillis'), atMost: 1.3 },
      { what: 'answers that /health/live owed', value: Math.max(...of('all at once', 'failed')), atMost: 0 },
    ],
    notes: [...new Set(faults)].slice(0, 5),
  };
});

/** Connects and asks what there was since the last time; the number of messages that were missed. */
async function comeBack(muster, client) {
  client.socket = await openMuster(muster.url, client.person);
  let missed = 0;
  for (let more = true; more;) {
    const reply = await client.socket.emitWithAck('sync', client.cursor ? { cursor: client.cursor } : {});
    if (!reply.ok) throw new Error(reply.error.code);
    missed += reply.data.chats.flatMap(({ events }) => events.filter(({ type }) => type === 'new_message')).length;
    ({ cursor: client.cursor, more } = reply.data);
  }
  return missed;
}
