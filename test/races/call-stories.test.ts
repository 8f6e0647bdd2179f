import { CALL_ACTS } from 'test/races/stories/calls/acts';
import { CallWorld } from 'test/races/stories/calls/world';
import { testStories } from 'test/races/stories/story';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';

let nodes: [TestApp, TestApp];
beforeAll(async () => {
  nodes = await bootTwo();
});
afterAll(() => closeAll(nodes[1], nodes[0]));

testStories(
  'whoever calls, comes and goes, at once and on two nodes, every device knows when it rings, which call it is in, and with whom',
  CALL_ACTS,
  (draw) => CallWorld.begin(nodes, draw),
  { runs: 8, comparedEvery: 5, atOnce: 4 },
);
