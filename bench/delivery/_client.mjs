import { io } from 'socket.io-client';

const ACK_MS = 4_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A person with one device that follows docs/sync.md: it connects to any node, syncs, applies what it hears by its number, and sends
 * until the acknowledgement comes, over socket or REST, under one `client_id`.
 */
export class Client {
  /** Chat id → `{ seq, applied: [{ seq, id }] }`: every message in the order in which it was applied. */
  chats = new Map();
  /** What was acknowledged: `{ chat, clientId, id, seq, content }`. */
  acknowledged = [];
  unacknowledged = [];
  counts = { connections: 0, syncs: 0, gaps: 0, retries: 0 };
  #urls;
  #random;
  #socket;
  #cursor;
  #syncing = Promise.resolve();
  #closed = false;

  constructor(person, urls, random) {
    this.person = person;
    this.#urls = urls;
    this.#random = random;
  }

  /** Stays connected, to one node or the other, until `close`. */
  open() {
    if (this.#closed) return;
    const options = {
      auth: { token: this.person.token },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    };
    const socket = io(this.#anyUrl(), { ...options, timeout: 3_000 });
    this.#socket = socket;
    const again = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      socket.close();
      setTimeout(() => this.open(), 50 + this.#random() * 300);
    };
    socket.on('connect_error', again).on('disconnect', again);
    socket.on('connection_established', () => {
      this.counts.connections++;
      this.#sync();
    });
    socket.on('new_message', (message) => this.#enqueue(() => this.#hear(message)));
  }

  /** Cuts the connection as a lost network does: without a word. */
  cut() {
    this.#socket?.io.engine?.transport?.ws?.terminate?.();
  }

  close() {
    this.#closed = true;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** Sends, again and again under the same name, until it is acknowledged or `deadline` (ms) has passed. */
  async send(chat, clientId, content, deadline) {
    for (let attempt = 0; Date.now() < deadline(); attempt++) {
      if (attempt) this.counts.retries++;
      try {
        const { id, seq } = await (this.#random() < 0.5 ? this.#sendOverRest(chat, clientId, content) : this.#sendOverSocket(chat, clientId, content)); // prettier-ignore
        this.acknowledged.push({ chat, clientId, id, seq, content });
        return;
      } catch {
        await pause(50 + this.#random() * 200);
      }
    }
    this.unacknowledged.push({ chat, clientId, content });
  }

  /** Waits for what is under way, then asks once more, at any node, over REST. */
  async catchUp() {
    await this.#syncing;
    await this.#syncOverRest();
  }

  #anyUrl() {
    return this.#urls[Math.floor(this.#random() * this.#urls.length)];
  }

  /** One thing after the other, so that what is heard while syncing waits. */
  #enqueue(work) {
    this.#syncing = this.#syncing.then(work).catch(() => undefined);
  }

  #sync() {
    this.#enqueue(async () => {
      for (let more = true; more;) more = this.#take(await this.#ask('sync', { cursor: this.#cursor }));
    });
  }

  async #syncOverRest() {
    for (let more = true; more;) more = this.#take(await this.#post('/sync', { cursor: this.#cursor }));
  }

  #take({ chats, cursor, more }) {
    this.counts.syncs++;
    for (const { chat_id, chat, events, last_seq } of chats) {
      // a chat is new to us only when it has no message yet: the run begins so
      const held = this.chats.get(chat_id) ?? { seq: chat.last_seq, applied: [] };
      this.chats.set(chat_id, held);
      for (const { data } of events) this.#apply(held, data);
      held.seq = Math.max(held.seq, last_seq);
    }
    this.#cursor = cursor;
    return more;
  }

  async #hear(message) {
    const held = this.chats.get(message.chat_id);
    if (!held || message.change_seq <= held.seq) return;
    if (message.change_seq === held.seq + 1) return this.#apply(held, message);
    this.counts.gaps++;
    await this.#syncOverRest();
  }

  #apply(held, { id, change_seq: seq }) {
    if (seq <= held.seq) return;
    held.applied.push({ seq, id });
    held.seq = seq;
  }

  async #ask(name, body) {
    if (!this.#socket?.connected) throw new Error('not connected');
    const reply = await this.#socket.timeout(ACK_MS).emitWithAck(name, body);
    if (!reply.ok) throw new Error(reply.error.code);
    return reply.data;
  }

  #sendOverSocket(chat, clientId, content) {
    return this.#ask('send_message', { chat_id: chat, content, client_id: clientId });
  }

  #sendOverRest(chat, clientId, content) {
    return this.#post(`/chats/${chat}/messages`, { content }, { 'idempotency-key': clientId });
  }

  async #post(path, body, headers = {}) {
    const reply = await fetch(`${this.#anyUrl()}/api/v1${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${this.person.token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ACK_MS),
    });
    if (!reply.ok) throw new Error(`${reply.status}`);
    return reply.json();
  }
}
