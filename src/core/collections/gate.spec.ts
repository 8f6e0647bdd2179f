import { Gate } from 'src/core/collections/gate';

test('so many at once, the others in their order, and no more than may wait', async () => {
  const gate = new Gate({ atOnce: 2, waiting: 2, patienceMs: 60_000 });
  const ends: (() => void)[] = [];
  const started: number[] = [];
  const enter = (who: number) =>
    gate.pass(async () => {
      started.push(who);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (who === 1) throw new Error('it failed');
      return who;
    });
  const passes = [0, 1, 2, 3].map((who) => enter(who).catch((error: Error) => error.message));
  await expect(enter(4)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  expect(started).toEqual([0, 1]);
  for (const who of [0, 1, 2, 3]) {
    ends[who]!();
    expect(await passes[who]).toBe(who === 1 ? 'it failed' : who);
  }
  expect(started).toEqual([0, 1, 2, 3]);
  const again = enter(5);
  ends[4]!();
  expect(await again).toBe(5);
});

test('who has waited too long is told so, and is not waited for', async () => {
  const gate = new Gate({ atOnce: 1, waiting: 2, patienceMs: 1 });
  let end!: () => void;
  const inside = gate.pass(() => new Promise<void>((resolve) => (end = resolve)));
  let isIn = false;
  await expect(gate.pass(() => Promise.resolve((isIn = true)))).rejects.toMatchObject({ code: 'unavailable' });
  end();
  await inside;
  expect(isIn).toBe(false);
  expect(await gate.pass(() => Promise.resolve('free again'))).toBe('free again');
});
