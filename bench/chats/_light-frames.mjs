import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const WHOLE_TEXT = 0x81;
const WHOLE_PING = 0x89;
const WHOLE_PONG = 0x8a;
const MASKED = 0x80;

/**
 * What has just come for any of the clients, who are done with it before the next read: a buffer for each read would be so much garbage
 * that it costs more than all else that a client does.
 */
const COMING = Buffer.alloc(65_536);

/**
 * A client's side of a WebSocket that costs next to nothing, so that a bench measures the server: frames are handed on where they
 * lie, for as long as that call lasts, and what is sent is masked by zeros. Pings are answered: some servers close connections that leave out two.
 */
export class LightFrames {
  #tcp;
  #rest;
  #upgraded = false;
  #hear;
  #opened;

  /** `opened()` is called first, `hear(bytes, from, to)` with the content of each frame, `lost(error)` when the connection is gone. */
  constructor(url, path, { protocol, opened, hear, lost }) {
    const { hostname, port, host } = new URL(url);
    [this.#opened, this.#hear] = [opened, hear];
    const callback = (count, bytes) => {
      this.#take(bytes.subarray(0, count));
      return true;
    };
    this.#tcp = connect({ host: hostname, port, noDelay: true, onread: { buffer: COMING, callback } });
    this.#tcp.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        (protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : '') +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    this.#tcp.on('close', () => lost(new Error(`${host} has closed the connection`)));
    this.#tcp.on('error', lost);
  }

  send(text, kind = WHOLE_TEXT) {
    const length = Buffer.byteLength(text);
    const long = length > 125;
    const frame = Buffer.alloc((long ? 4 : 2) + 4 + length);
    frame[0] = kind;
    frame[1] = MASKED | (long ? 126 : length);
    if (long) frame.writeUInt16BE(length, 2);
    frame.write(text, frame.length - length);
    this.#tcp.write(frame);
  }

  /** From now on it leaves what comes in the wire. */
  pause() {
    this.#tcp.pause();
  }

  close() {
    this.#tcp.destroy();
  }

  #take(bytes) {
    let left = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    if (!this.#upgraded) {
      const end = left.indexOf('\r\n\r\n');
      if (end >= 0) {
        [this.#upgraded, left] = [true, left.subarray(end + 4)];
        this.#opened?.();
      }
    }
    let at = 0;
    while (this.#upgraded) {
      const frame = frameAt(left, at);
      if (!frame) break;
      if (left[at] === WHOLE_PING) this.send(left.toString('utf8', frame.from, frame.to), WHOLE_PONG);
      else this.#hear(left, frame.from, frame.to);
      at = frame.to;
    }
    this.#rest = at < left.length ? Buffer.from(left.subarray(at)) : undefined;
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
