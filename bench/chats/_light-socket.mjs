import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const WHOLE_TEXT = 0x81;
const MASKED = 0x80;
/** What a text frame holds: a packet of Engine.IO, and in it one of Socket.IO. */
const [OPENED, PING, PONG, CONNECTED, REFUSED, EVENT, ACK] = ['0', '2', '3', '40', '44', '42', '43'];

/**
 * A client of Socket.IO that costs next to nothing, so that a bench measures the server: it counts events without reading what is in
 * them, and reads nothing but acknowledgements.
 */
export class LightSocket {
  #tcp;
  #rest;
  #upgraded = false;
  #asked = new Map();
  #lastAsked = 0;
  #listeners = new Map();
  #auth;
  #opened = withResolvers();

  /** Resolves when the event `ready` comes, `connect` being the connection itself. */
  static async open(url, { auth = {}, query = {} } = {}, ready = 'connect') {
    const socket = new LightSocket(new URL(url), auth, query);
    const isReady = ready === 'connect' ? undefined : new Promise((resolve) => socket.on(ready, resolve));
    await socket.#opened.promise;
    await isReady;
    if (isReady) socket.off(ready);
    return socket;
  }

  constructor({ hostname, port, host }, auth, query) {
    this.#auth = auth;
    this.#tcp = connect({ host: hostname, port, noDelay: true });
    const path = `/socket.io/?${new URLSearchParams({ ...query, EIO: '4', transport: 'websocket' })}`;
    this.#tcp.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    this.#tcp.on('data', (bytes) => this.#take(bytes));
    this.#tcp.on('close', () => this.#opened.reject(new Error('the connection was closed')));
    this.#tcp.on('error', (error) => this.#opened.reject(error));
  }

  /** One listener for each event; it is not told what is in it. */
  on(event, listener) {
    this.#listeners.set(event, { beginning: Buffer.from(`${EVENT}["${event}"`), listener });
  }

  off(event) {
    this.#listeners.delete(event);
  }

  emitWithAck(event, body) {
    const id = String(this.#lastAsked++);
    this.#send(`${EVENT}${id}${JSON.stringify([event, body])}`);
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  close() {
    this.#tcp.destroy();
  }

  #take(bytes) {
    let left = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    if (!this.#upgraded) {
      const end = left.indexOf('\r\n\r\n');
      if (end >= 0) [this.#upgraded, left] = [true, left.subarray(end + 4)];
    }
    let at = 0;
    while (this.#upgraded) {
      const frame = frameAt(left, at);
      if (!frame) break;
      this.#hear(left, frame.from, frame.to);
      at = frame.to;
    }
    this.#rest = at < left.length ? Buffer.from(left.subarray(at)) : undefined;
  }

  #hear(bytes, from, to) {
    for (const { beginning, listener } of this.#listeners.values())
      if (beginning.compare(bytes, from, Math.min(to, from + beginning.length)) === 0) return listener();
    const kind = bytes.toString('latin1', from, Math.min(to, from + 2));
    if (kind === PING) this.#send(PONG);
    else if (kind.startsWith(OPENED)) this.#send(CONNECTED + JSON.stringify(this.#auth));
    else if (kind === CONNECTED) this.#opened.resolve();
    else if (kind === REFUSED) this.#opened.reject(new Error(bytes.toString('utf8', from, to)));
    else if (kind === ACK) this.#answer(bytes.toString('utf8', from + 2, to));
  }

  #answer(text) {
    const begin = text.indexOf('[');
    const id = text.slice(0, begin);
    this.#asked.get(id)?.(JSON.parse(text.slice(begin))[0]);
    this.#asked.delete(id);
  }

  /** Masked by zeros: what the protocol asks for, and no work. */
  #send(text) {
    const length = Buffer.byteLength(text);
    const long = length > 125;
    const frame = Buffer.alloc((long ? 4 : 2) + 4 + length);
    frame[0] = WHOLE_TEXT;
    frame[1] = MASKED | (long ? 126 : length);
    if (long) frame.writeUInt16BE(length, 2);
    frame.write(text, frame.length - length);
    this.#tcp.write(frame);
  }
}

/** Where the content of a frame lies that begins there; undefined if it is not whole yet. */
function frameAt(bytes, at) {
  if (bytes.length < at + 2) return undefined;
  const code = bytes[at + 1];
  const from = at + (code < 126 ? 2 : code === 126 ? 4 : 10);
  if (bytes.length < from) return undefined;
  const length = code < 126 ? code : code === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  return bytes.length < from + length ? undefined : { from, to: from + length };
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
