import { KnownAllowances, type Taken } from 'src/core/http/known-allowances';

const rule = { name: 'messages', points: 8, seconds: 4 };
const other = { name: 'chat_messages', points: 8, seconds: 4 };
const answer = (remainingPoints: number, msBeforeNext = 4000): Taken => ({
  allowed: true,
  remainingPoints,
  msBeforeNext,
});

let now = 0;
beforeEach(() => jest.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => jest.restoreAllMocks());

/** Takes one of each; the answer is heard when `hear` is called. */
function taking(known: KnownAllowances, takes: { rule: typeof rule; caller: string }[]) {
  let hear!: (taken: Taken[]) => void;
  const plenty = known.arePlenty(takes, new Promise((resolve) => (hear = resolve)));
  return { plenty, hear: async (...taken: Taken[]) => (hear(taken), await Promise.resolve()) };
}

test('nobody has plenty who is not known, or no more, or who has half or less left after what is not answered yet', async () => {
  const known = new KnownAllowances();
  const ana = [{ rule, caller: 'ana' }];
  const first = taking(known, ana);
  expect(first.plenty).toBe(false);
  await first.hear(answer(7));
  expect(taking(known, [{ rule, caller: 'ben' }]).plenty).toBe(false);
  const unanswered = [1, 2, 3, 4].map(() => taking(known, ana));
  expect(unanswered.map(({ plenty }) => plenty)).toEqual([true, true, true, false]);
  for (const [index, one] of unanswered.entries()) await one.hear(answer(6 - index));
  expect(taking(known, ana).plenty).toBe(false);
});

test('what was heard holds until the allowance is full again', async () => {
  const known = new KnownAllowances();
  const ana = [{ rule, caller: 'ana' }];
  await taking(known, ana).hear(answer(7, 1000));
  now += 1000;
  expect(taking(known, ana).plenty).toBe(false);
});

test('who has plenty of one and not of another waits, and what is not answered behind a refusal is not known', async () => {
  const known = new KnownAllowances();
  const both = [
    { rule, caller: 'ana' },
    { rule: other, caller: '7' },
  ];
  await taking(known, both).hear(answer(7), answer(4));
  expect(taking(known, both).plenty).toBe(false);
  await taking(known, both).hear({ ...answer(0), allowed: false });
  expect(taking(known, both).plenty).toBe(false);
});
