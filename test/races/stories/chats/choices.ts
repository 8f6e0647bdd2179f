import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts } from 'test/races/stories/story';

const PREFERENCES = ['is_muted', 'is_pinned', 'is_archived'].flatMap((name) => [{ [name]: true }, { [name]: false }]);

export const choices: Acts<ChatWorld> = {
  clear: {
    weight: 1,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'delete', `/chats/${world.aChat(draw)}/messages`),
  },
  'delete a private chat for oneself': {
    weight: 1,
    run: (world, draw) => {
      const { chat, people } = draw.one(world.pairs);
      return world.ask(draw.one(people), draw, 'delete', `/chats/${chat}`);
    },
  },
  'begin it again': {
    weight: 1,
    run: (world, draw) => {
      const [one, other] = draw.one(world.pairs).people;
      return world.ask(one, draw, 'post', '/chats', { participant_ids: [other.user.id] });
    },
  },
  'mute, pin, archive': {
    weight: 2,
    run: (world, draw) => {
      const path = `/chats/${world.aChat(draw)}/preferences`;
      return world.ask(draw.one(world.people), draw, 'put', path, draw.one(PREFERENCES));
    },
  },
  block: {
    weight: 1,
    run: async (world, draw) => {
      const [one, other] = [draw.one(world.people), draw.one(world.people)];
      world.blocks.set(`${one.name} ${other.name}`, [one, other]);
      await world.ask(one, draw, 'post', `/users/${other.user.id}/block`);
    },
  },
  unblock: {
    weight: 3,
    when: ({ blocks }) => blocks.size > 0,
    run: (world, draw) => {
      const [one, other] = draw.one([...world.blocks.values()]);
      return world.ask(one, draw, 'post', `/users/${other.user.id}/unblock`);
    },
  },
};
