import { LightFrames } from './_light-frames.mjs';

/** A subscriber of nchan's over WebSocket, with the doors of `LightSocket`, who also publishes if he `speaks`: acknowledged in order. */
export class NchanSocket {
  #subscriber;
  #publisher;
  #listener;
  #asked = [];

  static async open(url, { room, speaks = false }) {
    const socket = new NchanSocket();
    socket.#subscriber = await opened(url, `/sub/${room}`, () => socket.#listener?.());
    if (speaks) socket.#publisher = await opened(url, `/pub/${room}`, () => socket.#asked.shift()());
    return socket;
  }

  on(_event, listener) {
    this.#listener = listener;
  }

  off() {
    this.#listener = undefined;
  }

  say(content) {
    this.#publisher.send(`42${JSON.stringify(['new_message', { content, at: Date.now() }])}`);
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  close() {
    this.#subscriber.close();
    this.#publisher?.close();
  }
}

const opened = (url, path, hear) =>
  new Promise((resolve, reject) => {
    const frames = new LightFrames(url, path, { opened: () => resolve(frames), hear, lost: reject });
  });
