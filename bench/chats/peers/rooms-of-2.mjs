import { peers } from '../_peers.mjs';

await peers('chats-peers-rooms-of-2', {
  ...{ size: 2, count: 256, withPgbench: true },
  loads: [
    { name: 'rooms of 2', window: 32 },
    { name: 'rooms of 2, 256 at once', window: 256 },
  ],
  gates: [
    ['rooms of 2', 'sends', 'pgbench, transactions', { atLeast: 1, stretch: 1.2 }],
    ['rooms of 2', 'sends', 'TypeORM', { atLeast: 5, stretch: 6 }],
    ['rooms of 2', 'cpuMicros', 'TypeORM', { atMost: 0.2 }],
    ['rooms of 2', 'sends', 'ejabberd', { atLeast: 4, stretch: 5 }],
    ['rooms of 2, 256 at once', 'sends', 'pgbench, inserts', { atLeast: 0.75, stretch: 0.9 }],
    ['rooms of 2, 256 at once', 'sends', 'ejabberd', { atLeast: 5, stretch: 6 }],
  ],
});
