import { CHAT_ACTS } from 'test/races/stories/chats/acts';
import { ChatWorld } from 'test/races/stories/chats/world';
import { testStories } from 'test/races/stories/story';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';

let nodes: [TestApp, TestApp];
beforeAll(async () => {
  nodes = await bootTwo();
});
afterAll(() => closeAll(nodes[1], nodes[0]));

testStories(
  'whatever people do in chats, at once and on two nodes, each holds what he would fetch, and all counts agree',
  CHAT_ACTS,
  (draw) => ChatWorld.begin(nodes, draw),
  { runs: 10, comparedEvery: 6 },
);
