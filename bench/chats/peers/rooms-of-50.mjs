import { peers } from '../_peers.mjs';

await peers('chats-peers-rooms-of-50', {
  ...{ size: 50, count: 11 },
  loads: [
    { name: 'rooms of 50', window: 32 },
    { name: 'rooms of 50, 100 a second', rate: 100 },
  ],
  gates: [
    ['rooms of 50', 'sends', 'TypeORM', { atLeast: 2, stretch: 2.4 }],
    ['rooms of 50', 'sends', 'ejabberd', { atLeast: 3, stretch: 4 }],
    ['rooms of 50, 100 a second', 'p99', 'TypeORM', { atMost: 0.8, stretch: 0.5 }],
  ],
});
