import fc from 'fast-check';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';

// Stories: people do at random what they may and may not, on two nodes, some of it at once; then all must be as it should.
// `STORY_RUNS` and `STORY_SEED` tell more and others; `STORY_PATH`, with the seed, tells again the one that failed.

const SEED = Number(process.env.STORY_SEED ?? 20261130);
const PATH = process.env.STORY_PATH;
const LONGEST = 45;
/** What a story takes on a busy machine, and what may go into finding a shorter one that fails too. */
const STORY_MS = 60_000;
const SHORTENING_MS = 60_000;

/** What may happen, by its name: a new act gets its entry in a table, and happens from then on. */
export type Acts<W> = Record<string, Act<W>>;

export interface Act<W> {
  /** How often it happens, beside the others. */
  weight: number;
  /** Whether it can, as things are. */
  when?: (world: W) => boolean;
  /** Nothing else goes on meanwhile. */
  alone?: boolean;
  run: (world: W, draw: Draw) => Promise<unknown>;
}

/** Who is in a story, and what is known of what has happened. */
export interface World {
  log: string[];
  /** Fails if anybody sees other things than he should. */
  compare: (draw: Draw) => Promise<void>;
  /** When no more is to happen: what can be said only then. */
  end: () => Promise<void>;
  close: () => void;
}

/** Dice: the lower, the simpler, so that a story that fails can be made shorter. */
export class Draw {
  private at = 0;

  constructor(private readonly dice: number[]) {}

  one = <T>(list: readonly T[]): T => list[this.next() % list.length]!;

  chance = (percent: number) => this.next() % 100 >= 100 - percent;

  private next = () => this.dice[this.at++ % this.dice.length]!;
}

interface Deed {
  name: string;
  dice: number[];
}

/** Tests by stories of such acts, each in a world of its own; of one that fails it says what happened in it. */
export function testStories<W extends World>(
  what: string,
  acts: Acts<W>,
  begin: (draw: Draw) => Promise<W>,
  { runs: usualRuns, comparedEvery, atOnce = 3 }: { runs: number; comparedEvery: number; atOnce?: number },
) {
  const runs = Number(process.env.STORY_RUNS ?? usualRuns);
  let failedAt = Infinity;
  const tell = async ({ start, scenes }: { start: number[]; scenes: { deeds: Deed[]; dice: number[] }[] }) => {
    // what fails is told again, shorter and shorter, for a while
    fc.pre(Date.now() < failedAt + SHORTENING_MS);
    const world = await begin(new Draw(start));
    try {
      for (const [index, { deeds, dice }] of scenes.entries()) {
        await play(world, acts, deeds);
        if (index % comparedEvery === comparedEvery - 1) await world.compare(new Draw(dice));
      }
      await world.end();
      await world.compare(new Draw(start));
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now());
      throw new Error(`${world.log.join('\n')}\n${(error as Error).stack}`);
    } finally {
      world.close();
    }
  };
  const again = PATH === undefined ? { numRuns: runs } : { numRuns: 1, path: PATH, endOnFailure: true };
  const property = fc.asyncProperty(plotsOf(acts, atOnce), tell);
  test(what, () => fc.assert(property, { seed: SEED, ...again }), runs * STORY_MS + 2 * SHORTENING_MS);
}

function plotsOf(acts: Acts<never>, atOnce: number) {
  const dice = fc.array(fc.nat(9999), { minLength: 10, maxLength: 10 });
  const names = Object.entries(acts).map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name) }));
  const deeds = fc.array(fc.record({ name: fc.oneof(...names), dice }), {
    minLength: 1,
    maxLength: atOnce,
    size: 'max',
  });
  const scenes = fc.array(fc.record({ deeds, dice }), { minLength: 1, maxLength: LONGEST, size: 'max' });
  return fc.noBias(fc.record({ start: dice, scenes }));
}

/** Does it all at once, but for what must be done alone. */
async function play<W extends World>(world: W, acts: Acts<W>, deeds: Deed[]) {
  const run = async ({ name, dice }: Deed) => {
    const { when, run } = acts[name]!;
    if (when && !when(world)) return;
    await run(world, new Draw(dice));
  };
  await Promise.all(deeds.filter(({ name }) => !acts[name]!.alone).map(run));
  for (const deed of deeds) if (acts[deed.name]!.alone) await run(deed);
}

/** Fails unless it is so, and says of what. */
export function must(what: string, isSo: boolean, of: object) {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(of, null, 1)}`);
}

/** Calls the API as somebody, on a node; a refusal is an answer like others, a fault of ours is not. */
export async function call(
  log: string[],
  node: TestApp,
  user: TestUser,
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  body?: object,
): Promise<Reply> {
  const client = api(node, user);
  const reply = await (method === 'delete'
    ? client.delete(path, { body })
    : method === 'get'
      ? client.get(path)
      : client[method](path, body));
  const told = `${user.username} ${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`;
  log.push(`${told} → ${reply.status} ${(reply.body as { code?: string })?.code ?? ''}`);
  if (reply.status >= 500) throw new Error(`${told}: ${JSON.stringify(reply.body)}`);
  return reply;
}
