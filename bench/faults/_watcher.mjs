import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Begins to ask a server whether it lives; `stop()` gives `{ asked, failed, worstMs }`. */
export function watch({ url }) {
  const worker = new Worker(new URL('_watch.mjs', import.meta.url), { workerData: url });
  return {
    async stop() {
      worker.postMessage('stop');
      const [told] = await once(worker, 'message');
      return told;
    },
  };
}

/** A figure of the server's own. */
export async function figureOf({ url }, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? 0);
}
