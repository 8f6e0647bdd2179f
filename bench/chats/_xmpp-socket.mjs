import { LightFrames } from './_light-frames.mjs';

const DOMAIN = 'localhost';
const OPEN = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${DOMAIN}" version="1.0"/>`;
const LOGIN = '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>';
const BIND = '<iq type="set" id="bind" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>';
/** What the server says, and what is answered, until a session stands. */
const STEPS = [
  ['mechanisms', LOGIN],
  ['<success', OPEN],
  ['xmpp-bind', BIND],
];
const MESSAGE = Buffer.from('<message');

/**
 * An XMPP client over WebSocket (RFC 7395), in a room of XEP-0045 if one is given, with the doors of `LightSocket`: what it says is
 * acknowledged by its own echo.
 */
export class XmppSocket {
  #frames;
  #step = 0;
  #joined = false;
  #room;
  #name;
  #ready;
  #fail;
  #asked = new Map();
  #lastAsked = 0;
  #listener;

  static open(url, { room, name } = {}) {
    return new Promise((resolve, reject) => new XmppSocket(url, room, name, resolve, reject));
  }

  constructor(url, room, name, resolve, reject) {
    [this.#room, this.#name] = [room, name];
    this.#ready = () => resolve(this);
    this.#fail = (error) => {
      reject(error);
      this.#asked.forEach(({ reject }) => reject(error));
    };
    const hear = (bytes, from, to) => this.#hear(bytes, from, to);
    this.#frames = new LightFrames(url, '/ws', {
      protocol: 'xmpp',
      opened: () => this.#frames.send(OPEN),
      hear,
      lost: (error) => this.#fail(error),
    });
  }

  on(_event, listener) {
    this.#listener = listener;
  }

  off() {
    this.#listener = undefined;
  }

  say(content) {
    const id = `m${this.#name}_${this.#lastAsked++}`;
    this.#frames.send(
      `<message xmlns="jabber:client" to="${this.#address}" type="groupchat" id="${id}"><body>${content}</body></message>`,
    );
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }

  close() {
    this.#frames.close();
  }

  #hear(bytes, from, to) {
    if (this.#joined) return this.#hearMessage(bytes, from, to);
    const text = bytes.toString('utf8', from, to);
    if (/<failure|type=['"]error/.test(text)) return this.#fail(new Error(text));
    if (this.#step < STEPS.length) {
      const [said, answer] = STEPS[this.#step];
      if (!text.includes(said)) return undefined;
      this.#step++;
      return this.#frames.send(answer);
    }
    if (text.includes('<jid>')) return this.#room ? this.#join() : this.#ready();
    // a room tells its subject when one is in
    if (text.includes('<subject')) {
      this.#joined = true;
      this.#ready();
    }
    return undefined;
  }

  #hearMessage(bytes, from, to) {
    if (MESSAGE.compare(bytes, from, Math.min(to, from + MESSAGE.length)) !== 0) return;
    this.#listener?.();
    if (!this.#asked.size) return;
    const id = / id=['"](m[^'"]*)['"]/.exec(bytes.toString('latin1', from, to))?.[1];
    this.#asked.get(id)?.resolve();
    this.#asked.delete(id);
  }

  #join() {
    this.#frames.send(
      `<presence xmlns="jabber:client" to="${this.#address}/${this.#name}">` +
        '<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>',
    );
  }

  get #address() {
    return `${this.#room}@conference.${DOMAIN}`;
  }
}
