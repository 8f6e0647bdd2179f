import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { cpuSeconds } from '../lib/cpu.mjs';

const SHARED = { transports: ['websocket'], forceNew: true, reconnection: false };

/** Opens a connection and waits until `ready` comes. */
export function open(url, options, ready) {
  const socket = io(url, { ...SHARED, ...options });
  return new Promise((resolve, reject) => socket.once(ready, () => resolve(socket)).once('connect_error', reject));
}

/** Opens so many connections, some at a time: `one(index)` opens one. */
export async function openSome(count, one) {
  const sockets = [];
  for (let from = 0; from < count; from += 50)
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - from) }, (_, n) => one(from + n)))));
  return sockets;
}

/**
 * `window` sends are always under way, spread over the senders, for `seconds`; `say(sender)` sends one and resolves with its
 * acknowledgement. Gives sends and deliveries a second, the CPU of the server for each delivery, and how long acknowledgements took.
 */
export async function talk({ pid, sockets, senders, seconds, window, say }) {
  let delivered = 0;
  const count = () => delivered++;
  sockets.forEach((socket) => socket.on('new_message', count));
  const [begin, before, times] = [performance.now(), cpuSeconds(pid), []];
  const one = async (_, index) => {
    for (let from = begin; from < begin + seconds * 1000;) {
      await say(senders[index % senders.length]);
      const now = performance.now();
      times.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: window }, one));
  // what was acknowledged last is still on its way
  for (let last = -1; last !== delivered;) {
    last = delivered;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const lasted = (performance.now() - begin) / 1000;
  sockets.forEach((socket) => socket.off('new_message', count));
  return {
    sends: times.length / lasted,
    deliveries: delivered / lasted,
    cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / delivered,
    times,
  };
}

/** Kilobytes of memory that a process holds. */
export const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
