import { readFileSync } from 'node:fs';
import { definedErrors } from 'src/core/errors/app-error';
import { FIELDS, IDS, isNumber, numbersFor, textsFor, type Field, type Said } from 'test/hostile/borders';
import { digest } from 'test/hostile/digest';
import { examplesOf } from 'test/hostile/examples';
import { signedIn, type Person } from 'test/hostile/rules';
import type { Ids } from 'test/hostile/table';
import { World } from 'test/hostile/world';
import { addressOf } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

// Each number, text and id that a route or a socket request takes, in turn, at all its borders, as the wire has them: JSON.stringify would
// not write 1e309, or what no double holds. The rest of what is said is right, or as near as the document's example.

jest.setTimeout(180_000);

const examples = examplesOf(JSON.parse(readFileSync('openapi.json', 'utf8')));
/** Stands in a body for what is put there as it is. */
const PLACE = '"@@"';

let world: World;
const sockets = new Map<Person, TestSocket>();
beforeAll(async () => {
  world = await World.whole();
  await world.calm();
});
afterAll(async () => {
  for (const socket of sockets.values()) socket.close();
  await world.app.close();
});

interface Call extends Said {
  field: Field;
}
const callsOf = (fields: Field[], saidOf: (field: Field) => Said[]): Call[] =>
  fields.flatMap((field) => saidOf(field).map((said) => ({ ...said, field })));
const [paths, others] = [true, false].map((isPath) => FIELDS.filter(({ where }) => (where === 'path') === isPath)) as [Field[], Field[]]; // oxfmt-ignore
const numbers = others.filter(({ schema }) => isNumber(schema));
const texts = others.filter(({ schema }) => !isNumber(schema));

type Kind = [string, Call[]];
const KINDS: Kind[] = [
  ['number', callsOf(numbers, numbersFor)],
  ['text', callsOf(texts, textsFor)],
  ['id in an address', callsOf(paths, () => IDS.map((id) => ({ json: JSON.stringify(id), refused: true })))],
];
const [OUT_OF_BOUNDS, WITHIN] = [true, false].map((beyond) =>
  KINDS.map(([kind, calls]): Kind => [kind, calls.filter(({ refused }) => refused === beyond)]).filter(([, calls]) => calls.length > 0),
) as [Kind[], Kind[]]; // oxfmt-ignore

// All of it before anything is accepted, for that may change by itself: a share ends, somebody has stayed in a fence.
test.each(OUT_OF_BOUNDS)(
  'each %s that is out of bounds is refused, without a fault of ours, and changes nothing',
  async (_what, calls) => {
    await world.app.settle();
    const before = await digest(world.app);
    expect(await faultsOf(calls)).toEqual([]);
    await world.app.settle();
    expect(await digest(world.app)).toEqual(before);
  },
);

test.each(WITHIN)('each %s that is within bounds is answered without a fault of ours', async (_what, calls) => {
  expect(await faultsOf(calls)).toEqual([]);
});

test('there are as many fields as that', () => {
  expect([numbers.length > 150, texts.length > 150, paths.length > 80]).toEqual([true, true, true]);
});

/** Makes the calls, some at once; tells of those that were not answered as they should be. */
async function faultsOf(calls: Call[]): Promise<string[]> {
  const faults: string[] = [];
  const waiting = calls.values();
  const worker = async () => {
    for (const call of waiting) {
      const fault = faultIn(await does(call), call.refused);
      const { name, where, path } = call.field;
      if (fault) faults.push(`${name} ${where} ${path.join('.')} = ${call.json.slice(0, 60)}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return faults;
}

function faultIn({ status, code }: Outcome, mustBeRefused: boolean): string | undefined {
  if (status >= 400 && !definedErrors.has(code!)) return `${status} without a code`;
  const isOurs = status >= 500 && !code!.startsWith('gifs.'); // of which there is no provider here
  return isOurs || (mustBeRefused && status < 400) ? `${status} ${code ?? ''}` : undefined;
}

interface Outcome {
  status: number;
  code?: string;
}
/** Of points the wrong ones alone are refused. */
interface Recorded {
  results: { ok: boolean; error?: { code: string } }[];
}

async function does({ field: { name, row, where, path }, json, refused }: Call): Promise<Outcome> {
  const ids = row.of ? await world.thing(row.of) : {};
  const allowed = (Object.keys(row.who) as Person[]).filter((person) => row.who[person] === 'ok');
  const person = allowed.find((one) => signedIn[one] === 'ok' && one !== 'stranger') ?? 'owner';
  const isRoute = name.includes(' ');
  const right = row.says?.(ids, world) ?? row.body ?? (isRoute ? examples.get(name) : ids);
  const body = where === 'body' ? withPlace(right, path).replace(PLACE, () => json) : right && JSON.stringify(right);
  if (!isRoute) return overSocket(name, body as string, person);
  const user = row.double && !refused ? await world.double(person) : world.people[person];
  return overHttp(name, user, {
    ids: where === 'path' ? { ...ids, [path[0]!]: JSON.parse(json) as string } : ids,
    query: where === 'query' ? `${path[0]}=${encodeURIComponent(textOf(json))}` : row.query,
    body,
  });
}

/** What was JSON, as it stands in an address. */
const textOf = (json: string) => (json.startsWith('"') ? (JSON.parse(json) as string).toWellFormed() : json);

/** A body as JSON in which the field is the place. */
function withPlace(right: unknown, path: Field['path']): string {
  const put = (value: unknown, [key, ...rest]: Field['path']): unknown => {
    if (key === undefined) return JSON.parse(PLACE);
    if (key === 0) {
      const [first, ...more] = Array.isArray(value) ? (value as unknown[]) : [];
      return [put(first, rest), ...more];
    }
    const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
    const name = key === '' ? (Object.keys(fields)[0] ?? '1') : key;
    return { ...fields, [name]: put((fields as Record<string, unknown>)[name], rest) };
  };
  return JSON.stringify(put(right, path));
}

async function overHttp(name: string, user: { token: string }, { ids, query, body }: { ids: Ids; query?: string; body?: unknown }): Promise<Outcome> {
  const [method, path] = name.split(' ') as [string, string];
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(ids[key] ?? 'x')));
  const isJson = typeof body === 'string';
  const headers = { authorization: `Bearer ${user.token}`, ...(isJson && { 'content-type': 'application/json' }) };
  const content = method === 'GET' || !isJson ? undefined : body;
  const response = await fetch(`${addressOf(world.app.url, filled)}?${query ?? ''}`, { method, redirect: 'manual', headers, body: content });
  const text = await response.text();
  const { status } = response;
  if (status >= 400) return { status, code: (JSON.parse(text) as { code: string }).code };
  const [refused] = name === 'POST /location/batch' ? (JSON.parse(text) as Recorded).results.filter(({ ok }) => !ok) : [];
  return refused ? { status: definedErrors.get(refused.error!.code) ?? 0, code: refused.error!.code } : { status };
} // oxfmt-ignore

async function overSocket(name: string, body: string, person: Person): Promise<Outcome> {
  if (!sockets.get(person)?.raw.connected) sockets.set(person, await connect(world.app, world.people[person]));
  const reply = await said(sockets.get(person)!, name, body);
  return reply.ok ? { status: 200 } : { status: definedErrors.get(reply.error.code) ?? 0, code: reply.error.code };
}

type Answer = Awaited<ReturnType<TestSocket['ask']>>;
let acknowledgement = 1_000_000;
/** Asks with a body that is JSON already. */
function said({ raw }: TestSocket, name: string, json: string): Promise<Answer> {
  const { acks, io } = raw as unknown as { acks: Record<number, (answer: Answer) => void>; io: { engine: { write(packet: string): void } } }; // oxfmt-ignore
  const id = ++acknowledgement;
  return new Promise((resolve, reject) => {
    acks[id] = resolve;
    raw.once('disconnect', () => reject(new Error(`${name} ${json.slice(0, 60)}: cut off`)));
    io.engine.write(`2${id}["${name}",${json}]`);
  }).finally(() => raw.removeAllListeners('disconnect')) as Promise<Answer>;
}
