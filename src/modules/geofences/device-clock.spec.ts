import { afterReceipts, RIGHT_CLOCK, type DeviceClock } from 'src/modules/geofences/device-clock';

const START = Date.parse('2026-01-31T09:30:00Z');
const MINUTE = 60;
/** A point received so many seconds from the start, so many seconds after it was recorded. */
const point = (received: number, delay: number) => ({
  receivedAt: new Date(START + received * 1000),
  recordedAt: new Date(START + (received - delay) * 1000),
});
const behind = (points: ReturnType<typeof point>[], clock: DeviceClock = RIGHT_CLOCK) =>
  points.reduce((known, one) => afterReceipts(known, [one]), clock).behindMs / 1000;
const every = (seconds: number, times: number, delay: (received: number) => number) =>
  Array.from({ length: times }, (_, index) => point(index * seconds, delay(index * seconds)));

test('a clock that is always behind by the same is behind, once that has lasted', () => {
  const points = every(60, 6, () => 16 * MINUTE);
  expect(behind(points.slice(0, 5))).toBe(0);
  expect(behind(points)).toBe(16 * MINUTE);
  expect(behind(every(3600, 2, () => 16 * MINUTE))).toBe(0);
  expect(behind(every(3600, 3, (at) => 16 * MINUTE + (at / 3600) * 10))).toBe(16 * MINUTE);
});

test('what needs a moment to come is no matter of the clock, nor is a clock that is ahead', () => {
  expect(behind(every(30, 20, () => 50))).toBe(0);
  expect(behind(every(30, 20, () => -90))).toBe(0);
});

test('what was put by and comes late is late, be it sent at once or bit by bit', () => {
  const recorded = every(30, 120, () => 0);
  const atOnce = recorded.map(({ recordedAt }) => ({ recordedAt, receivedAt: new Date(START + 7_200_000) }));
  expect(afterReceipts(RIGHT_CLOCK, atOnce).behindMs).toBe(0);
  for (const pace of [0.05, 1, 10, 25]) {
    const sent = recorded.map(({ recordedAt }, index) => ({
      recordedAt,
      receivedAt: new Date(START + 7_200_000 + index * pace * 1000),
    }));
    expect(behind(sent)).toBe(0);
  }
});

test('points that come late leave a clock as it is known; one that is set right is right', () => {
  const clock = afterReceipts(
    RIGHT_CLOCK,
    every(150, 3, () => 16 * MINUTE),
  );
  expect(clock.behindMs).toBe(16 * MINUTE * 1000);
  expect(behind([point(600, 25 * MINUTE), point(610, 20 * MINUTE)], clock)).toBe(16 * MINUTE);
  expect(behind([point(600, 1), point(750, 1)], clock)).toBe(16 * MINUTE);
  expect(behind([point(600, 1), point(750, 1), point(900, 1)], clock)).toBe(0);
});
