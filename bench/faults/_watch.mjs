import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

// Asks a server whether it lives, from a thread of its own, so that it does not wait for what the bench is doing: every 50 ms until
// it is told to stop; then it tells how often, how often in vain, and the longest that an answer took, in ms.

const EVERY_MS = 50;

let stopped = false;
parentPort.once('message', () => (stopped = true));
const told = { asked: 0, failed: 0, worstMs: 0 };
while (!stopped) {
  const begin = performance.now();
  const { ok } = await fetch(`${workerData}/health/live`).catch(() => ({ ok: false }));
  told.asked++;
  if (!ok) told.failed++;
  told.worstMs = Math.max(told.worstMs, performance.now() - begin);
  await setTimeout(EVERY_MS);
}
parentPort.postMessage(told);
