import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong on the way to a server. */
export type WayFault =
  /** It answers every request with 500. */
  | 'fails'
  /** It takes requests and never answers. */
  | 'silent'
  /** It breaks off in the middle of what is sent to it. */
  | 'breaks'
  /** It does what it is asked, but the answer is lost. */
  | 'deaf';

/** The way to an HTTP server on this machine, through a port of our own, on which things can go wrong. */
export class Way {
  /** Of the requests that change something; others always get through, unless the way is `shut`. */
  fault: WayFault | undefined;
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
    const fault = near.method === 'GET' || near.method === 'HEAD' ? undefined : this.fault;
    near.on('error', () => undefined);
    switch (fault) {
      case 'fails':
        return void near.resume().once('end', () => answer.writeHead(500).end());
      case 'silent':
        return void near.resume();
      case 'breaks':
        return void near.once('data', () => near.destroy());
      default:
        return this.forward(near, answer, fault === 'deaf');
    }
  }

  private forward(near: IncomingMessage, answer: ServerResponse, isDeaf: boolean) {
    const { method, url: path, rawHeaders } = near;
    const { hostname, port } = this.target;
    const far = ask({ hostname, port, method, path, headers: rawHeaders, agent: false }, (reply) => {
      if (isDeaf) return void reply.resume().once('end', () => near.destroy());
      answer.writeHead(reply.statusCode!, reply.rawHeaders);
      // some servers send a body with their answers to HEAD, which no parser lets pass
      if (method === 'HEAD') answer.end();
      else reply.pipe(answer);
    });
    far.on('error', () => {
      if (!answer.writableEnded) answer.destroy();
    });
    answer.once('close', () => far.destroy());
    near.pipe(far);
  }
}
