import fc from 'fast-check';
import { GroupCommit, QueueFull, type Outcome } from 'src/core/database/group-commit';

const ok = (value: number): Outcome<number> => ({ ok: true, value });
const dataError = () => Object.assign(new Error('bad row'), { code: '22003' });

test('what comes in one turn is committed together, and so is what comes while a batch is under way', async () => {
  const batches: number[][] = [];
  const group = new GroupCommit<number, number>(async (items) => {
    batches.push(items);
    if (batches.length === 1) later = [3, 4, 5].map((item) => group.submit(item));
    await Promise.resolve();
    return items.map(ok);
  });
  let later: Promise<number>[] = [];
  const first = [1, 2].map((item) => group.submit(item));
  expect(await Promise.all(first)).toEqual([1, 2]);
  expect(await Promise.all(later)).toEqual([3, 4, 5]);
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});

test('the next batch is under way before those of this one go on', async () => {
  const seen: string[] = [];
  const group = new GroupCommit<number, number>(async (items) => {
    seen.push(`commits ${items.join()}`);
    if (items.includes(1)) later = told(2);
    await Promise.resolve();
    return items.map(ok);
  });
  const told = async (item: number) => void seen.push(`tells ${await group.submit(item)}`);
  let later: Promise<void> | undefined;
  await told(1);
  await later;
  expect(seen).toEqual(['commits 1', 'commits 2', 'tells 1', 'tells 2']);
});

test('each has his own outcome', async () => {
  const group = new GroupCommit<number, number>((items) =>
    Promise.resolve(items.map((item) => (item % 2 ? ok(item) : { ok: false, error: new Error(`even ${item}`) }))),
  );
  const outcomes = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('whatever rows are bad, they alone fail, and every other is committed once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (bad) => {
      const committed: number[] = [];
      const group = new GroupCommit<number, number>(async (items) => {
        await Promise.resolve();
        if (items.some((item) => bad[item])) throw dataError();
        committed.push(...items);
        return items.map(ok);
      });
      const outcomes = await Promise.allSettled(bad.map((_, item) => group.submit(item)));
      expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(bad);
      expect(committed).toEqual(bad.flatMap((isBad, item) => (isBad ? [] : [item])));
    }),
  );
});

test('when the database is away, everybody is told at once', async () => {
  let runs = 0;
  const group = new GroupCommit<number, number>(() => (runs++, Promise.reject(new Error('away'))));
  const outcomes = await Promise.allSettled([1, 2, 3].map((item) => group.submit(item)));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(runs).toBeLessThanOrEqual(2);
});

test('who has waited long for a batch that fails is refused with it, who has just come has the next one', async () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  let fail!: (error: Error) => void;
  const failing = new Promise<never>((_, reject) => (fail = reject));
  const batches: number[][] = [];
  const group = new GroupCommit<number, number>(
    (items) => (batches.push(items), batches.length === 1 ? failing : Promise.resolve(items.map(ok))),
    { batch: 2, queue: 100 },
  );
  const early = [1, 2, 3, 4, 5].map((item) => group.submit(item));
  await new Promise(setImmediate);
  now = 1000;
  const late = group.submit(6);
  now = 1400;
  fail(new Error('away'));
  const outcomes = await Promise.allSettled(early);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
  expect(await late).toBe(6);
  expect(batches).toEqual([[1, 2], [6]]);
  clock.mockRestore();
});

test('a full queue refuses', async () => {
  const group = new GroupCommit<number, number>((items) => Promise.resolve(items.map(ok)), { batch: 1, queue: 2 });
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => group.submit(item)));
  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  expect(outcomes.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(QueueFull);
});

test('many at once: an outcome for each, in order, though it takes several commits, and whatever of them is bad', async () => {
  const batches: number[][] = [];
  const group = new GroupCommit<number, number>(
    async (items) => {
      batches.push(items);
      await Promise.resolve();
      if (items.includes(3)) throw dataError();
      return items.map(ok);
    },
    { batch: 4, queue: 100 },
  );
  const [many, one] = await Promise.all([group.submitAll([0, 1, 2, 3, 4, 5]), group.submit(6)]);
  expect(many.map((outcome) => (outcome.ok ? outcome.value : 'bad'))).toEqual([0, 1, 2, 'bad', 4, 5]);
  expect(one).toBe(6);
  expect(batches[0]).toEqual([0, 1, 2, 3]);
  expect(batches.at(-1)).toEqual([4, 5, 6]);
  expect(await group.submitAll([])).toEqual([]);
});
