import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts, Draw } from 'test/races/stories/story';

const wasSaid = ({ messages }: ChatWorld) => messages.length > 0;

export const messages: Acts<ChatWorld> = {
  'say over REST': {
    weight: 6,
    run: async (world, draw) => {
      const chat = world.aChat(draw);
      const body = draft(world, draw, chat);
      world.remember(
        (await world.ask(draw.one(world.people), draw, 'post', `/chats/${chat}/messages`, body)).body,
        chat,
      );
    },
  },
  'say over the socket': {
    weight: 6,
    run: async (world, draw) => {
      const chat_id = world.aChat(draw);
      const body = { chat_id, ...draft(world, draw, chat_id) };
      world.remember((await world.request(draw.one(world.people), 'send_message', body)).data, chat_id);
    },
  },
  'pass on': {
    weight: 4,
    when: wasSaid,
    run: async (world, draw) => {
      const [chat, { id: forward_of }, person] = [world.aChat(draw), world.aMessage(draw), draw.one(world.people)];
      const body = { ...draft(world, draw, chat), content: undefined, forward_of };
      const message = draw.chance(50)
        ? (await world.ask(person, draw, 'post', `/chats/${chat}/messages`, body)).body
        : (await world.request(person, 'send_message', { chat_id: chat, ...body })).data;
      world.remember(message, chat);
    },
  },
  edit: {
    weight: 4,
    when: wasSaid,
    run: (world, draw) => {
      const content = `e${world.log.length}${mention(world, draw)}`;
      return world.ask(draw.one(world.people), draw, 'put', `/messages/${world.aMessage(draw).id}`, { content });
    },
  },
  'delete for all': { weight: 3, when: wasSaid, run: (world, draw) => remove(world, draw, 'all') },
  'delete for oneself': { weight: 4, when: wasSaid, run: (world, draw) => remove(world, draw, 'me') },
  react: {
    weight: 4,
    when: wasSaid,
    run: (world, draw) => {
      const emojis = draw.one([['👍'], ['🎉'], ['❤️', '🎉'], []]);
      return world.ask(draw.one(world.people), draw, 'put', `/messages/${world.aMessage(draw).id}/reactions`, {
        emojis,
      });
    },
  },
  pin: {
    weight: 2,
    when: wasSaid,
    run: (world, draw) => {
      const method = draw.one(['put', 'put', 'delete'] as const);
      return world.ask(draw.one(world.people), draw, method, `/messages/${world.aMessage(draw).id}/pin`);
    },
  },
};

/** A text that may name people, answer a message or go on with a thread: of that chat, mostly. */
function draft(world: ChatWorld, draw: Draw, chat: number) {
  const content = `m${world.log.length}${mention(world, draw)}`;
  const earlier = world.messages.filter((one) => one.chat === chat || draw.chance(2));
  const some = () => (earlier.length && draw.chance(30) ? draw.one(earlier).id : undefined);
  return { content, reply_to_id: some(), thread_id: some() };
}

const mention = (world: ChatWorld, draw: Draw) => {
  const named = () => (draw.chance(50) ? ` @${draw.one([...world.people.map(({ name }) => name), 'all'])}` : '');
  return named() + named();
};

const remove = (world: ChatWorld, draw: Draw, whom: 'all' | 'me') =>
  world.ask(draw.one(world.people), draw, 'delete', `/messages/${world.aMessage(draw).id}?for=${whom}`);
