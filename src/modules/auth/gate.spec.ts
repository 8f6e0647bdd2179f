import { Gate } from 'src/modules/auth/gate';

test('so many at once, the others in their order, and no more than may wait', async () => {
  const gate = new Gate({ atOnce: 2, waiting: 2 });
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
