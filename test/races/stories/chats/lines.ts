import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts } from 'test/races/stories/story';
import { connect } from 'test/support/socket';

export const lines: Acts<ChatWorld> = {
  // others would ask over the line that is gone
  'come back with the device that acts': {
    weight: 1,
    alone: true,
    run: async (world, draw) => {
      const person = draw.one(world.people);
      person.socket.close();
      person.socket = await connect(draw.one(world.nodes), person.user);
    },
  },
  'miss something, and come back on some node': {
    weight: 2,
    run: (world, draw) => {
      const person = draw.one(world.people);
      world.log.push(`${person.name} comes back`);
      return person.inTurn(() => {
        person.live.disconnect();
        return person.live.connect(draw.one(world.nodes), draw.one(['socket', 'rest']));
      });
    },
  },
  'sync in parts': {
    weight: 2,
    run: (world, draw) => {
      const person = draw.one(world.people);
      world.log.push(`${person.name} syncs`);
      return person.inTurn(() => person.away.sync(draw.one(world.nodes), 'rest', draw.one([500, 3, 1])));
    },
  },
};
