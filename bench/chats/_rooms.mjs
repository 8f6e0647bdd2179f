import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { cpuSeconds } from '../lib/cpu.mjs';
import { call, signUp } from '../lib/people.mjs';
import { LightSocket } from './_light-socket.mjs';

/** A Muster without limits that a bench would run into. */
export const UNLIMITED = {
  ...{ ENVIRONMENT: 'production', RATE_LIMIT_DISABLED: 'false', RATE_LIMIT_PER_MINUTE: '1000000' },
  CONNECTIONS_PER_USER: '100000',
  ...{ MESSAGES_PER_SECOND: '100000', MESSAGES_BURST: '1000000' },
  ...{ CHAT_MESSAGES_PER_SECOND: '100000', CHAT_MESSAGES_BURST: '1000000' },
};

/** So few that signing up does not take long, so many that nobody connects more often than he may. */
export const peopleIn = (size) => Math.max(2, size / 50);

/** Of each room, so that none of them sends more than a connection may. */
const MOST_SENDERS = 32;

/** Opens so many connections, some at a time: `one(index)` opens one. */
export async function openSome(count, one) {
  const sockets = [];
  for (let from = 0; from < count; from += 50)
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - from) }, (_, n) => one(from + n)))));
  return sockets;
}

export const openMuster = (url, { token }) => LightSocket.open(url, { auth: { token } }, 'connection_established');

/**
 * Rooms of stock Socket.IO in which `content` is said, `urlOf` telling to which node each of their sockets goes: `{ sockets, senders,
 * say }` for `talk`.
 */
export async function stockRooms(urlOf, size, count, content = 'Where are you?') {
  const names = Array.from({ length: count }, (_, index) => `${size}-${index}`);
  const join = (index) => LightSocket.open(urlOf(index % size), { query: { rooms: names[Math.floor(index / size)] } });
  const sockets = await openSome(size * count, join);
  const senders = names.flatMap((room, index) =>
    sockets.slice(index * size, index * size + Math.min(size, MOST_SENDERS)).map((socket) => ({ room, socket })),
  );
  const say = ({ room, socket }) => socket.emitWithAck('say', { room, content });
  return { sockets, senders, say };
}

/**
 * The same as chats of Muster, each of some of the people with many devices: fan-out counts connections, not people.
 */
export async function musterRooms(urlOf, size, people) {
  const [sockets, senders] = [[], []];
  const each = peopleIn(size);
  for (let from = 0; from < people.length; from += each) {
    const [first, ...others] = people.slice(from, from + each);
    const body = { chat_type: 'group', name: `room of ${size}`, participant_ids: others.map(({ id }) => id) };
    const { id } = await call({ url: urlOf(0) }, 'POST', '/chats', { token: first.token, body });
    const opened = await openSome(size, (index) => openMuster(urlOf(index), people[from + (index % each)]));
    sockets.push(...opened);
    senders.push(...opened.slice(0, MOST_SENDERS).map((socket) => ({ id, socket })));
  }
  const say = async ({ id, socket }) => {
    const reply = await socket.emitWithAck('send_message', { chat_id: id, content: 'Where are you?' });
    if (!reply.ok) throw new Error(reply.error.code);
  };
  return { sockets, senders, say };
}

/**
 * Sends for `seconds`, spread over the senders: `window` at a time, or `rate` a second whatever comes back; `say(sender)` sends one and
 * resolves with its acknowledgement. Gives sends and deliveries a second, the CPU of the server `pid` for each delivery (as `cpuOf` says,
 * less what it uses when it is `idle`, in seconds of each second), that of PostgreSQL for each send, and how long acknowledgements took.
 */
export async function talk(options) {
  const { pid, postgresPid, sockets, senders, say, seconds, window, rate, cpuOf = cpuSeconds, idle = 0 } = options;
  let delivered = 0;
  const count = () => delivered++;
  sockets.forEach((socket) => socket.on('new_message', count));
  const used = () => [cpuOf(pid), cpuSeconds(postgresPid, { children: true })];
  const [begin, before, times] = [performance.now(), used(), []];
  const end = begin + seconds * 1000;
  let sent = 0;
  const sendOne = async () => {
    const from = performance.now();
    await say(senders[sent++ % senders.length]);
    times.push(performance.now() - from);
  };
  if (rate) await paced(end, rate, sendOne);
  else
    await Promise.all(
      Array.from({ length: window }, async () => {
        while (performance.now() < end) await sendOne();
      }),
    );
  const lasted = (performance.now() - begin) / 1000;
  let heardFor = lasted;
  // what was acknowledged last is still on its way
  for (let last = -1; last !== delivered;) {
    heardFor = (performance.now() - begin) / 1000;
    last = delivered;
    await setTimeout(100);
  }
  sockets.forEach((socket) => socket.off('new_message'));
  const [own, postgres] = used().map((seconds, index) => (seconds - before[index]) * 1e6);
  const idly = idle * (performance.now() - begin) * 1000;
  return {
    sends: times.length / lasted,
    deliveries: delivered / heardFor,
    cpuMicros: (own - idly) / delivered,
    postgresMicros: postgres / times.length,
    times,
  };
}

async function paced(end, rate, sendOne) {
  const sent = [];
  for (let due = performance.now(); due < end; due += 1000 / rate) {
    await setTimeout(Math.max(0, due - performance.now()));
    sent.push(sendOne());
  }
  await Promise.all(sent);
}

/** Kilobytes of memory that a process holds. */
export const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** People, signed up by a server that does not limit how many one address may register; their passwords are hashed at `cost`. */
export async function signedUp(stage, count, { cost = 4 } = {}) {
  const door = await stage.startMuster({ env: { BCRYPT_COST: String(cost) } });
  const people = await signUp(door, count);
  await door.stop();
  return people;
}
