import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts, Draw } from 'test/races/stories/story';

const someId = ({ people }: ChatWorld, draw: Draw) => draw.one(people).user.id;

export const members: Acts<ChatWorld> = {
  leave: {
    weight: 2,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'post', `/chats/${world.group}/leave`),
  },
  'add somebody': {
    weight: 4,
    run: (world, draw) => {
      const body = { user_ids: [someId(world, draw)] };
      return world.ask(draw.one(world.people), draw, 'post', `/chats/${world.group}/participants`, body);
    },
  },
  'remove somebody': {
    weight: 2,
    run: (world, draw) => {
      const path = `/chats/${world.group}/participants/${someId(world, draw)}`;
      return world.ask(draw.one(world.people), draw, 'delete', path);
    },
  },
  'give a role': {
    weight: 3,
    run: (world, draw) => {
      const path = `/chats/${world.group}/participants/${someId(world, draw)}`;
      return world.ask(draw.one(world.people), draw, 'put', path, { role: draw.one(['admin', 'member', 'owner']) });
    },
  },
  'change the group': {
    weight: 2,
    run: (world, draw) => {
      const text = `n${world.log.length}`;
      const settings = { who_may_post: draw.one(['members', 'admins']) };
      const body = draw.one([{ name: text }, { description: text }, { settings }]);
      return world.ask(draw.one(world.people), draw, 'put', `/chats/${world.group}`, body);
    },
  },
  'make an invitation': {
    weight: 1,
    run: async (world, draw) => {
      const { body } = await world.ask(draw.one(world.people), draw, 'post', `/chats/${world.group}/invites`, {
        max_uses: 1,
      });
      world.invite = (body.token as string | undefined) ?? world.invite;
    },
  },
  'come by an invitation': {
    weight: 2,
    when: ({ invite }) => invite !== undefined,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'post', `/invites/${world.invite}/join`),
  },
};
