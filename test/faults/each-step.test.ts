import { Client } from 'pg';
import { Bus } from 'src/core/events/bus';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { circleAround, OFFICE } from 'test/factories/geofences';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { digest } from 'test/hostile/digest';
import { boot, type TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';

// Each statement of an act fails in turn, the commit too. Then nothing of the act is there, or all of it; and if it was acknowledged, all.

jest.setTimeout(60_000);

let app: TestApp;
let ana: TestUser, ben: TestUser;
/** How many statements go well before one fails; undefined: all do. */
let left: number | undefined;
let struck = false;
// oxlint-disable-next-line typescript/unbound-method -- put back as it was
const { query } = Client.prototype;
beforeAll(async () => {
  app = await boot({ roles: ['api'] }); // what is to be done later stays to be seen
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  Client.prototype.query = function (this: Client, asked: unknown, ...rest: unknown[]) {
    const ask = query as unknown as (this: Client, ...args: unknown[]) => unknown;
    const text = typeof asked === 'string' ? asked : (asked as { text: string }).text;
    if (left === undefined || /^(START TRANSACTION|ROLLBACK)/.test(text) || left-- > 0)
      return ask.call(this, asked, ...rest);
    [left, struck] = [undefined, true];
    const failing = 'SELECT 1 / 0';
    return ask.call(
      this,
      typeof asked === 'string' ? failing : { ...(asked as object), text: failing, name: undefined },
      ...rest,
    );
  } as typeof query;
});
afterAll(async () => {
  Client.prototype.query = query;
  await app.close();
});

/** What is in the tables, and what waits to be done. */
async function state(): Promise<Record<string, string>> {
  await app.db.settle();
  await app.get(Bus).settle();
  const waiting = await app.db.query<{ handler: string; n: number }>(
    'SELECT handler, count(*)::int AS n FROM outbox GROUP BY handler',
  );
  return {
    ...(await digest(app)),
    ...Object.fromEntries(waiting.map(({ handler, n }) => [`outbox ${handler}`, String(n)])),
  };
}
const changed = (before: Record<string, string>, after: Record<string, string>) =>
  Object.keys(after)
    .filter((name) => before[name] !== after[name])
    .sort();

/** What an act is to be done to, made anew each time; and the act. */
type Act = () => Promise<() => Promise<Reply>>;
const acts: Record<string, Act> = {
  'sending a message': async () => {
    const chat = await buildGroup(app, ana, [ben]);
    return () => api(app, ana).post(`/chats/${chat}/messages`, { content: 'hello @ben', client_id: `${chat}` });
  },
  'editing one': async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const { id } = (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'hello' })).body;
    return () => api(app, ana).put(`/messages/${id}`, { content: 'hello @ben' });
  },
  'deleting one': async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const { id } = (await api(app, ana).post(`/chats/${chat}/messages`, { content: 'hello @ben' })).body;
    return () => api(app, ana).delete(`/messages/${id}`);
  },
  'leaving a group that one owns': async () => {
    const chat = await buildGroup(app, ana, [ben]);
    return () => api(app, ana).post(`/chats/${chat}/leave`);
  },
  'beginning a share': async () => {
    const other = await buildUser(app, 'other');
    await buildPrivateChat(app, ana, other);
    return () => api(app, ana).post('/location/shares', { target_user_id: other.id, duration_minutes: 60 });
  },
  'changing a fence': async () => {
    const { id } = (await api(app, ana).post('/location/geofences', circleAround(OFFICE, 150))).body;
    return () => api(app, ana).put(`/location/geofences/${id}`, { name: 'Mill', radius_meters: 300 });
  },
};

test.each(Object.entries(acts))('%s is done or not done, at whichever statement it fails', async (_what, prepare) => {
  /** Does it with the statement after so many failing; what has changed by it. */
  const attempt = async (passing: number | undefined) => {
    const act = await prepare();
    const before = await state();
    [left, struck] = [passing, false];
    const { status } = await act();
    left = undefined;
    return { ok: status < 300, changes: changed(before, await state()), isOver: !struck };
  };
  const whole = await attempt(undefined);
  expect(whole.ok).toBe(true);
  expect(whole.changes).not.toEqual([]);
  const halves: [number, string[]][] = [];
  let failures = 0;
  for (let passing = 0; ; passing++) {
    const { ok, changes, isOver } = await attempt(passing);
    if (!ok) failures++;
    const isWhole = String(changes) === String(whole.changes);
    if (!isWhole && (ok || changes.length)) halves.push([passing, changes]);
    if (isOver) break;
  }
  expect(halves).toEqual([]);
  expect(failures).toBeGreaterThan(2);
});
