import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from 'src/core/metrics/metrics';
import type { Server, Socket } from 'socket.io';

const LOOK_EVERY_MS = 1000;
/** Several of the largest answers. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** What a connection has beside what its types say. */
interface Wire {
  writeBuffer: { data?: string | Buffer }[];
  transport: { socket?: { bufferedAmount: number; terminate(): void } };
  close(discard: boolean): void;
}

/** Ends connections that read slower than they are told, before what waits for them costs memory. They come back and `sync`. */
@Injectable()
export class SlowReaders {
  private readonly logger = new Logger('SlowReaders');
  private ended = 0;

  constructor(metrics: Metrics) {
    metrics.gauge('muster_sockets_too_slow', 'Connections ended so far because they read too slowly', () => this.ended);
  }

  /** Looks at all connections of the server once a second, until it is closed. */
  watch(server: Server) {
    const timer = setInterval(() => server.sockets.sockets.forEach((socket) => this.look(socket)), LOOK_EVERY_MS);
    server.httpServer.once('close', () => clearInterval(timer));
    timer.unref();
  }

  private look({ id, conn }: Socket) {
    const wire = conn as unknown as Wire;
    const bytes = waiting(wire);
    if (bytes <= MOST_WAITING_BYTES) return;
    this.ended++;
    this.logger.warn(`connection ${id} ended: ${bytes} bytes wait for it`);
    wire.transport.socket?.terminate(); // a goodbye would wait behind them
    wire.close(true);
  }
}

const waiting = ({ writeBuffer, transport }: Wire) =>
  writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), transport.socket?.bufferedAmount ?? 0);
