import { TokenBuckets } from 'src/core/realtime/rate';

let now = 0;
beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => jest.restoreAllMocks());

const taken = (buckets: TokenBuckets, whose: string) => {
  let count = 0;
  while (buckets.take(whose)) count++;
  return count;
};

test('each has his own, which fills while time passes, and is full when he has not taken for long', () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 40 });
  expect([taken(buckets, 'ana'), taken(buckets, 'ana'), taken(buckets, 'ben')]).toEqual([40, 0, 40]);
  for (let step = 0; step < 20; step++) {
    now += 500;
    expect(taken(buckets, 'ana')).toBe(5);
  }
  now += 3999;
  expect(taken(buckets, 'ana')).toBe(39);
  now += 60_000;
  expect(taken(buckets, 'ana')).toBe(40);
});

test('nothing is kept of who has not taken for so long that his is full', () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 40 });
  for (let who = 0; who < 1000; who++) buckets.take(String(who));
  expect(buckets.size).toBe(1000);
  for (let second = 0; second < 8; second++) {
    now += 1000;
    buckets.take('ana');
  }
  expect(buckets.size).toBe(1);
});
