import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What goes wrong on the way to a server. */
export type WayFault =
  /** It answers every request with 500. */
  | 'fails'
  /** It takes requests and never answers. */
  | 'silent'
  /** It breaks off in the middle of what is sent to it. */
  | 'breaks'
  /** It does what it is asked, but the answer is lost. */
  | 'deaf'
  /** Not what was sent arrives; an S3 server says so if it was told what should (s3rver does not look). */
  | 'flips';

/** What goes wrong with what is only read; `breaks`: it breaks off in the middle of what it sends. */
export type ReadFault = 'fails' | 'silent' | 'breaks';

/** The way to an HTTP server on this machine, through a port of our own, on which things can go wrong. */
export class Way {
  /** Of the requests that change something; others have faults of their own, and none gets through while the way is `shut`. */
  fault: WayFault | undefined;
  /** Of those that only read. */
  readFault: ReadFault | undefined;
  private port = 0;
  private readonly server = createServer((near, answer) => this.pass(near, answer));

  private constructor(private readonly target: URL) {
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async to(target: string): Promise<Way> {
    const way = new Way(new URL(target));
    await way.open();
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections are refused, and those that there are break off. May be called twice. */
  async shut(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** At the same port as before. May be called twice. */
  async open(): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private pass(near: IncomingMessage, answer: ServerResponse) {
    const isRead = near.method === 'GET' || near.method === 'HEAD';
    const fault = isRead ? this.readFault : this.fault;
    near.on('error', () => undefined);
    if (isRead && fault === 'breaks') return this.forward(near, answer, false, true);
    switch (fault) {
      case 'fails':
        return void near.resume().once('end', () => answer.writeHead(500).end());
      case 'silent':
        return void near.resume();
      case 'breaks':
        return void near.once('data', () => near.destroy());
      case 'flips':
        return near.method === 'PUT' ? void this.flip(near, answer) : this.forward(near, answer, false);
      default:
        return this.forward(near, answer, fault === 'deaf');
    }
  }

  private async flip(near: IncomingMessage, answer: ServerResponse) {
    const bytes = await buffer(near);
    bytes[0]! ^= 1;
    const said = near.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
    if (said === 'UNSIGNED-PAYLOAD' || said === createHash('sha256').update(bytes).digest('hex'))
      answer.writeHead(200, { etag: '"1"' }).end();
    else
      answer.writeHead(400).end('<Error><Code>XAmzContentSHA256Mismatch</Code><Message>It is not.</Message></Error>');
  }

  private forward(near: IncomingMessage, answer: ServerResponse, isDeaf: boolean, breaksOff = false) {
    const { method, url: path, rawHeaders } = near;
    const { hostname, port } = this.target;
    const far = ask({ hostname, port, method, path, headers: rawHeaders, agent: false }, (reply) => {
      if (isDeaf) return void reply.resume().once('end', () => near.destroy());
      answer.writeHead(reply.statusCode!, reply.rawHeaders);
      // some servers send a body with their answers to HEAD, which no parser lets pass
      if (method === 'HEAD') answer.end();
      else if (breaksOff)
        reply.once('data', (bytes: Buffer) => {
          answer.write(bytes.subarray(0, bytes.length / 2), () => answer.destroy());
        });
      else reply.pipe(answer);
    });
    far.on('error', () => {
      if (!answer.writableEnded) answer.destroy();
    });
    answer.once('close', () => far.destroy());
    near.pipe(far);
  }
}
