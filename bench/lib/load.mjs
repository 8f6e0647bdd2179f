import autocannon from 'autocannon';
import { cpuSeconds } from './cpu.mjs';
import { median, percentile } from './stats.mjs';

/**
 * Sends requests over `connections` for `seconds`, each connection its own round of `requestsOf(index)` (autocannon's requests):
 * `{ perSecond, cpuMicros, p50, p99 }`, `cpuMicros` being the CPU time of the server `pid` for each answer, latencies in ms.
 * Throws if any answer is not a 2xx: a fast refusal is no success.
 */
export async function fire({ url, pid, connections = 32, seconds, requestsOf }) {
  const before = cpuSeconds(pid);
  let index = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    setupClient: (client) => client.setRequests(requestsOf(index++)),
  });
  const bad = result.errors + result.non2xx;
  if (bad || !result['2xx']) throw new Error(`${url}: ${bad} of ${result.requests.total} answers were bad`);
  return {
    perSecond: result['2xx'] / result.duration,
    cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / result['2xx'],
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

/**
 * Repeats `work(client)` for `seconds`, so many `clients` at once, each beginning anew when its last one is done; what has begun is
 * finished, and counts. `{ perSecond, cpuMicros, times }`: the CPU time of the process `pid` for each, and how long each took, in ms.
 */
export async function repeat({ pid = process.pid, clients, seconds, work }) {
  const [begin, before, times] = [performance.now(), cpuSeconds(pid), []];
  const client = async (_, index) => {
    for (let from = begin; from < begin + seconds * 1000;) {
      await work(index);
      const now = performance.now();
      times.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const lasted = (performance.now() - begin) / 1000;
  return {
    perSecond: times.length / lasted,
    cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / times.length,
    times,
  };
}

/** What a table shows of all rounds of a `repeat`. */
export const columnsOf = (rounds) => ({
  'per s': median(rounds.map(({ perSecond }) => perSecond)),
  'CPU us': median(rounds.map(({ cpuMicros }) => cpuMicros)),
  'p50 ms': median(rounds.map(({ times }) => percentile(times, 0.5))),
  'p99 ms': median(rounds.map(({ times }) => percentile(times, 0.99))),
});
