import { LightFrames } from './_light-frames.mjs';

/** What a text frame holds: a packet of Engine.IO, and in it one of Socket.IO. */
const [OPENED, PING, PONG, CONNECTED, REFUSED, EVENT, ACK] = ['0', '2', '3', '40', '44', '42', '43'];

/**
 * A client of Socket.IO that costs next to nothing, so that a bench measures the server: it counts events without reading what is in
 * them, and reads nothing but acknowledgements.
 */
export class LightSocket {
  #frames;
  #asked = new Map();
  #lastAsked = 0;
  #listeners = new Map();
  #auth;
  #opened = withResolvers();

  /** Resolves when the event `ready` comes, `connect` being the connection itself. */
  static async open(url, { auth = {}, query = {} } = {}, ready = 'connect') {
    const socket = new LightSocket(url, auth, query);
    const isReady = ready === 'connect' ? undefined : new Promise((resolve) => socket.on(ready, resolve));
    await socket.#opened.promise;
    await isReady;
    if (isReady) socket.off(ready);
    return socket;
  }

  constructor(url, auth, query) {
    this.#auth = auth;
    this.#frames = new LightFrames(
      url,
      `/socket.io/?${new URLSearchParams({ ...query, EIO: '4', transport: 'websocket' })}`,
      { hear: (bytes, from, to) => this.#hear(bytes, from, to), lost: (error) => this.#opened.reject(error) },
    );
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
    this.#frames.send(`${EVENT}${id}${JSON.stringify([event, body])}`);
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /** From now on it leaves all that it is told in the wire. */
  stopReading() {
    this.#frames.pause();
  }

  close() {
    this.#frames.close();
  }

  #hear(bytes, from, to) {
    for (const { beginning, listener } of this.#listeners.values())
      if (beginsWith(bytes, from, to, beginning)) return listener();
    const kind = bytes.toString('latin1', from, Math.min(to, from + 2));
    if (kind === PING) this.#frames.send(PONG);
    else if (kind.startsWith(OPENED)) this.#frames.send(CONNECTED + JSON.stringify(this.#auth));
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
}

/** Byte by byte: for so few that is quicker than to ask Node. */
function beginsWith(bytes, from, to, beginning) {
  if (to - from < beginning.length) return false;
  for (let index = 0; index < beginning.length; index++) if (bytes[from + index] !== beginning[index]) return false;
  return true;
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
