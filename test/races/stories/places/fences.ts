import { circleAround } from 'test/factories/geofences';
import { away, HERE } from 'test/factories/locations';
import { SPOTS } from 'test/races/stories/places/walker';
import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts, Draw } from 'test/races/stories/story';

const circle = (draw: Draw) => circleAround(away(HERE, draw.one(SPOTS)), draw.one([100, 100, 1000]));
const isDrawn = ({ fences }: PlaceWorld) => fences.length > 0;

export const fences: Acts<PlaceWorld> = {
  'draw a fence for oneself': {
    weight: 3,
    run: async (world, draw) => {
      const owner = draw.one(world.people);
      world.rememberFence(await world.ask(owner, draw, 'post', '/location/geofences', circle(draw)), owner);
    },
  },
  'draw a fence for somebody who shares': {
    weight: 5,
    when: ({ shares }) => shares.length > 0,
    run: async (world, draw) => {
      const subject = world.aShare(draw).owner;
      const owner = draw.one(world.people.filter((other) => other !== subject));
      const body = { ...circle(draw), subject_id: subject.id };
      world.rememberFence(await world.ask(owner, draw, 'post', '/location/geofences', body), owner);
    },
  },
  'draw a fence for the group': {
    weight: 2,
    run: async (world, draw) => {
      const owner = draw.one(world.people);
      const body = { ...circle(draw), chat_id: world.group };
      world.rememberFence(await world.ask(owner, draw, 'post', '/location/geofences', body), owner);
    },
  },
  'decide on those that ask': {
    weight: 5,
    run: (world, draw) =>
      world.decide(draw.one(world.shares.length ? world.shares.map(({ owner }) => owner) : world.people), draw),
  },
  'ask anew': {
    weight: 1,
    when: isDrawn,
    run: (world, draw) => {
      const { id, owner } = world.aFence(draw);
      return world.ask(owner, draw, 'post', `/location/geofences/${id}/ask`);
    },
  },
  'remove a fence': {
    weight: 1,
    when: isDrawn,
    run: (world, draw) => {
      const { id, owner } = world.aFence(draw);
      return world.ask(owner, draw, 'delete', `/location/geofences/${id}`);
    },
  },
};
