import { cpuSeconds } from '../lib/cpu.mjs';

/** What `work` does, `size` points each time: points a second, and microseconds of CPU for each, of the program that takes them and of PostgreSQL. */
export async function counted(stage, size, work) {
  const used = () => cpuSeconds(stage.postgresPid, { children: true });
  const [begin, before] = [performance.now(), used()];
  const { perSecond, cpuMicros, p50, p99 } = await work();
  const points = perSecond * size;
  const total = (points * (performance.now() - begin)) / 1000;
  const [cpu, postgres] = [cpuMicros / size, ((used() - before) * 1e6) / total];
  return { points, total, cpu, postgres, all: cpu + postgres, p50, p99 };
}
