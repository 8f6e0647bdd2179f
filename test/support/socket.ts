import { io, type Socket } from 'socket.io-client';
import type { PushBody, PushName, RequestName } from 'src/contracts';
import type { Acknowledgement } from 'src/core/realtime/requests';
import type { TestApp } from 'test/support/boot';
import { until } from 'test/support/until';

interface Heard {
  name: string;
  body: any;
}

/** A real Socket.IO client that remembers all it hears. */
export class TestSocket {
  readonly heard: Heard[] = [];

  constructor(readonly raw: Socket) {
    raw.onAny((name: string, body: unknown) => this.heard.push({ name, body }));
  }

  /** Sends a request of the contract and waits for its acknowledgement. */
  ask = (name: RequestName | (string & {}), body?: unknown): Promise<Acknowledgement & { data?: any; error?: any }> =>
    this.raw.timeout(10_000).emitWithAck(name, body) as Promise<Acknowledgement>;

  /** All pushes of a name heard so far. */
  all = <N extends PushName>(name: N): PushBody<N>[] =>
    this.heard.filter((one) => one.name === name).map(({ body }) => body as PushBody<N>);

  /** The first push of a name (that fits), heard already or still to come. */
  async next<N extends PushName>(name: N, fits: (body: PushBody<N>) => boolean = () => true): Promise<PushBody<N>> {
    await until(`${name} is heard`, () => this.all(name).some(fits));
    return this.all(name).find(fits)!;
  }

  close = () => this.raw.disconnect();
}

/** Connects as a user and waits until the server has joined all rooms. Rejects with `{ code, message }` when refused. */
export async function connect(
  app: Pick<TestApp, 'url'>,
  user: { token: string } | undefined,
  options: Record<string, unknown> = {},
) {
  const raw = io(app.url, {
    auth: { token: user?.token },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...options,
  });
  const socket = new TestSocket(raw);
  await new Promise<void>((resolve, reject) => {
    raw.once('connection_established', () => resolve());
    raw.once('connect_error', (error: Error & { data?: unknown }) => reject(error));
  });
  return socket;
}
