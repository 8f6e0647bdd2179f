import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The process's own figures: they are taken once, whatever number of servers run in it. */
const ofProcess = new Registry();
collectDefaultMetrics({ register: ofProcess });

/** What Prometheus reads at `/metrics`. Labels are routes, events and handlers, never ids. */
@Injectable()
export class Metrics {
  readonly registry = Registry.merge([ofProcess]);

  readonly httpSeconds = this.histogram('muster_http_seconds', 'HTTP requests', ['method', 'route', 'status']);
  readonly socketSeconds = this.histogram('muster_socket_request_seconds', 'Socket requests', ['event', 'outcome']);
  readonly jobSeconds = this.histogram('muster_job_seconds', 'Jobs and durable fact handlers', ['handler', 'outcome']);

  /** A figure that is read when Prometheus asks; NaN when it can't be. */
  gauge(name: string, help: string, read: () => number | Promise<number>) {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await Promise.resolve(read()).catch(() => NaN));
      },
    });
  }

  /** Several of one name, told apart by a label; none when they can't be read. */
  gauges(name: string, help: string, label: string, read: () => Promise<[of: string, figure: number][]>) {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        this.reset();
        for (const [of, figure] of await read().catch(() => [])) this.set({ [label]: of }, figure);
      },
    });
  }

  private histogram(name: string, help: string, labelNames: string[]) {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.registry] });
  }
}
