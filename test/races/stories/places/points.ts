import { SPOTS } from 'test/races/stories/places/walker';
import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts } from 'test/races/stories/story';

export const points: Acts<PlaceWorld> = {
  move: { weight: 6, run: (world, draw) => world.moveTo(draw.one(world.people), draw.one(SPOTS), draw) },
  'stay somewhere for certain': {
    weight: 14,
    run: (world, draw) => world.stayAt(draw.one(world.people), draw.one(SPOTS), draw),
  },
  'tell late where one was': {
    weight: 2,
    run: async (world, draw) => {
      const [person, spot] = [draw.one(world.people), draw.one(SPOTS)];
      const point = person.pointAt(spot, draw, draw.one([5, 20, 40]));
      const { status, body } = await world.ask(person, draw, 'post', '/location/update', point);
      if (status === 201) person.remember(body, spot);
    },
  },
  'make up a point': {
    weight: 1,
    run: (world, draw) => world.moveTo(draw.one(world.people), draw.one(SPOTS), draw, { is_mock: true }),
  },
};
