import { isDeepStrictEqual } from 'node:util';
import type { TestApp } from 'test/support/boot';
import { Replica } from 'test/support/replica';
import { until } from 'test/support/until';

/**
 * Does `action` and proves that every way to learn of it leads to the same: a client of the user's that was connected (to `node`)
 * and applied what it heard; one that was away and synced over its socket; one that synced over REST; one that starts from nothing.
 */
export async function verifySync(
  app: TestApp,
  user: { id: string; token: string },
  action: () => Promise<unknown>,
  { node = app } = {},
): Promise<Replica> {
  const live = await new Replica(node, user).connect();
  const [bySocket, byRest] = await Promise.all([
    new Replica(app, user).connect(),
    new Replica(node, user).connect(app, 'rest'),
  ]);
  bySocket.disconnect();
  byRest.disconnect();
  await action();
  await app.settle();
  const fresh = await new Replica(app, user).connect();
  fresh.disconnect();
  await expectToHold(live, fresh).finally(() => live.disconnect());
  await bySocket.connect(node, 'socket');
  bySocket.disconnect();
  expect(bySocket.state).toEqual(fresh.state);
  await byRest.sync(app, 'rest');
  expect(byRest.state).toEqual(fresh.state);
  expect(bySocket.userEvents).toEqual(live.userEvents);
  return live;
}

/** What a client that is connected hears makes it hold the same, or as much of it as is looked at, as one that has just fetched it. */
export async function expectToHold(
  live: Replica,
  fresh: Replica,
  looked: (state: Replica['state']) => unknown = (state) => state,
) {
  await until('what was heard is what would be fetched', async () => {
    await live.hear();
    return isDeepStrictEqual(looked(live.state), looked(fresh.state));
  }, 3).catch(() => undefined); // oxfmt-ignore
  expect(looked(live.state)).toEqual(looked(fresh.state));
}
