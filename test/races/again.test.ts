import { CALLS, Doors, isAllowed, type Call } from 'test/hostile/doors';
import { PEOPLE, type Person } from 'test/hostile/rules';
import { World } from 'test/hostile/world';
import { boot, type TestApp } from 'test/support/boot';
import { Moments } from 'test/support/moments';

// Whatever changes something is asked for once more, of another node, at each moment between two of its statements, as by a client that
// has lost patience: it comes to what it comes to if that one waits for its answer.

jest.setTimeout(900_000); // 2,000 times twice, on busy machines too

/** Who asks: the first of these who may, for to them there is most to be done. */
const WHO: readonly Person[] = ['owner', 'member', 'admin', ...PEOPLE];
/** These only look, or do what another route does. */
const UNCHANGING = /^(GET|PUT \/video-calls\/\{call_id\}\/(answer|decline|end)|\w+ \/(auth|upload-avatar)|call_)/;
/** How many rows these get time decides, too: deliveries to a device go together, and an export that is ready is not made anew. */
const BY_TIME = ['outbox', 'push_deliveries', 'data_exports', 'security_events', 'nearby_users', 'redis_sightings'];
/** Of points without a name that say the same place in the same millisecond one is enough. */
const POINTS = ['user_locations', 'location_fixes'];

const TIMES = 3;

let world: World;
let node: TestApp;
let here: Doors, there: Doors;
let moments: Moments;
let counting: string;
beforeAll(async () => {
  world = await World.whole();
  node = await boot({ beside: world.app, roles: ['api'] });
  [here, there] = [await Doors.open(world, node), await Doors.open(world)];
  moments = new Moments(node, world.app);
  const tables = await world.app.db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition AND relname <> ALL ($1)`,
    [[...BY_TIME, ...POINTS]],
  );
  counting = tables
    .map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS n FROM "${name}"`)
    .join(' UNION ALL ');
});
afterAll(async () => {
  here.close();
  there.close();
  await node.close();
  await world.app.close();
});

test('asked for again at any moment, it comes to the same', async () => {
  const faults: string[] = [];
  for (const call of changing()) {
    await twice(call); // what is there from now on
    const usual = [await twice(call)];
    for (let moment = 0; ; moment++) {
      const found = await unusual(call, moment, usual);
      if (found === 'over') break;
      if (found) faults.push(`${call.name}, statement ${moment}: ${told(found)}; else ${usual.map(told).join(' or ')}`);
    }
  }
  expect(faults).toEqual([]);
});

/** What is other each time that it is tried: what a moment brings about it brings about again, what something else does it does not. */
async function unusual(call: Call, moment: number, usual: Found[]): Promise<Found | 'over' | undefined> {
  for (let time = 1; ; time++) {
    const found = await twice(call, moment);
    if (found.answers.length < 2) return 'over';
    if (usual.some(({ answers, rows }) => found.rows === rows && isAnswered(found.answers, answers))) return undefined;
    if (time === TIMES) return found;
    usual.push(await twice(call));
  }
}

/** Of each that changes something, one call. */
function changing(): Call[] {
  const calls = CALLS.filter((call) => isAllowed(call) && !UNCHANGING.test(call.name));
  const names = new Set(calls.map(({ name }) => name));
  return [...names].map((name) => {
    const may = calls.filter((call) => call.name === name);
    return WHO.flatMap((who) => may.find(({ person }) => person === who) ?? [])[0]!;
  });
}

/** As it is in whatever order; or both have come before what either has done was there. */
const isAnswered = (answers: string[], usual: string[]) =>
  answers.every((answer) => answer === 'ok') || String(answers.toSorted()) === String(usual.toSorted());

interface Found {
  answers: string[];
  rows: string;
}
const told = ({ answers, rows }: Found) => `${answers.join(' and ')} (${rows})`;

/** Asks twice: for the second time when that is answered, or at a moment of the first. */
async function twice(call: Call, moment?: number): Promise<Found> {
  const { row, person } = call;
  await makeRoom();
  const ids = row.of ? await world.thing(row.of, true) : {};
  const user = row.double || !row.of ? await world.double(person) : world.people[person];
  await world.app.settle();
  const before = await counts();
  const first = () => here.askOf(call, ids, user);
  const again = () => there.askOf(call, ids, user);
  const outcomes = moment === undefined ? [await first(), await again()] : await moments.during(moment, first, again);
  await node.db.settle();
  await world.app.settle();
  const after = await counts();
  const rows = Object.entries(after).flatMap(([name, n]) => (n === before[name] ? [] : `${name} ${n - before[name]!}`));
  return { answers: outcomes.map((outcome) => outcome!.code ?? String(outcome!.answer)), rows: rows.sort().join(', ') };
}

/** A group has room for so many people and links. */
async function makeRoom() {
  const { app, group, people } = world;
  const usual = Object.values(people).map(({ id }) => id);
  await app.db.query('DELETE FROM chat_participants WHERE chat_id = $1 AND user_id <> ALL ($2)', [group, usual]);
  await app.db.query('DELETE FROM chat_invites WHERE chat_id = $1', [group]);
}

async function counts(): Promise<Record<string, number>> {
  const rows = await world.app.db.query<{ name: string; n: number }>(counting);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
