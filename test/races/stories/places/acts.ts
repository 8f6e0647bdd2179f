import { fences } from 'test/races/stories/places/fences';
import { keeping } from 'test/races/stories/places/keeping';
import { points } from 'test/races/stories/places/points';
import { relations } from 'test/races/stories/places/relations';
import { shares } from 'test/races/stories/places/shares';
import { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts, Draw } from 'test/races/stories/story';
import type { TestApp } from 'test/support/boot';

/** All that happens in stories of places. */
export const PLACE_ACTS: Acts<PlaceWorld> = { ...points, ...shares, ...fences, ...relations, ...keeping };

const ALREADY = [
  'share with somebody',
  'share with somebody',
  'share with the group',
  'share with somebody',
  'draw a fence for somebody who shares',
  'draw a fence for somebody who shares',
  'draw a fence for somebody who shares',
  'draw a fence for the group',
  'draw a fence for oneself',
];

/** A world in which some share already, and agree to be watched. */
export async function beginPlaces(nodes: [TestApp, TestApp], draw: Draw): Promise<PlaceWorld> {
  const world = await PlaceWorld.begin(nodes, draw);
  for (const name of ALREADY) await PLACE_ACTS[name]!.run(world, draw);
  for (const person of world.people) await world.decide(person, draw);
  return world;
}
