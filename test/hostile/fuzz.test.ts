import { definedErrors } from 'src/core/errors/app-error';
import { digest } from 'test/hostile/digest';
import { httpCalls, socketCalls, type HttpCall, type SocketCall } from 'test/hostile/fuzz';
import type { Person } from 'test/hostile/rules';
import type { Ids, Row } from 'test/hostile/table';
import { World } from 'test/hostile/world';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

// Every route and every socket request, with what its schema allows, at its borders and beyond. `FUZZ_RUNS` (of each) and `FUZZ_SEED`
// make it longer and another.

const RUNS = Number(process.env.FUZZ_RUNS ?? 2);
const SEED = Number(process.env.FUZZ_SEED ?? 20261121);
const PATIENCE_MS = 20_000;
/** Calls that are tried again together, to see that refused ones change nothing. */
const BUNCH = 100;
jest.setTimeout(120_000 + RUNS * 60_000);

let world: World;
const sockets = new Map<Person, TestSocket>();
beforeAll(async () => {
  world = await World.whole();
});
afterAll(async () => {
  for (const socket of sockets.values()) socket.close();
  await world.app.close();
});

interface Outcome {
  status: number;
  fault?: string;
}
/** A call of which all is decided, so that it can be done again. */
type Ready = () => Promise<Outcome>;

test('whatever a route is told, it answers in time, without a fault of ours, and what it refuses changes nothing', async () => {
  await changesNothing(await survives(httpCalls(RUNS, SEED), overHttp, ({ method, path }) => `${method} ${path}`));
});

test('whatever a socket is told, it answers in time, without a fault of ours, and what it refuses changes nothing', async () => {
  await changesNothing(await survives(socketCalls(RUNS * 5, SEED), overSocket, ({ event }) => event));
});

/** Does all the calls; fails, with one call of each kind of fault, if some were answered as none should be. Gives those that were refused. */
async function survives<C extends { person: Person }>(
  calls: C[],
  prepare: (call: C) => Promise<Ready>,
  nameOf: (call: C) => string,
) {
  const faults = new Map<string, string>();
  const refused: Ready[] = [];
  for (const call of calls) {
    const ready = await prepare(call);
    const { status, fault } = await ready();
    if (fault) faults.set(`${nameOf(call)}: ${fault}`, JSON.stringify({ ...call, row: undefined }).slice(0, 600));
    if (status >= 400) refused.push(ready);
    if (status === 401) await readmit(call.person);
  }
  expect(Object.fromEntries(faults)).toEqual({});
  expect(refused.length).toBeGreaterThan(calls.length / 10);
  expect(refused.length).toBeLessThan(calls.length);
  return refused;
}

/** Does the refused calls again, many at a time; where all are refused again, nothing may have changed. */
async function changesNothing(refused: Ready[]) {
  let compared = 0;
  // what was accepted may have left what changes by itself
  await world.calm();
  for (let first = 0; first < refused.length; first += BUNCH) {
    if (!(await settles())) continue;
    const before = await digest(world.app);
    const statuses: number[] = [];
    for (const ready of refused.slice(first, first + BUNCH)) statuses.push((await ready()).status);
    if (statuses.some((status) => status < 400)) continue; // things are no longer as they were
    if (!(await settles())) continue;
    expect(await digest(world.app)).toEqual(before);
    compared++;
  }
  expect(compared).toBeGreaterThan(0);
}

/** Is there nothing left to do? What waits for its next try, as a push that was taken back on its way, may take minutes. */
const settles = () =>
  world.app.settle().then(
    () => true,
    () => false,
  );

async function overHttp({ row, person, method, path, ids, query, headers, mediaType, body }: HttpCall): Promise<Ready> {
  const user = row.double ? await world.double(person) : world.people[person];
  const known: Ids = { ...(await idsOf(row, row.anew)), ...ids };
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(String(known[key] ?? 'x').toWellFormed()),
  );
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    asked.append(key, typeof value === 'string' ? value : JSON.stringify(value));
  const request = {
    method,
    redirect: 'manual',
    headers: {
      ...(person !== 'anonymous' && { authorization: `Bearer ${user.token}` }),
      ...(mediaType && !(body instanceof FormData) && { 'content-type': mediaType }),
      ...headers,
    },
    body: (mediaType === 'application/json' ? JSON.stringify(body) : body) as string,
  } satisfies RequestInit;
  return async () => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`${world.app.url}${filled}?${asked.toString()}`, { ...request, signal }).catch(
      (error: Error) => error,
    );
    if (response instanceof Error)
      return { status: 0, fault: `${response.name} ${String((response.cause as Error | undefined)?.message)}` };
    const { status } = response;
    const answer = await response.text();
    if (status < 400 || status === 431) return { status }; // 431 is Node's, which reads no further than 16 kB of headers and address
    const code = codeOf(answer);
    if (!definedErrors.has(code)) return { status, fault: `${status} without a code` };
    const expected = status < 500 || (status === 503 && code.startsWith('gifs.'));
    return expected ? { status } : { status, fault: `${status} ${code}` };
  };
}

async function overSocket({ row, person, event, body, ids }: SocketCall): Promise<Ready> {
  if (person === 'anonymous' || person === 'suspended') return () => Promise.resolve({ status: 401 }); // no handshake, no request
  if (!sockets.get(person)?.raw.connected) {
    const opened = connect(world.app, world.people[person]);
    sockets.set(person, await opened.catch(() => readmit(person).then(() => connect(world.app, world.people[person]))));
  }
  const said = ids && typeof body === 'object' ? { ...body, ...(await idsOf(row)) } : body;
  return async () => {
    const reply = await sockets
      .get(person)!
      .ask(event, said)
      .catch((error: Error) => error);
    if (reply instanceof Error) return { status: 0, fault: reply.message };
    if (reply.ok) return { status: 200 };
    const { code } = reply.error;
    const status = definedErrors.get(code) ?? 0;
    return status >= 400 && status < 500 ? { status } : { status, fault: code };
  };
}

/** Of the row's thing; of the one there was where no other can be made in a world that has seen so much. */
const idsOf = async ({ of }: Row, anew = false): Promise<Ids> =>
  of ? world.thing(of, anew).catch(() => world.thing(of)) : {};

const codeOf = (answer: string): string => {
  try {
    return (JSON.parse(answer) as { code: string }).code;
  } catch {
    return '';
  }
};

/** A moderator has resolved a report, or somebody has left: so the person comes back. */
async function readmit(person: Person) {
  if (person === 'anonymous' || person === 'suspended') return;
  const user = world.people[person];
  await world.app.db.query(
    `UPDATE users SET suspended_at = NULL, deactivated_at = NULL, is_active = true, deletion_due_at = NULL WHERE id = $1`,
    [user.id],
  );
  const { status, body } = await api(world.app).post('/login', { email: user.email, password: user.password });
  if (status === 200) Object.assign(user, { token: body.access_token });
  else Object.assign(user, await world.double(person));
}
