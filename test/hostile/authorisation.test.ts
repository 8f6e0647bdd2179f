import { definedErrors } from 'src/core/errors/app-error';
import { digest } from 'test/hostile/digest';
import { CALLS, Doors, isAllowed, successes, type Call } from 'test/hostile/doors';
import { nameOfRoute, ROUTES } from 'test/hostile/rows';
import { World } from 'test/hostile/world';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Every row of the tables, done by each of the people. First all that is to be refused: of that nothing may change. Then what is allowed.

jest.setTimeout(180_000); // 2,500 calls, on busy machines too

/** Besides the tables' routes. */
const OPEN = /^(GET \/(docs|redoc|metrics)\b.*|OPTIONS \*)$/; // OPTIONS: CORS

let world: World;
let doors: Doors;
beforeAll(async () => {
  world = await World.make();
  doors = await Doors.open(world);
});
afterAll(async () => {
  doors.close();
  await world.app.close();
});

const granted = CALLS.filter(isAllowed);
const refused = CALLS.filter((call) => !isAllowed(call));

test('who may not is told so, is told nothing else, and changes nothing, and nobody hears of it', async () => {
  for (const { row } of refused) if (row.of) await world.thing(row.of);
  await world.calm();
  await world.app.settle();
  const before = await digest(world.app);
  await hearing();
  for (const { heard } of doors.sockets.values()) heard.splice(0);
  expect(await inTurns(refused.map((call) => [call]))).toEqual([]);
  await world.app.settle();
  await hearing();
  expect(await digest(world.app)).toEqual(before);
  expect([...doors.sockets].filter(([, { heard }]) => heard.length).map(([person, { heard }]) => ({ person, heard }))).toEqual([]); // oxfmt-ignore
});

test('who may is let in', async () => {
  const changing = granted.filter(({ row }) => row.anew);
  expect(await inTurns(granted.filter(({ row }) => !row.anew).map((call) => [call]))).toEqual([]);
  // what is made anew may take the place of what was there: nobody is in two calls
  const place = ({ row }: Call) => (row.of === 'talk' ? 'call' : row.of);
  const places = [...new Set(changing.map(place))];
  expect(await inTurns(places.map((one) => changing.filter((call) => place(call) === one)))).toEqual([]);
});

test('there are no other doors but the documentation, the figures, and the queues, which only an admin’s cookie opens, to look', async () => {
  const others = routesOf(world.app).filter(({ method, path }) => !(nameOfRoute(method, path) in ROUTES));
  const queues = others.filter(({ path }) => path.startsWith('/admin/queues'));
  const open = others.filter((route) => !queues.includes(route)).map(({ method, path }) => `${method} ${path}`);
  expect(open.filter((route) => !OPEN.test(route))).toEqual([]);
  expect(queues).toHaveLength(10); // by each of five methods the page, and all that is below it
  const { headers } = await api(world.app, world.people.admin).post('/admin/queues/session');
  const cookie = headers.get('set-cookie')!.split(';')[0]!;
  for (const { method, path } of queues) {
    const knock = async (more: Record<string, string>) =>
      (
        await fetch(`${world.app.url}${path.replace(/:\w+/g, 'events').replace(/\/?\*/, '/static/index.js')}`, {
          method,
          headers: more,
        })
      ).status;
    const statuses = [await knock({}), await knock({ authorization: `Bearer ${world.people.admin.token}` })];
    expect({ method, path, statuses }).toEqual({ method, path, statuses: [401, 401] });
    if (method !== 'GET')
      expect({ method, path, status: await knock({ cookie }) }).toEqual({ method, path, status: 405 });
  }
});

/** Whatever was said to anybody has come: what is said last comes last. */
async function hearing() {
  for (const socket of doors.sockets.values()) await socket.ask('ping');
}

/** Does all the calls of each series one after the other, some series at once; tells what was not as it should be. */
async function inTurns(series: Call[][]): Promise<string[]> {
  const wrong: string[] = [];
  const waiting = series.values();
  const worker = async () => {
    for (const calls of waiting) for (const call of calls) wrong.push(...(await faultsOf(call)));
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return wrong;
}

async function faultsOf(call: Call): Promise<string[]> {
  const { name, row, person } = call;
  const { answer, code, text, status } = await doors.ask(call);
  const expected = row.who[person];
  return [
    answer !== expected && code !== expected && `is answered ${code ?? answer}, not ${expected}`,
    status !== undefined &&
      !successes.get(name)?.includes(status) &&
      `is answered ${status}, of which the document says nothing`,
    answer !== 'ok' && !definedErrors.has(code!) && `gets no code, but ${text.slice(0, 80)}`,
    ...(row.byLink ? [] : world.leaks(person, text)).map((secret) => `is told the secret of the ${secret}`),
  ].flatMap((fault) => (fault ? [`${person} ${fault}: ${name}`] : []));
}

/** The routes that the server knows, as it prints them: a tree, four characters a level. */
function routesOf({ app }: TestApp): { method: string; path: string }[] {
  const parents: string[] = [];
  return app
    .getHttpAdapter()
    .getInstance()
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent, part, methods] = /^([\s│]*[├└]── )(\S+) \((.+)\)/.exec(line) ?? [];
      if (!indent) return [];
      const level = indent.length / 4;
      const path = `${parents[level - 1] ?? ''}${part}`;
      parents[level] = path;
      return methods!.split(', ').map((method) => ({ method, path }));
    })
    .filter(({ method }) => method !== 'HEAD');
}
