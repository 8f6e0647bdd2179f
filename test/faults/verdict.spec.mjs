import { violations } from '../../bench/delivery/_verdict.mjs';

describe('the verdict is against a history in which', () => {
  const blank = { content: 'x', isDeleted: false, edits: 0, reactions: [] };
  const message = { id: 1, seq: 1, senderId: 'ana', clientId: 'a-1', ...blank };
  const held = { id: 1, seq: 1, content: 'x', isDeleted: false, reactions: [] };
  const acted = (act) => ({ acts: new Map([[1, { edits: 0, open: {}, ...act }]]) });
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
          acts: over.acts,
          chats: new Map([[7, { applied: over.applied ?? [{ id: 1, seq: 1 }], messages: new Map([[1, over.held ?? held]]) }]]), // oxfmt-ignore
        },
      ],
    );

  test('all is well: it is not', () => expect(history()).toEqual([]));
  test('what was not acknowledged may be so, or not: it is not', () => {
    expect(history(acted({ content: 'x', edits: 1, deleted: 'open', emojis: [], open: { content: 'y', emojis: ['👍'] } }))).toEqual([]); // oxfmt-ignore
  });
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
    ['an edit was lost', acted({ content: 'y', edits: 1 }), 'edit acknowledged and lost'],
    ['an edit was made twice', { ...acted({ edits: 1 }), messages: [{ ...message, edits: 2 }] }, 'edited 2 times'],
    ['a deletion was lost', acted({ deleted: 'acknowledged' }), 'deletion acknowledged and lost'],
    [
      'a tombstone still speaks',
      { ...acted({ deleted: 'open' }), messages: [{ ...message, isDeleted: true }] },
      'not empty',
    ],
    ['a reaction was lost', acted({ emojis: ['👍'] }), 'reaction acknowledged and lost'],
    ['a member missed an edit', { held: { ...held, content: 'old' } }, 'holds message 1 as'],
    ['a member missed a reaction', { messages: [{ ...message, reactions: ['👍 ben'] }] }, 'holds message 1 as'],
    ['there is what nobody sent', { acknowledged: [] }, 'nobody sent'],
  ])('%s', (_, over, text) => expect(history(over).join()).toContain(text));
});
