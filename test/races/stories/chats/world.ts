import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers } from 'test/factories/users';
import { call, type Draw, type World } from 'test/races/stories/story';
import { Talker } from 'test/races/stories/chats/talker';
import type { TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';
import { expectToHold } from 'test/support/verify-sync';
import { Replica } from 'test/support/replica';

type Method = 'get' | 'post' | 'put' | 'delete';
interface Sent {
  id: number;
  chat: number;
}

/** Four people, a group of all and two private chats, on two nodes. */
export class ChatWorld implements World {
  log: string[] = [];
  messages: Sent[] = [];
  files: number[] = [];
  calls: number[] = [];
  invite?: string;
  /** Pairs that must not write to each other privately: the one who has blocked, and whom. */
  blocks = new Map<string, [Talker, Talker]>();
  /** Some hide how far they read in this story; what others may hold of it then depends on when they came. */
  isDiscreet = false;
  private isOver = false;

  private constructor(
    readonly nodes: [TestApp, TestApp],
    /** Those who are still there. */
    public people: Talker[],
    readonly group: number,
    readonly pairs: { chat: number; people: [Talker, Talker] }[],
  ) {}

  static async begin(nodes: [TestApp, TestApp], draw: Draw): Promise<ChatWorld> {
    const [app] = nodes;
    const users = await buildUsers(app, 'ana', 'ben', 'cid', 'dan');
    const [ana, ben, cid, dan] = users;
    await api(app, ben).put('/profile', { language: 'ko' });
    const group = await buildGroup(app, ana, [ben, cid, dan]);
    const [first, second] = [await buildPrivateChat(app, ana, ben), await buildPrivateChat(app, dan, cid)];
    const people = await Promise.all(users.map((user) => Talker.arrive(user, draw.one(nodes), draw.one(nodes))));
    const pairOf = (chat: number, one: number, other: number) => ({
      chat,
      people: [people[one]!, people[other]!] as [Talker, Talker],
    });
    const world = new ChatWorld(nodes, people, group, [pairOf(first, 0, 1), pairOf(second, 3, 2)]);
    world.isDiscreet = draw.chance(20);
    return world;
  }

  /** Mostly the group. */
  aChat = (draw: Draw) => draw.one([this.group, this.group, this.group, ...this.pairs.map(({ chat }) => chat)]);
  aMessage = (draw: Draw) => draw.one(this.messages.slice(-12));

  ask = (by: Talker, draw: Draw, method: Method, path: string, body?: object): Promise<Reply> =>
    call(this.log, draw.one(this.nodes), by.user, method, path, body);

  /** Asks over the socket. */
  async request(by: Talker, name: string, body: object) {
    const reply = await by.socket.ask(name, body);
    this.log.push(`${by.name} ${name} ${JSON.stringify(body)} → ${reply.ok ? 'ok' : reply.error.code}`);
    return reply;
  }

  remember(message: { id?: number } | undefined, chat: number) {
    if (message?.id) this.messages.push({ id: message.id, chat });
  }

  async end() {
    this.isOver = true;
    for (const [one, other] of this.blocks.values())
      await call(this.log, this.nodes[0], one.user, 'post', `/users/${other.user.id}/unblock`);
  }

  /** Everybody holds what he would fetch, however he came by it, and all that is said of it agrees. */
  async compare(draw: Draw) {
    for (const node of this.nodes) await node.settle();
    const isBack = this.people.map(() => draw.chance(60));
    for (const [index, person] of this.people.entries()) {
      this.log.push(`-- ${person.name} compares`);
      const fresh = await new Replica(this.nodes[0], person.user).connect();
      fresh.disconnect();
      await this.checkCounts(person, fresh);
      const comparable = (state: Replica['state']) => this.comparable(state, person);
      await expectToHold(person.live, fresh, comparable);
      if (!isBack[index]) continue;
      await person.away.sync(draw.one(this.nodes), 'rest', draw.one([500, 3, 1]));
      expect(comparable(person.away.state)).toEqual(comparable(fresh.state));
    }
  }

  close() {
    for (const person of this.people) person.leave();
  }

  /** What a chat says of itself is what can be counted in it. */
  private async checkCounts({ user }: Talker, { state }: Replica) {
    for (const { id, messages, unread_count, unread_mentions, last_message, last_read_seq } of state.chats) {
      const said = (await call([], this.nodes[1], user, 'get', `/chats/${id}`)).body;
      const counted = messages.filter((one: any) => one.seq > last_read_seq && one.message_type !== 'system').length;
      const unread = { chat: id, unread_count: counted, unread_mentions, last_message: messages.at(-1) ?? null };
      expect({ chat: id, unread_count, unread_mentions, last_message }).toEqual(unread);
      expect({ chat: id, ...pick(said, 'unread_count', 'unread_mentions', 'last_message') }).toEqual(unread);
    }
  }

  /** Without the marks of others where what is held of them depends on when it was learned. */
  private comparable(state: Replica['state'], { user }: Talker) {
    const chats = state.chats.map((chat) => {
      if (!this.isDiscreet && (this.isOver || chat.chat_type !== 'private')) return chat;
      const participants = chat.participants.map((one: any) =>
        one.user_id === user.id ? one : { ...one, last_read_seq: 0, last_delivered_seq: 0 },
      );
      return { ...chat, participants };
    });
    return { ...state, chats };
  }
}

const pick = <T, K extends keyof T>(from: T, ...keys: K[]) =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
