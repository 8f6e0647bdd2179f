import { beginPlaces, PLACE_ACTS } from 'test/races/stories/places/acts';
import { testStories } from 'test/races/stories/story';
import { boot, closeAll, type TestApp } from 'test/support/boot';

let nodes: [TestApp, TestApp];
beforeAll(async () => {
  // nobody goes faster, and all that moves is told of soon
  const env = { LOCATION_JUMP_SPEED: '100000', LOCATION_UPDATE_INTERVAL_MS: '50' };
  const app = await boot({ env });
  nodes = [app, await boot({ beside: app, env, roles: ['api'] })];
});
afterAll(() => closeAll(nodes[1], nodes[0]));

testStories(
  'whatever people share and draw, at once and on two nodes, each sees of each what the rules say, and no more',
  PLACE_ACTS,
  (draw) => beginPlaces(nodes, draw),
  { runs: 3, comparedEvery: 2 },
);
