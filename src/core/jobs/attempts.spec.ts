import { DEFAULT_ATTEMPTS, MAIL_ATTEMPTS, retryAfter } from 'src/core/jobs/attempts';

const MINUTE_MS = 60_000;

test('waits double, up to a quarter of an hour', () => {
  expect([1, 2, 3, 10, 11, 12, 100].map((attempts) => retryAfter(attempts, 0))).toEqual([
    500, 1000, 2000, 256_000, 512_000, 900_000, 900_000,
  ]);
  expect(retryAfter(1, 1)).toBe(350);
});

/** The longest and the shortest time from the first attempt to the last. */
const minutesOf = (attempts: number) =>
  [0, 1].map((drawn) => {
    let sum = 0;
    for (let made = 1; made < attempts; made++) sum += retryAfter(made, drawn);
    return sum / MINUTE_MS;
  });

test('most work is tried for minutes, mails for about a day', () => {
  const [longest, shortest] = minutesOf(DEFAULT_ATTEMPTS);
  expect([Math.round(shortest!), Math.round(longest!)]).toEqual([3, 4]);
  const [dayAtMost, dayAtLeast] = minutesOf(MAIL_ATTEMPTS);
  expect(dayAtLeast! / 60).toBeGreaterThan(18);
  expect(dayAtMost! / 60).toBeLessThan(30);
});
