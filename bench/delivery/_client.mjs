import { io } from 'socket.io-client';

const ACK_MS = 4_000;
const EMOJIS = ['👍', '🎉', '😮'];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a client keeps of a message, in a form to be compared. */
const toHeld = ({ id, seq, content, is_deleted, reactions }) => ({ id, seq, content, isDeleted: is_deleted, reactions: toReactions(reactions) }); // oxfmt-ignore
const toReactions = (list) => list.flatMap(({ emoji, user_ids }) => user_ids.map((id) => `${emoji} ${id}`)).sort();

/** How each kind of change is applied to the messages held; other kinds only have their number. */
const APPLY = {
  new_message: (messages, message) => messages.set(message.id, toHeld(message)),
  message_updated: (messages, message) => messages.has(message.id) && messages.set(message.id, toHeld(message)),
  message_deleted: (messages, message) => messages.has(message.id) && messages.set(message.id, toHeld(message)),
  reaction_updated: (messages, { message_id: id, reactions }) => {
    if (messages.has(id)) messages.get(id).reactions = toReactions(reactions);
  },
};

/**
 * A person with one device that follows docs/sync.md: it connects to any node, syncs, applies what it hears by its number, and acts
 * (sends, edits, deletes, reacts) one after the other, each until the acknowledgement comes: sends over socket or REST, under one
 * `client_id`.
 */
export class Client {
  /** Chat id → `{ seq, messages, applied: [{ seq, id }] }`: what is held, and every message in the order in which it was applied. */
  chats = new Map();
  /** What was acknowledged: `{ chat, clientId, id, seq, content }`. */
  acknowledged = [];
  unacknowledged = [];
  /** Message id → what this person last made of it, and whether that was acknowledged: `{ content, edits, deleted, emojis, open }`. */
  acts = new Map();
  counts = { connections: 0, syncs: 0, gaps: 0, retries: 0, edits: 0, deletions: 0, reactions: 0 };
  /** Status → how often a request was answered by it; `503 later` if it said when to come again, 0 for no answer. */
  answers = new Map();
  /** The longest time (ms) between the loss of a connection and the end of the sync on the next one. */
  longestAbsence = 0;
  #lostAt;
  #urls;
  #random;
  #socket;
  #userSeq = 0;
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
      this.#lostAt ??= performance.now();
      socket.close();
      setTimeout(() => this.open(), 50 + this.#random() * 300);
    };
    socket.on('connect_error', again).on('disconnect', again);
    socket.on('connection_established', () => {
      this.counts.connections++;
      this.#sync();
    });
    socket.on('sync_needed', () => this.#sync());
    socket.onAny((type, data) => data?.change_seq !== undefined && this.#enqueue(() => this.#hear(type, data)));
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

  /** Sends, again and again under the same name, until it is acknowledged or `deadline()` (ms) has passed. */
  async send(chat, clientId, content, deadline) {
    const post = () => this.#random() < 0.5 ? this.#sendOverRest(chat, clientId, content) : this.#sendOverSocket(chat, clientId, content); // oxfmt-ignore
    const sent = await this.#insist(post, deadline);
    if (sent) this.acknowledged.push({ chat, clientId, id: sent.id, seq: sent.seq, content });
    else this.unacknowledged.push({ chat, clientId, content });
  }

  /** Edits or deletes a message of his own, or reacts to anybody's, until it is acknowledged; nothing if there is none. */
  async change(name, deadline) {
    const chance = this.#random();
    const own = this.acknowledged.filter(({ id }) => !this.acts.get(id)?.deleted);
    if (chance < 0.65 && own.length) {
      const { id, content } = own[Math.floor(this.#random() * own.length)];
      return chance < 0.45 ? this.#edit(id, `${content}, edited as ${name}`, deadline) : this.#delete(id, deadline);
    }
    const held = [...this.chats.values()].flatMap(({ messages }) => [...messages.values()]);
    const open = held.filter(({ isDeleted }) => !isDeleted).slice(-40);
    if (open.length) await this.#react(open[Math.floor(this.#random() * open.length)].id, deadline);
  }

  async #edit(id, content, deadline) {
    const act = this.#actOn(id);
    act.edits++;
    act.open = { ...act.open, content };
    if (!(await this.#insist(() => this.#call('PUT', `/messages/${id}`, { content }), deadline))) return;
    this.counts.edits++;
    act.content = content;
    delete act.open.content;
  }

  async #delete(id, deadline) {
    const act = this.#actOn(id);
    act.deleted = 'open';
    if (!(await this.#insist(() => this.#call('DELETE', `/messages/${id}?for=all`), deadline))) return;
    this.counts.deletions++;
    act.deleted = 'acknowledged';
  }

  async #react(id, deadline) {
    const act = this.#actOn(id);
    const emojis = EMOJIS.filter(() => this.#random() < 0.5);
    act.open = { ...act.open, emojis };
    const done = await this.#insist(() => this.#call('PUT', `/messages/${id}/reactions`, { emojis }), deadline);
    if (!done || done === 'refused') return; // it was deleted meanwhile
    this.counts.reactions++;
    act.emojis = emojis;
    delete act.open.emojis;
  }

  #actOn(id) {
    if (!this.acts.has(id)) this.acts.set(id, { edits: 0, open: {} });
    return this.acts.get(id);
  }

  /** Tries until it is done, and gives the answer; 'refused' for what a tombstone refuses; undefined after the deadline. */
  async #insist(work, deadline) {
    for (let attempt = 0; Date.now() < deadline(); attempt++) {
      if (attempt) this.counts.retries++;
      try {
        return await work();
      } catch (error) {
        if (error.status === 409) return 'refused';
        await pause(50 + this.#random() * 200);
      }
    }
  }

  /** Of which chats it does not hold what is newest, `heads` by their ids: as lines. */
  behind(heads) {
    const late = [...this.chats].filter(([id, { seq }]) => seq < heads.get(id));
    return late.map(
      ([id, { seq }]) => `${this.person.username}: never told of chat ${id} beyond ${seq} of ${heads.get(id)}`,
    );
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

  /** Asks until it is answered, or the connection is another. */
  #sync() {
    const socket = this.#socket;
    const ask = async (held) => {
      while (this.#socket === socket)
        try {
          return await this.#ask('sync', held);
        } catch {
          await pause(200);
        }
      throw new Error('another connection will ask');
    };
    this.#enqueue(async () => {
      await this.#catchUpBy(ask);
      if (this.#lostAt) this.longestAbsence = Math.max(this.longestAbsence, performance.now() - this.#lostAt);
      this.#lostAt = undefined;
    });
  }

  #syncOverRest() {
    return this.#catchUpBy((held) => this.#post('/sync', held));
  }

  /** Says what it holds, not the last answer's cursor, which knows nothing of what was heard since. */
  async #catchUpBy(ask) {
    const chats = Object.fromEntries([...this.chats].map(([id, { seq }]) => [id, seq]));
    for (let held = { chats, user_seq: this.#userSeq }; held;) held = this.#take(await ask(held));
  }

  /** What to ask next, if there is more. */
  #take({ user, chats, cursor, more }) {
    this.counts.syncs++;
    this.#userSeq = user.last_seq;
    for (const { chat_id, chat, events, last_seq } of chats) {
      // a chat is new to us only when it has no message yet: the run begins so
      const held = this.chats.get(chat_id) ?? { seq: chat.last_seq, applied: [], messages: new Map() };
      this.chats.set(chat_id, held);
      for (const { type, data } of events) this.#apply(held, type, data);
      held.seq = Math.max(held.seq, last_seq);
    }
    return more ? { cursor } : undefined;
  }

  async #hear(type, data) {
    const held = this.chats.get(data.chat_id);
    if (!held || data.change_seq <= held.seq) return;
    if (data.change_seq === held.seq + 1) return this.#apply(held, type, data);
    this.counts.gaps++;
    await this.#syncOverRest();
  }

  #apply(held, type, data) {
    if (data.change_seq <= held.seq) return;
    APPLY[type]?.(held.messages, data);
    if (type === 'new_message') held.applied.push({ seq: data.change_seq, id: data.id });
    held.seq = data.change_seq;
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

  #post(path, body, headers) {
    return this.#call('POST', path, body, headers);
  }

  async #call(method, path, body, headers = {}) {
    const reply = await fetch(`${this.#anyUrl()}/api/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        authorization: `Bearer ${this.person.token}`,
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(ACK_MS),
    }).catch((error) => {
      this.#count(0);
      throw error;
    });
    this.#count(reply.status === 503 && reply.headers.has('retry-after') ? '503 later' : reply.status);
    if (!reply.ok) throw Object.assign(new Error(`${reply.status}`), { status: reply.status });
    return reply.status === 204 ? 'done' : reply.json();
  }
  #count(status) {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }
}
