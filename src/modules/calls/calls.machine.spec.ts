import fc from 'fast-check';
import {
  begin,
  CALL_STATUSES,
  CALL_STEPS,
  follow,
  isEngaged,
  isOver,
  isWaiting,
  nextCall,
  nextPart,
  PART_STATUSES,
  PART_STEPS,
  type Act,
  type CallState,
  type CallStatus,
  type PartStatus,
} from 'src/modules/calls/calls.machine';

const none = '-';
const row = (cells: (string | undefined)[]) => cells.map((cell) => cell ?? none).join(' ');

test('a call as a whole: every status by every step', () => {
  const table = Object.fromEntries(
    CALL_STATUSES.map((status) => [status, row(CALL_STEPS.map((step) => nextCall(status, step)))]),
  );
  expect(CALL_STEPS.join(' ')).toBe('ring answer end decline time_out find_busy cancel fail');
  expect(table).toEqual({
    initiated: 'ringing ongoing - declined missed busy cancelled failed',
    ringing: '- ongoing - declined missed busy cancelled failed',
    ongoing: '- - ended - - - - failed',
    ended: '- - - - - - - -',
    declined: '- - - - - - - -',
    missed: '- - - - - - - -',
    busy: '- - - - - - - -',
    cancelled: '- - - - - - - -',
    failed: '- - - - - - - -',
  });
  expect(CALL_STATUSES.filter(isOver)).toEqual(['ended', 'declined', 'missed', 'busy', 'cancelled', 'failed']);
});

test('one person’s part: every status by every step', () => {
  const table = Object.fromEntries(
    PART_STATUSES.map((status) => [status, row(PART_STEPS.map((step) => nextPart(status, step)))]),
  );
  expect(PART_STEPS.join(' ')).toBe('invite find_busy ring join decline time_out leave');
  expect(table).toEqual({
    invited: '- busy ringing joined declined missed -',
    ringing: '- busy - joined declined missed -',
    joined: '- - - - - - left',
    left: 'invited - - joined - - -',
    declined: 'invited - - joined - - -',
    missed: 'invited - - joined - - -',
    busy: 'invited - - joined - - -',
  });
});

/** A call of Ana to others, after some acts; refused ones change nothing. */
function play(isGroup: boolean, others: Record<string, 'invited' | 'busy'>, ...acts: Act[]) {
  const start = begin('ana', isGroup, new Map(Object.entries(others)));
  let call: CallState = { status: start.status, isGroup, callerId: 'ana', parts: start.parts };
  let reason = start.reason;
  const refused: number[] = [];
  acts.forEach((act, index) => {
    const outcome = follow(call, act);
    if (!outcome) return refused.push(index);
    call = { ...call, status: outcome.status, parts: new Map([...call.parts, ...outcome.parts]) };
    return (reason ??= outcome.reason);
  });
  return { status: call.status, reason, refused, ...Object.fromEntries(call.parts) };
}
const by = (type: Exclude<Act['type'], 'leave' | 'end'>, ...userIds: string[]): Act => ({ type, userIds });
const leave = (...userIds: string[]): Act => ({ type: 'leave', userIds, reason: 'hung_up' });
const lost = (...userIds: string[]): Act => ({ type: 'leave', userIds, reason: 'connection_lost' });

describe('two people', () => {
  const two = (...acts: Act[]) => play(false, { ben: 'invited' }, ...acts);

  test.each<[string, Act[], object]>([
    ['called', [], { status: 'initiated', ana: 'joined', ben: 'invited' }],
    ['rings', [by('ring', 'ben')], { status: 'ringing', ben: 'ringing' }],
    ['answered', [by('ring', 'ben'), by('join', 'ben')], { status: 'ongoing', ben: 'joined', reason: undefined }],
    ['answered before it rang', [by('join', 'ben')], { status: 'ongoing', ben: 'joined' }],
    ['declined', [by('decline', 'ben')], { status: 'declined', reason: 'declined', ana: 'left', ben: 'declined' }],
    ['busy', [by('find_busy', 'ben')], { status: 'busy', reason: 'busy', ana: 'left', ben: 'busy' }],
    ['not answered', [by('time_out', 'ben')], { status: 'missed', reason: 'no_answer', ana: 'left', ben: 'missed' }],
    ['cancelled', [leave('ana')], { status: 'cancelled', reason: 'cancelled', ana: 'left', ben: 'missed' }],
    ['caller lost', [lost('ana')], { status: 'failed', reason: 'connection_lost', ana: 'left', ben: 'missed' }],
    ['hung up by the caller', [by('join', 'ben'), leave('ana')], { status: 'ended', reason: 'hung_up', ben: 'left' }],
    ['hung up by the callee', [by('join', 'ben'), leave('ben')], { status: 'ended', reason: 'hung_up', ana: 'left' }],
    ['both lost', [by('join', 'ben'), lost('ana', 'ben')], { status: 'ended', reason: 'connection_lost' }],
    [
      'never connected',
      [by('join', 'ben'), { type: 'leave', userIds: ['ben'], reason: 'failed' }],
      { status: 'failed', reason: 'failed' },
    ],
    ['blocked', [by('join', 'ben'), { type: 'end', reason: 'blocked' }], { status: 'ended', reason: 'blocked' }],
    ['rings twice', [by('ring', 'ben'), by('ring', 'ben')], { status: 'ringing', refused: [1] }],
    ['answered twice', [by('join', 'ben'), by('join', 'ben')], { status: 'ongoing', refused: [1] }],
    ['ended twice', [by('join', 'ben'), leave('ana'), leave('ben')], { status: 'ended', refused: [2] }],
    ['answered too late', [leave('ana'), by('join', 'ben')], { status: 'cancelled', ben: 'missed', refused: [1] }],
    ['cancelled too late', [by('decline', 'ben'), leave('ana')], { status: 'declined', refused: [1] }],
    ['the caller’s time cannot run out', [by('time_out', 'ana')], { status: 'initiated', refused: [0] }],
  ])('%s', (_, acts, expected) => {
    expect(two(...acts)).toMatchObject(expected);
  });

  test('busy from the beginning', () => {
    expect(play(false, { ben: 'busy' })).toMatchObject({ status: 'busy', reason: 'busy', ana: 'left', ben: 'busy' });
  });
});

describe('a group', () => {
  const group = (...acts: Act[]) => play(true, { ben: 'invited', eve: 'invited', joe: 'busy' }, ...acts);

  test.each<[string, Act[], object]>([
    ['one declines, the others ring on', [by('decline', 'ben')], { status: 'initiated', eve: 'invited' }],
    ['one answers, the others ring on', [by('join', 'ben')], { status: 'ongoing', eve: 'invited' }],
    ['the caller may leave an answered one', [by('join', 'ben'), leave('ana')], { status: 'ongoing', ben: 'joined' }],
    [
      'who is alone may wait for others',
      [by('join', 'ben'), by('time_out', 'eve'), leave('ana'), by('join', 'eve')],
      { status: 'ongoing', ana: 'left', ben: 'joined', eve: 'joined' },
    ],
    [
      'late joiners: from missed, declined, busy, left, and from outside',
      [by('join', 'ben'), by('decline', 'eve'), by('join', 'eve', 'joe'), leave('ana'), by('join', 'ana', 'zoe')],
      { status: 'ongoing', ana: 'joined', eve: 'joined', joe: 'joined', zoe: 'joined', refused: [] },
    ],
    [
      'over when the last has left; who is still called has missed it',
      [by('join', 'ben'), leave('ana'), leave('ben')],
      { status: 'ended', reason: 'hung_up', eve: 'missed', joe: 'busy' },
    ],
    ['ended for all', [by('join', 'ben', 'eve'), { type: 'end', reason: 'hung_up' }], { status: 'ended', eve: 'left' }],
    ['all decline', [by('decline', 'ben', 'eve')], { status: 'declined', ana: 'left' }],
    ['some decline, some miss it', [by('time_out', 'ben'), by('decline', 'eve')], { status: 'declined' }],
    ['nobody answers', [by('time_out', 'ben', 'eve')], { status: 'missed', reason: 'no_answer' }],
    [
      'invited again',
      [by('join', 'ben'), by('decline', 'eve'), by('invite', 'eve', 'zoe'), by('ring', 'zoe')],
      { status: 'ongoing', eve: 'invited', zoe: 'ringing' },
    ],
    ['who takes part cannot be invited', [by('invite', 'ana')], { refused: [0] }],
    ['who has no part cannot decline, ring or leave', [by('decline', 'zoe'), leave('zoe')], { refused: [0, 1] }],
  ])('%s', (_, acts, expected) => {
    expect(group(...acts)).toMatchObject(expected);
  });
});

describe('whatever happens', () => {
  const people = ['ana', 'ben', 'eve', 'joe'];
  const some = fc.uniqueArray(fc.constantFrom(...people), { minLength: 1, maxLength: 2 });
  const reason = fc.constantFrom('hung_up', 'connection_lost', 'failed', 'blocked');
  const act = fc.oneof(
    fc.record({
      type: fc.constantFrom(...PART_STEPS.filter((step) => step !== 'leave')),
      userIds: some,
    }),
    fc.record({ type: fc.constant('leave' as const), userIds: some, reason }),
    fc.record({ type: fc.constant('end' as const), reason }),
  ) as fc.Arbitrary<Act>;
  const first = fc.dictionary(fc.constantFrom('ben', 'eve'), fc.constantFrom<'invited' | 'busy'>('invited', 'busy'), {
    minKeys: 1,
  });

  test('a call keeps its rules, and what is over stays as it is', () => {
    fc.assert(
      fc.property(fc.boolean(), first, fc.array(act, { maxLength: 12 }), (isGroup, others, acts) => {
        const start = begin('ana', isGroup, new Map(Object.entries(others)));
        let call: CallState = { status: start.status, isGroup, callerId: 'ana', parts: start.parts };
        checkRules(call, start.reason);
        for (const one of acts) {
          const outcome = follow(call, one);
          if (isOver(call.status)) expect(outcome).toBeUndefined();
          if (!outcome) continue;
          call = { ...call, status: outcome.status, parts: new Map([...call.parts, ...outcome.parts]) };
          checkRules(call, outcome.reason);
        }
      }),
    );
  });

  function checkRules({ status, isGroup, parts }: CallState, reason: string | undefined) {
    const all: PartStatus[] = [...parts.values()];
    const joined = all.filter((part) => part === 'joined').length;
    expect(isOver(status)).toBe(reason !== undefined);
    if (isOver(status)) expect(all.filter(isEngaged)).toEqual([]);
    else expect(joined).toBeGreaterThan(0);
    const rules: Partial<Record<CallStatus, () => void>> = {
      initiated: () => expect([joined, all.some(isWaiting)]).toEqual([1, true]),
      ringing: () => expect([joined, all.some(isWaiting)]).toEqual([1, true]),
      ongoing: () => expect(joined).toBeGreaterThanOrEqual(isGroup ? 1 : 2),
    };
    rules[status]?.();
  }
});
