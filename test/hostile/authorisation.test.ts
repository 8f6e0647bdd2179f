import { readFileSync } from 'node:fs';
import { definedErrors } from 'src/core/errors/app-error';
import type { TestUser } from 'test/factories/users';
import { addressOf, api } from 'test/support/http';
import type { TestApp } from 'test/support/boot';
import { EVENTS, nameOfRoute, ROUTES } from 'test/hostile/rows';
import { PEOPLE, signedIn, type Answer, type Person } from 'test/hostile/rules';
import { rowOf, type Ids, type Row } from 'test/hostile/table';
import { digest } from 'test/hostile/digest';
import { examplesOf } from 'test/hostile/examples';
import { World } from 'test/hostile/world';
import { connect, type TestSocket } from 'test/support/socket';

// Every row of the tables, done by each of the people. First all that is to be refused: of that nothing may change. Then what is allowed.

jest.setTimeout(180_000); // 2,500 calls, on busy machines too

const examples = examplesOf(JSON.parse(readFileSync('openapi.json', 'utf8')));
const rows = Object.entries({ ...ROUTES, ...EVENTS }).map(([name, entry]) => ({ name, row: rowOf(entry) }));
/** Besides the tables' routes. */
const OPEN = /^(GET \/(docs|redoc|metrics)\b.*|OPTIONS \*)$/; // OPTIONS: CORS
const allows = (row: Row, person: Person) => row.who[person] === 'ok';

let world: World;
const sockets = new Map<Person, TestSocket>();
beforeAll(async () => {
  world = await World.make();
  for (const person of PEOPLE)
    if (signedIn[person] === 'ok') sockets.set(person, await connect(world.app, world.people[person]));
});
afterAll(async () => {
  for (const socket of sockets.values()) socket.close();
  await world.app.close();
});

interface Outcome {
  answer: Answer;
  code?: string;
  text: string;
}

interface Refusal {
  data: { code: string };
}

interface Call {
  name: string;
  row: Row;
  person: Person;
}
const calls: Call[] = rows.flatMap(({ name, row }) => PEOPLE.map((person) => ({ name, row, person })));
const [granted, refused] = [true, false].map((allowed) => calls.filter(({ row, person }) => allows(row, person) === allowed)) as [Call[], Call[]]; // oxfmt-ignore

test('who may not is told so, is told nothing else, and changes nothing, and nobody hears of it', async () => {
  for (const { row } of refused) if (row.of) await world.thing(row.of);
  await world.app.settle();
  const before = await digest(world.app);
  await hearing();
  for (const { heard } of sockets.values()) heard.splice(0);
  expect(await inTurns(refused.map((call) => [call]))).toEqual([]);
  await world.app.settle();
  await hearing();
  expect(await digest(world.app)).toEqual(before);
  expect([...sockets].filter(([, { heard }]) => heard.length).map(([person, { heard }]) => ({ person, heard }))).toEqual([]); // oxfmt-ignore
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
  for (const socket of sockets.values()) await socket.ask('ping');
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

async function faultsOf({ name, row, person }: Call): Promise<string[]> {
  const { answer, code, text } = await does(name, row, person);
  const expected = row.who[person];
  return [
    answer !== expected && code !== expected && `is answered ${code ?? answer}, not ${expected}`,
    answer !== 'ok' && !definedErrors.has(code!) && `gets no code, but ${text.slice(0, 80)}`,
    ...(row.byLink ? [] : world.leaks(person, text)).map((secret) => `is told the secret of the ${secret}`),
  ].flatMap((fault) => (fault ? [`${person} ${fault}: ${name}`] : []));
}

async function does(name: string, row: Row, person: Person): Promise<Outcome> {
  const ids = row.of ? await world.thing(row.of, row.anew && allows(row, person)) : {};
  const isRoute = name.includes(' ');
  const body = row.says?.(ids, world) ?? row.body ?? (isRoute ? examples.get(name) : ids);
  const user = row.double && allows(row, person) ? await world.double(person) : world.people[person];
  return isRoute
    ? overHttp(name, row, ids, body, person === 'anonymous' ? undefined : user)
    : overSocket(name, body, person);
}

async function overHttp(name: string, row: Row, ids: Ids, body: unknown, user?: TestUser): Promise<Outcome> {
  const [method, path] = name.split(' ') as [string, string];
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(ids[key]!));
  const [content, type] = body instanceof FormData ? [body] : body instanceof Buffer ? [body, 'application/octet-stream'] : [body && JSON.stringify(body), 'application/json']; // oxfmt-ignore
  const response = await fetch(`${addressOf(world.app.url, filled)}${row.query ? `?${row.query}` : ''}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(user && { authorization: `Bearer ${user.token}` }),
      ...(content !== undefined && type && { 'content-type': type }),
    },
    body: content as string,
  });
  const text = await response.text();
  if (response.status < 400) return { answer: 'ok', text };
  return { answer: response.status, code: (JSON.parse(text) as { code: string }).code, text };
}

async function overSocket(name: string, body: unknown, person: Person): Promise<Outcome> {
  if (!sockets.has(person)) {
    const user = person === 'anonymous' ? undefined : world.people[person];
    const { data } = (await connect(world.app, user).catch((error: Error) => error)) as unknown as Refusal;
    return { answer: definedErrors.get(data.code)!, code: data.code, text: '' };
  }
  const reply = await sockets.get(person)!.ask(name, body);
  const text = JSON.stringify(reply);
  return reply.ok
    ? { answer: 'ok', text }
    : { answer: definedErrors.get(reply.error.code)!, code: reply.error.code, text };
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
