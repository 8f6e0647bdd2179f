import type { PushBody } from 'src/contracts';
import type { ChangeType } from 'src/modules/chats/changes.contract';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

interface Person {
  user_id: string;
  last_read_seq: number | null;
  last_delivered_seq: number;
}

/** What a client holds of a chat. */
interface HeldChat {
  view: any;
  seq: number;
  messages: Map<number, any>;
  people: Map<string, Person>;
  /** What he has cleared and deleted for himself, which another node may tell of later. */
  clearedUpTo: number;
  hidden: Set<number>;
}

interface Event {
  type: string;
  data: any;
}

/** How a client applies each kind of change to what it holds: a new kind gets its line here, or does not compile. */
const APPLY: { [N in ChangeType]: (chat: HeldChat, body: PushBody<N>, me: string) => void } = {
  new_message: (chat, { message_count, thread_reply_count, change_seq: _, ...message }, me) => {
    const root = chat.messages.get(message.thread_id ?? 0);
    if (root) root.reply_count = thread_reply_count;
    Object.assign(chat.view, { message_count, updated_at: message.created_at });
    if (message.seq > chat.clearedUpTo && !chat.hidden.has(message.id)) {
      chat.messages.set(message.id, message);
      chat.view.last_message = message;
    }
    if (message.message_type === 'system') return;
    raise(chat, message.sender_id, { last_read_seq: message.seq, last_delivered_seq: message.seq });
    if (message.sender_id === me) Object.assign(chat.view, { read_count: message_count, last_read_seq: message.seq });
  },
  message_updated: (chat, { change_seq: _, ...message }) => replace(chat, message),
  message_deleted: (chat, { change_seq: _, message_id: __, ...message }) => replace(chat, message),
  reaction_updated: (chat, { message_id, reactions }) => {
    for (const message of [chat.messages.get(message_id), chat.view.last_message])
      if (message?.id === message_id) message.reactions = reactions;
  },
  chat_updated: (chat, { name, description, avatar_url, settings }) =>
    Object.assign(chat.view, { name, description, avatar_url, settings }),
  participant_added: (chat, { participants }) => {
    for (const one of participants) chat.people.set(one.user_id, one);
    chat.view.participant_count = chat.people.size;
  },
  participant_updated: (chat, { participant }, me) => {
    const held = chat.people.get(participant.user_id);
    chat.people.set(participant.user_id, participant);
    if (participant.user_id !== me) return;
    chat.view.role = participant.role;
    // as others see him, who perhaps may not see how far he has read
    if (held) Object.assign(participant, marksOf(held));
  },
  participant_removed: (chat, { user_id }) => {
    chat.people.delete(user_id);
    chat.view.participant_count = chat.people.size;
  },
};

/** A message as it is now, where it is held, and what others quote of it. */
function replace(chat: HeldChat, message: any) {
  if (chat.messages.has(message.id)) chat.messages.set(message.id, message);
  if (chat.view.last_message?.id === message.id) chat.view.last_message = message;
  const { content, message_type: reply_to_type, is_deleted: reply_to_is_deleted } = message;
  const quoted = { reply_to_content: [...content].slice(0, 200).join('') || null, reply_to_type, reply_to_is_deleted };
  for (const reply of chat.messages.values()) if (reply.reply_to_id === message.id) Object.assign(reply, quoted);
}

/** Takes messages out of what is held; the last one is then another. */
function drop({ view, messages }: HeldChat, isGone: (message: any) => boolean) {
  for (const message of [...messages.values()]) if (isGone(message)) messages.delete(message.id);
  if (view.last_message && isGone(view.last_message))
    view.last_message = [...messages.values()].sort((a, b) => b.seq - a.seq)[0] ?? null;
}

const marksOf = ({ last_read_seq, last_delivered_seq }: Person) => ({ last_read_seq, last_delivered_seq });

/** Marks only rise. */
function raise(chat: HeldChat, userId: string, marks: Partial<Person>) {
  const person = chat.people.get(userId);
  if (!person) return;
  for (const name of ['last_read_seq', 'last_delivered_seq'] as const) {
    const held = person[name];
    if (held !== null && marks[name] != null) person[name] = Math.max(held, marks[name]);
  }
}

/** A client that follows the protocol: connect, sync until nothing more is missing, then apply what is heard by its number. */
export class Replica {
  readonly chats = new Map<number, HeldChat>();
  userSeq = 0;
  userEvents: Event[] = [];
  /** Of each chat up to where he has cleared it; he may hold it no more. */
  private readonly cleared = new Map<number, number>();
  private cursor?: string;
  private socket?: TestSocket;
  private applied = 0;

  constructor(
    private readonly app: TestApp,
    private readonly user: { id: string; token: string },
  ) {}

  /** Comes online on a node, gets what it missed, over the socket or REST. */
  async connect(node = this.app, over: 'rest' | 'socket' = 'socket'): Promise<this> {
    this.socket = await connect(node, this.user);
    this.applied = 0;
    await this.sync(node, over);
    return this;
  }

  disconnect() {
    this.socket?.close();
    this.socket = undefined;
  }

  async sync(node = this.app, over: 'rest' | 'socket' = 'socket', limit = 500) {
    for (let more = true; more;) {
      const asked = { cursor: this.cursor, limit };
      const answer =
        over === 'socket'
          ? (await this.socket!.ask('sync', asked)).data
          : (await api(node, this.user).post('/sync', asked)).body;
      await this.take(answer);
      ({ cursor: this.cursor, more } = answer);
    }
  }

  /** Applies what was heard since; true if all of it followed on what was held. */
  async hear() {
    const heard = this.socket!.heard.slice(this.applied);
    this.applied += heard.length;
    for (const { name, body } of heard) await this.apply({ type: name, data: body });
  }

  /** What it holds, in a form to be compared. */
  get state() {
    return {
      chats: [...this.chats.values()]
        .map(({ view, seq, messages, people }) => ({
          ...view,
          unread_count: view.message_count - view.read_count,
          unread_mentions: [...messages.values()].filter((one) => this.isUnreadMention(one, view.last_read_seq)).length,
          last_seq: seq,
          messages: [...messages.values()].sort((a, b) => a.seq - b.seq),
          participants: [...people.values()].sort((a, b) => a.user_id.localeCompare(b.user_id)),
        }))
        .sort((a, b) => a.id - b.id),
      user_seq: this.userSeq,
    };
  }

  private isUnreadMention({ seq, sender_id, mentions, mentions_all }: any, lastRead: number) {
    const isMeant = mentions_all ? sender_id !== this.user.id : mentions.includes(this.user.id);
    return isMeant && seq > lastRead;
  }

  private async take({ chats, left, user, marks }: any) {
    for (const event of user.events) await this.applyOfUser(event);
    this.userSeq = user.last_seq;
    for (const id of left) this.chats.delete(id);
    for (const { chat_id, gap, chat, events, last_seq, unread_count, ...counts } of chats) {
      if (gap && !chat) throw new Error('a gap without a snapshot');
      if (chat || !this.chats.has(chat_id)) await this.load({ id: chat_id });
      const held = this.chats.get(chat_id)!;
      for (const event of events) this.change(held, event);
      held.seq = Math.max(held.seq, last_seq);
      expect(counts.message_count - counts.read_count).toBe(unread_count);
      const { unread_mentions: _, ...own } = counts;
      if (!chat) Object.assign(held.view, own);
    }
    for (const { chat_id, ...mark } of marks) {
      const chat = this.chats.get(chat_id);
      if (chat) this.mark(chat, mark);
    }
  }

  /** A chat as it is: its people and all its messages, by pages. */
  private async load(view: any) {
    const { status, body } = await api(this.app, this.user).get(`/chats/${view.id}`);
    if (status !== 200) return; // gone again
    const { participants, ...chat } = body;
    const messages = new Map<number, any>();
    let seq = chat.last_seq as number;
    for (let path = `/chats/${view.id}/messages?limit=100`; path;) {
      const page = (await api(this.app, this.user).get(path)).body;
      for (const message of page.messages) messages.set(message.id, message);
      seq = Math.min(seq, page.last_seq);
      path = page.next_cursor ? `/chats/${view.id}/messages?limit=100&cursor=${page.next_cursor}` : '';
    }
    // whether they are there changes by itself
    const members = participants.map(({ status: _, is_online: __, last_seen: ___, ...one }: any) => one as Person);
    const people = new Map<string, Person>(members.map((one: Person) => [one.user_id, one]));
    this.chats.set(view.id, {
      view: chat,
      seq,
      messages,
      people,
      clearedUpTo: this.clearedUpTo(view.id),
      hidden: new Set(),
    });
  }

  private async apply({ type, data }: Event) {
    if (type === 'sync_needed') return this.sync(this.app, 'rest');
    if (type === 'chat_created') return this.load(data);
    if (data?.user_seq === this.userSeq + 1) return this.applyOfUser({ type, data });
    if (data?.user_seq > this.userSeq) return this.sync(this.app, 'rest');
    const chat = this.chats.get(data?.chat_id);
    if (data?.change_seq !== undefined) {
      // one that he has deleted for himself comes back with what is new in it, not with what becomes of the old, or comes late
      const isNew = type === 'new_message' && data.seq > this.clearedUpTo(data.chat_id);
      if (!chat) return isNew ? this.load({ id: data.chat_id }) : undefined;
      if (data.change_seq > chat.seq + 1) return this.sync(this.app, 'rest');
      this.change(chat, { type, data });
    }
    if (!chat) return;
    const { user_id, seq, read_count } = data;
    if (type === 'message_read') this.mark(chat, { user_id, last_read_seq: seq, last_delivered_seq: seq, read_count });
    if (type === 'message_delivered') this.mark(chat, { user_id, last_read_seq: null, last_delivered_seq: seq });
  }

  private clearedUpTo = (chatId: number) => this.cleared.get(chatId) ?? 0;

  private change(chat: HeldChat, { type, data }: Event) {
    if (data.change_seq <= chat.seq) return;
    (APPLY[type as ChangeType] as (chat: HeldChat, body: any, me: string) => void)(chat, data, this.user.id);
    chat.seq = data.change_seq;
  }

  private mark(chat: HeldChat, { read_count, ...mark }: Person & { read_count?: number | null }) {
    raise(chat, mark.user_id, mark);
    if (mark.user_id !== this.user.id || mark.last_read_seq === null) return;
    chat.view.last_read_seq = Math.max(chat.view.last_read_seq, mark.last_read_seq);
    chat.view.read_count = Math.max(chat.view.read_count, read_count ?? 0);
  }

  private async applyOfUser({ type, data }: Event) {
    if (data.user_seq <= this.userSeq) return;
    this.userSeq = data.user_seq;
    this.userEvents.push({ type, data });
    const { chat_id: id, user_seq: _, ...body } = data;
    // what he sees of others may be more now, or less
    if (type === 'account_changed' && body.part === 'privacy')
      for (const chatId of this.chats.keys()) await this.load({ id: chatId });
    const chat = this.chats.get(id);
    if (type === 'chat_cleared') this.cleared.set(id, body.up_to_seq);
    if (type === 'chat_removed') this.chats.delete(id);
    if (type === 'chat_preferences_updated' && chat) Object.assign(chat.view, body);
    if (type === 'chat_preferences_updated' && !chat) await this.load({ id });
    if (!chat) return;
    if (type === 'message_hidden') {
      chat.view.read_count = Math.max(chat.view.read_count, body.read_count);
      chat.hidden.add(body.message_id);
      drop(chat, ({ id }) => chat.hidden.has(id));
    }
    if (type === 'chat_cleared') {
      chat.clearedUpTo = body.up_to_seq;
      drop(chat, ({ seq }) => seq <= body.up_to_seq);
    }
  }
}
