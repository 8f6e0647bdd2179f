import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts } from 'test/races/stories/story';

export const relations: Acts<PlaceWorld> = {
  block: {
    weight: 1,
    run: (world, draw) => {
      const [one, other] = world.two(draw);
      return world.ask(one, draw, 'post', `/users/${other.id}/block`);
    },
  },
  unblock: {
    weight: 3,
    run: (world, draw) => {
      const [one, other] = world.two(draw);
      world.hasOpened = true;
      return world.ask(one, draw, 'post', `/users/${other.id}/unblock`);
    },
  },
  'leave the group': {
    weight: 1,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'post', `/chats/${world.group}/leave`),
  },
  'remove somebody from the group': {
    weight: 1,
    run: (world, draw) => {
      const [one, other] = world.two(draw);
      return world.ask(one, draw, 'delete', `/chats/${world.group}/participants/${other.id}`);
    },
  },
  'add somebody to the group': {
    weight: 5,
    run: (world, draw) => {
      const [one, other] = world.two(draw);
      world.hasOpened = true;
      return world.ask(one, draw, 'post', `/chats/${world.group}/participants`, { user_ids: [other.id] });
    },
  },
  'begin a private chat': {
    weight: 2,
    run: async (world, draw) => {
      const [one, other] = world.two(draw);
      world.hasOpened = true;
      const { status, body } = await world.ask(one, draw, 'post', '/chats', { participant_ids: [other.id] });
      if (status !== 201) return;
      one.contacts.add(other.id);
      world.chats.push({ id: body.id as number, people: [one, other] });
    },
  },
  'write privately': {
    weight: 2,
    when: ({ chats }) => chats.length > 0,
    run: async (world, draw) => {
      const { id, people } = draw.one(world.chats);
      const one = draw.one(people);
      world.hasOpened = true;
      const { status } = await world.ask(one, draw, 'post', `/chats/${id}/messages`, { content: 'Hello' });
      if (status === 201) one.contacts.add(people.find((other) => other !== one)!.id);
    },
  },
  // what is asked over the line that goes would be lost
  'come back on some node': {
    weight: 2,
    alone: true,
    run: (world, draw) => {
      const person = draw.one(world.people);
      world.log.push(`${person.name} comes back`);
      return person.comeBack(draw.one(world.nodes));
    },
  },
};
