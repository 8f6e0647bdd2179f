import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts } from 'test/races/stories/story';

const wasSaid = ({ messages }: ChatWorld) => messages.length > 0;

export const marks: Acts<ChatWorld> = {
  'read up to one': {
    weight: 3,
    when: wasSaid,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'put', `/messages/${world.aMessage(draw).id}/read`),
  },
  'read all': {
    weight: 2,
    run: (world, draw) =>
      world.ask(draw.one(world.people), draw, 'post', `/chats/${world.aChat(draw)}/messages/mark-read`),
  },
  'tell over the socket how far one is': {
    weight: 3,
    when: wasSaid,
    run: (world, draw) => {
      const { chat, id } = world.aMessage(draw);
      const name = draw.one(['message_read', 'message_delivered']);
      return world.request(draw.one(world.people), name, { chat_id: chat, message_id: id });
    },
  },
  'hide how far one reads, or not': {
    weight: 2,
    when: ({ isDiscreet }) => isDiscreet,
    run: (world, draw) =>
      world.ask(draw.one(world.people), draw, 'put', '/settings/privacy', { read_receipts: draw.chance(50) }),
  },
};
