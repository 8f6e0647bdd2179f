import { peers } from '../_peers.mjs';

await peers('chats-peers-room-of-1000', {
  ...{ size: 1000, count: 1 },
  loads: [
    { name: 'room of 1000', window: 32 },
    { name: 'room of 1000, 20 a second', rate: 20 },
  ],
  gates: [
    ['room of 1000', 'deliveries', 'Socket.IO', { atLeast: 8, stretch: 13 }],
    ['room of 1000', 'deliveries', 'nchan', { atLeast: 2, stretch: 3 }],
    ['room of 1000', 'deliveries', 'ejabberd', { atLeast: 20, stretch: 30 }],
    ['room of 1000, 20 a second', 'cpuMicros', 'Socket.IO', { atMost: 0.85, stretch: 0.75 }],
    ['room of 1000, 20 a second', 'cpuMicros', 'net', { atMost: 1.5, stretch: 1.3 }],
    ['room of 1000, 20 a second', 'cpuMicros', 'ws', { atMost: 1.05, stretch: 0.95 }],
  ],
});
