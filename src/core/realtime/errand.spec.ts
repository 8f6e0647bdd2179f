import { restAfter } from 'src/core/realtime/errand';

test('what fails is tried again ever later, as long as it rests when it is done at most; not all nodes at the same moment', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((failures) => restAfter(failures, 0))).toEqual([
    5000, 500, 1000, 2000, 4000, 5000, 5000,
  ]);
  expect(restAfter(3, 1)).toBe(1400);
});
