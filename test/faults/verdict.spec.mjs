import { violations } from '../../bench/delivery/_verdict.mjs';

describe('the verdict is against a history in which', () => {
  const message = { id: 1, seq: 1, senderId: 'ana', clientId: 'a-1', content: 'x' };
  const sent = { chat: 7, clientId: 'a-1', id: 1, seq: 1, content: 'x' };
  const history = (over = {}) =>
    violations(
      new Map([
        [7, { lastSeq: over.lastSeq ?? 1, members: ['ana'], messages: over.messages ?? [message], changes: [] }],
      ]),
      [
        {
          person: { id: 'ana', username: 'ana' },
          acknowledged: over.acknowledged ?? [sent],
          unacknowledged: [],
          chats: new Map([[7, { applied: over.applied ?? [{ id: 1, seq: 1 }] }]]),
        },
      ],
    );

  test('all is well: it is not', () => expect(history()).toEqual([]));
  test.each([
    ['an acknowledged message was lost', { messages: [], lastSeq: 0, applied: [] }, 'acknowledged and lost'],
    [
      'one is stored twice',
      { messages: [message, { ...message, id: 2, seq: 2, clientId: 'b' }], lastSeq: 2 },
      'stored 2 times',
    ],
    ['a member lacks one', { applied: [] }, 'holds 0 of 1'],
    [
      'a member has one twice',
      {
        applied: [
          { id: 1, seq: 1 },
          { id: 1, seq: 2 },
        ],
      },
      'twice',
    ],
    [
      'a member has them in another order',
      {
        applied: [
          { id: 2, seq: 2 },
          { id: 1, seq: 1 },
        ],
      },
      'out of order',
    ],
    ['a number is left out', { messages: [{ ...message, seq: 2 }], lastSeq: 2 }, 'gaps'],
    ['somebody got an acknowledgement of another', { acknowledged: [{ ...sent, seq: 4 }] }, 'as another'],
    ['there is what nobody sent', { acknowledged: [] }, 'nobody sent'],
  ])('%s', (_, over, text) => expect(history(over).join()).toContain(text));
});
