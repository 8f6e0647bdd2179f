import { Kept } from 'src/core/collections/kept';

test('what was made is not made again, undefined too', () => {
  const kept = new Kept<string | undefined>();
  const made: string[] = [];
  const get = (key: string) =>
    kept.get(key, () => {
      made.push(key);
      return key === 'nothing' ? undefined : key.toUpperCase();
    });
  expect(['a', 'nothing', 'a', 'nothing'].map(get)).toEqual(['A', undefined, 'A', undefined]);
  expect(made).toEqual(['a', 'nothing']);
});

test('it never holds more than it may', () => {
  const kept = new Kept<string>(2);
  let count = 0;
  const get = (key: string) => kept.get(key, () => `${key}${++count}`);
  expect(['a', 'b', 'c', 'c', 'a'].map(get)).toEqual(['a1', 'b2', 'c3', 'c3', 'a4']);
});
