import { setTimeout } from 'node:timers/promises';
import { call } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { memoryOf, musterRooms, openMuster, openSome, signedUp, talk, UNLIMITED } from '../chats/_rooms.mjs';
import { figureOf, watch } from './_watcher.mjs';

// Connections that stop reading while they are told much: what others feel of it, what it costs in memory, and whether they are let
// go; against the same without them.

const SLOW = Number(process.env.SLOW ?? 500);
const SECONDS = Number(process.env.SECONDS ?? 15);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CROWD = 25; // people with many devices each
const ROOMS = 20; // of two, whose messages are measured
const RATE = 100;
/** 16 kB each, 640 kB a second for everybody in the crowd: beside what lies in the wire 4 MB wait for him after some ten seconds. */
const LOUD = { rate: 40, content: '漢'.repeat(5_400) };

await bench('faults-slow-readers', async (stage) => {
  const muster = await stage.startMuster({ env: UNLIMITED, profiled: true });
  const [speaker, ...people] = await signedUp(stage, 1 + CROWD + ROOMS * 2);
  const crowd = people.splice(0, CROWD);
  const body = { chat_type: 'group', name: 'crowd', participant_ids: crowd.map(({ id }) => id) };
  const { id: chat } = await call(muster, 'POST', '/chats', { token: speaker.token, body });
  const loud = await openMuster(muster.url, speaker);
  const rooms = await musterRooms(() => muster.url, 2, people);

  /** What the rooms feel while the crowd is told much. */
  const besides = async (slow) => {
    const sockets = await openSome(slow, (index) => openMuster(muster.url, crowd[index % CROWD]));
    sockets.forEach((socket) => socket.stopReading());
    const [memory, ended] = [memoryOf(muster.pid), await figureOf(muster, 'muster_sockets_too_slow')];
    const gone = async () => (await figureOf(muster, 'muster_sockets_too_slow')) - ended;
    const live = watch(muster);
    const shouting = shout(loud, chat, { pid: muster.pid, isOver: async () => (await gone()) >= slow });
    const { times } = await talk({ ...rooms, pid: muster.pid, seconds: SECONDS, rate: RATE });
    const most = await shouting;
    const { failed, worstMs } = await live.stop();
    sockets.forEach((socket) => socket.close());
    await setTimeout(2_000);
    return {
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      gone: await gone(),
      failed,
      worstMs,
      grownKB: most - memory,
    };
  };
  const results = await alternate(
    { 'without them': () => besides(0), [`${SLOW} that do not read`]: () => besides(SLOW) },
    { rounds: ROUNDS },
  );
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const [without, slow] = Object.keys(results);
  const worst = (figure) => Math.max(...of(slow, figure));
  return {
    rows: Object.keys(results).map((name) => ({
      what: name,
      'p50 ms': median(of(name, 'p50')),
      'p99 ms': median(of(name, 'p99')),
      'MB more': median(of(name, 'grownKB')) / 1024,
      'let go': median(of(name, 'gone')),
      'worst /health/live ms': Math.max(...of(name, 'worstMs')),
    })),
    gates: [
      {
        what: 'p99 of others as a multiple of that without them',
        value: ratio(of(slow, 'p99'), of(without, 'p99')).median,
        atMost: 3,
      },
      { what: 'of those who do not read, let go', value: Math.min(...of(slow, 'gone')) / SLOW, atLeast: 1 },
      { what: 'MB of memory for each of them at the most', value: worst('grownKB') / 1024 / SLOW, atMost: 0.5 },
      { what: 'answers that /health/live owed', value: worst('failed'), atMost: 0 },
    ],
  };
});

/**
 * Says a lot into the chat, as long as is measured, and on until it is over, a minute at the longest; the most memory, in kB, that the
 * process held meanwhile.
 */
async function shout(socket, chat, { pid, isOver }) {
  const begin = performance.now();
  const lasted = () => (performance.now() - begin) / 1000;
  let most = 0;
  while (lasted() < SECONDS || (lasted() < 60 && !(await isOver()))) {
    const second = setTimeout(1_000);
    const body = { chat_id: chat, content: LOUD.content };
    const said = Array.from({ length: LOUD.rate }, () => socket.emitWithAck('send_message', body));
    for (const reply of await Promise.all(said)) if (!reply.ok) throw new Error(reply.error.code);
    most = Math.max(most, memoryOf(pid));
    await second;
  }
  return most;
}
