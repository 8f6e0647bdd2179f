import { pushKey } from './pushes.mjs';

/**
 * The chats of the demo: who says what to whom, who must hear it, and the receipts that each reader owes the others.
 * `tallies` are `chats`, `messages`, `caughtUp`, `pushes`, `typing`, `delivered`, `read` and `history`.
 */
export class Chats {
  #chats = new Map();
  /** The numbers that somebody is owed a receipt for, by kind, chat, reader and listener. */
  #marks = new Map();
  #tallies;
  #screen;
  #said = 0;

  constructor(tallies, screen) {
    this.#tallies = tallies;
    this.#screen = screen;
  }

  /** A private chat with one other, or a group if it has a name. */
  async open(maker, others, name) {
    const members = [maker, ...others];
    const { id } = await maker.call('POST', '/chats', {
      chat_type: name ? 'group' : 'private',
      ...(name && { name }),
      participant_ids: others.map((person) => person.id),
    });
    const chat = { id, name, members, sent: new Map(), typed: new Map(), missed: new Map() };
    this.#chats.set(id, chat);
    this.#tallies.chats.send();
    for (const member of members.filter(({ online }) => online)) this.#tallies.chats.owe(`${id} → ${member.name}`);
    for (const member of members.filter(({ online }) => online)) await member.ask('join_chat', { chat_id: id });
    this.#screen.line(maker.name, name ? `makes the group “${name}”` : `opens a private chat with ${others[0].name}`);
    return chat;
  }

  /** Says something in a chat: over the socket after some typing, or over REST. */
  async say(person, chat, content, { over = 'socket' } = {}) {
    const key = `${person.username}-${++this.#said}`;
    if (over === 'socket') await this.#type(person, chat, true);
    for (const member of chat.members) {
      if (member.online) this.#tallies.messages.owe(`${key} → ${member.name}`);
      else this.#oweToAbsent(key, chat, member);
    }
    this.#tallies.history.owe(key);
    this.#tallies.messages.send();
    this.#screen.line(person.name, `→ ${nameFor(person, chat)}: ${content}`);
    const message = { content, client_id: key };
    if (over === 'rest') await person.call('POST', `/chats/${chat.id}/messages`, message);
    else await person.ask('send_message', { chat_id: chat.id, ...message });
    if (over === 'socket') await this.#type(person, chat, false);
  }

  #oweToAbsent(key, chat, person) {
    this.#tallies.caughtUp.owe(`${key} → ${person.name}`);
    const missed = (chat.missed.get(person) ?? 0) + 1;
    chat.missed.set(person, missed);
    this.#tallies.pushes.owe(pushKey(missed, nameOf(chat, person), person));
  }

  /** What a person's connection does with the pushes about chats. */
  handlers(person) {
    return {
      chat_created: ({ id }) => this.#tallies.chats.see(`${id} → ${person.name}`),
      new_message: (message) => this.#heard(message, person),
      message_delivered: (receipt) => this.#receipt('delivered', receipt, person),
      message_read: (receipt) => this.#receipt('read', receipt, person),
      typing_indicator: (typing) => this.#typing(typing, person),
    };
  }

  /** Fetches what was said while the person was away, and marks it up to the newest. */
  async catchUp(person) {
    for (const chat of [...this.#chats.values()].filter(({ members }) => members.includes(person))) {
      const { messages } = await person.call('GET', `/chats/${chat.id}/messages?after_seq=0&limit=100`);
      for (const { client_id: key } of messages) this.#tallies.caughtUp.see(`${key} → ${person.name}`);
      this.#screen.line(person.name, `fetches ${messages.length} missed of ${nameFor(person, chat)}`);
      await person.ask('join_chat', { chat_id: chat.id }); // who has it open gets no pushes of it
      if (messages.length) await this.#mark(person, chat, messages.at(-1));
    }
  }

  /** Compares all that was said with what the chats hold: everything, once, numbered without gaps. */
  async checkHistory() {
    for (const { id, members } of this.#chats.values()) {
      let number = 0;
      let place = 'after_seq=0';
      while (place) {
        const page = await members.at(-1).call('GET', `/chats/${id}/messages?${place}&limit=100`);
        for (const { client_id: key, seq } of page.messages)
          this.#tallies.history.see(seq === ++number ? key : `${key} as number ${seq} of chat ${id}`);
        place = page.next_cursor && `cursor=${page.next_cursor}`;
      }
    }
  }

  #heard({ id, chat_id: chatId, seq, client_id: key, sender_id: senderId }, person) {
    const chat = this.#chats.get(chatId);
    this.#tallies.messages.see(`${key} → ${person.name}`);
    const sender = chat.members.find(({ id }) => id === senderId);
    for (const what of ['delivered', 'read']) this.#excuseBelow(what, chat, seq, sender, person);
    // His own devices hear it before anyone can have read it.
    if (senderId === person.id)
      chat.sent.set(seq, { sender: person, readers: [], awaited: present(chat, person).length });
    else person.later(() => this.#mark(person, chat, { id, seq }));
  }

  /** Tells first that it reached the device, then that it was read. */
  async #mark(person, chat, { id, seq }) {
    for (const what of ['delivered', 'read']) {
      this.#tallies[what].send();
      for (const member of present(chat, person)) {
        this.#tallies[what].owe(receiptKey(chat, seq, person, member));
        this.#marksOf(what, chat, person, member).add(seq);
      }
      await person.ask(`message_${what}`, { chat_id: chat.id, message_id: id });
    }
  }

  #receipt(what, { chat_id: chatId, user_id: readerId, seq }, listener) {
    if (readerId === listener.id) return;
    const chat = this.#chats.get(chatId);
    const reader = chat.members.find(({ id }) => id === readerId);
    this.#tallies[what].see(receiptKey(chat, seq, reader, listener));
    this.#excuseBelow(what, chat, seq, reader, listener);
    const message = chat.sent.get(seq);
    if (what === 'delivered' || message?.sender !== listener) return;
    message.readers.push(reader.name);
    if (message.readers.length < message.awaited) return;
    this.#screen.line(
      listener.name,
      `✓ ${message.readers.join(' and ')} read number ${seq} of ${nameFor(listener, chat)}`,
    );
  }

  /** Receipts are marks: one says that all up to it has been read, and so does a message that the reader sends himself. */
  #excuseBelow(what, chat, seq, reader, listener) {
    const marks = this.#marksOf(what, chat, reader, listener);
    for (const below of [...marks].filter((mark) => mark < seq)) {
      this.#tallies[what].excuse(receiptKey(chat, below, reader, listener));
      marks.delete(below);
    }
  }

  #marksOf(what, chat, reader, listener) {
    const way = `${what} in ${chat.id} by ${reader.name} → ${listener.name}`;
    if (!this.#marks.has(way)) this.#marks.set(way, new Set());
    return this.#marks.get(way);
  }

  async #type(person, chat, isTyping) {
    this.#tallies.typing.send();
    for (const member of present(chat, person)) {
      const way = `${person.name} in chat ${chat.id} → ${member.name}`;
      const typed = chat.typed.get(way) ?? { asked: 0, seen: 0 };
      chat.typed.set(way, typed);
      this.#tallies.typing.owe(`${way}: ${++typed.asked}, ${isTyping}`);
    }
    await person.ask('typing_indicator', { chat_id: chat.id, is_typing: isTyping });
  }

  #typing({ chat_id: chatId, user_id: userId, is_typing: isTyping }, listener) {
    const chat = this.#chats.get(chatId);
    const typist = chat.members.find(({ id }) => id === userId);
    const way = `${typist.name} in chat ${chatId} → ${listener.name}`;
    const typed = chat.typed.get(way) ?? { asked: 0, seen: 0 };
    this.#tallies.typing.see(`${way}: ${++typed.seen}, ${isTyping}`);
  }
}

/** The others of a chat who are online. */
const present = (chat, person) => chat.members.filter((member) => member !== person && member.online);

const receiptKey = ({ id }, seq, reader, listener) =>
  `number ${seq} of chat ${id} by ${reader.name} → ${listener.name}`;

/** What a member calls the chat: a group by its name, a private one by the other's. */
const nameOf = ({ name, members }, person) => name ?? members.find((member) => member !== person).name;
const nameFor = (person, chat) => (chat.name ? `“${chat.name}”` : nameOf(chat, person));
