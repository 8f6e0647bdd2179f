import type { AppError } from 'src/core/errors/app-error';
import fc from 'fast-check';
import type { Passed } from 'src/modules/chats/forwards.service';
import { MessageNotFound } from 'src/modules/chats/chats.errors';
import type { PostingLimit } from 'src/modules/chats/chats.policy';
import type { SentSticker } from 'src/modules/chats/message-types';
import { planSends, type Draft } from 'src/modules/chats/messages.plan';
import type { FileView } from 'src/modules/files/files.dto';
import type { MessageRow, Place } from 'src/modules/chats/messages.repository';

const draft = (over: Partial<Draft> = {}): Draft => ({
  chatId: 1,
  senderId: 'ana',
  clientId: null,
  content: 'hello',
  messageType: 'text',
  metadata: null,
  fileId: null,
  stickerId: null,
  replyToId: null,
  threadId: null,
  forwardOf: null,
  links: [],
  terms: '',
  addressed: { usernames: [], all: false },
  ...over,
});
/** As the table has it what Ana has sent as `a`. */
const sent = (over: object) => {
  const row = { sender_id: 'ana', client_id: 'a', chat_id: 1, content: 'hello', message_type: 'text', metadata: null };
  return { ...row, file_id: null, reply_to_id: null, thread_id: null, forward_of: null, ...over } as MessageRow;
};
const ana = { name: 'Ana', username: 'ana', avatarUrl: null, pair: null };
const in1: Place = { chatId: 1, threadId: null };
const in2: Place = { chatId: 2, threadId: null };
const ground = {
  heads: new Map([[1, { seq: 7, ordinal: 5 }]]),
  members: new Map([['1:ana', ana]]),
  limits: new Map<string, PostingLimit>(),
  closed: new Set<number>(),
  sentBefore: [],
  places: new Map<number, Place>(),
  files: new Map<Draft, FileView | AppError>(),
  forwards: new Map<Draft, Passed | AppError>(),
  stickers: new Map<Draft, SentSticker | AppError>(),
  wrongShares: new Map<Draft, AppError>(),
  newIds: Array.from({ length: 100 }, (_, index) => ({ id: 70 + index, createdAt: new Date(0) })),
};

test('a stranger’s draft takes no number', () => {
  const plan = planSends([draft(), draft({ senderId: 'eve' }), draft()], ground);
  expect(plan.messages.map(({ id, seq }) => [id, seq])).toEqual([[70, 8], [71, 9]]); // oxfmt-ignore
  expect(plan.verdicts[1]).toMatchObject({ refused: { code: 'chat.not_found' } });
  expect(plan.heads).toEqual(new Map([[1, { seq: 9, ordinal: 7 }]]));
});

test('the same client id twice in a batch is one message; with other content it is refused', () => {
  const once = draft({ clientId: 'a' });
  const plan = planSends([once, once, draft({ clientId: 'a', content: 'other' })], ground);
  expect(plan.messages).toHaveLength(1);
  expect(plan.verdicts).toMatchObject([{ stored: 0 }, { stored: 0 }, { refused: { code: 'idempotency.mismatch' } }]);
});

test('a reply must answer a message of the same chat', () => {
  const places = new Map([[5, in1], [6, in2]]); // oxfmt-ignore
  const plan = planSends([draft({ replyToId: 5 }), draft({ replyToId: 6 }), draft({ replyToId: 404 })], {
    ...ground,
    places,
  });
  expect(plan.verdicts.map((verdict) => Object.keys(verdict)[0])).toEqual(['stored', 'refused', 'refused']);
});

test('whatever is sent, each chat’s numbers go on without gaps or repeats, and every draft has a verdict', () => {
  const drafts = fc.array(
    fc
      .record({
        chatId: fc.integer({ min: 1, max: 3 }),
        senderId: fc.constantFrom('ana', 'ben', 'eve'),
        clientId: fc.option(fc.constantFrom('a', 'b', 'c')),
        content: fc.constantFrom('x', 'y'),
        messageType: fc.constant('text' as const),
        replyToId: fc.option(fc.constantFrom(1, 2)),
        threadId: fc.option(fc.constantFrom(1, 2)),
      })
      .map(draft),
  );
  const heads = new Map([1, 2, 3].map((id) => [id, { seq: id * 9, ordinal: id * 5 }]));
  const members = new Map(['1:ana', '2:ana', '3:ana', '1:ben', '2:ben'].map((who) => [who, ana]));
  fc.assert(
    fc.property(drafts, (batch) => {
      const places = new Map([[1, in1], [2, in2]]); // oxfmt-ignore
      const plan = planSends(batch, { ...ground, heads, members, places });
      expect(plan.verdicts).toHaveLength(batch.length);
      for (const [chatId, last] of heads) {
        const numbered = plan.messages.filter((message) => message.chatId === chatId);
        numbered.forEach(({ seq, ordinal }, index) =>
          expect({ seq, ordinal }).toEqual({ seq: last.seq + 1 + index, ordinal: last.ordinal + 1 + index }),
        );
        const { seq, ordinal } = numbered.at(-1) ?? {};
        expect(plan.heads.get(chatId)).toEqual(numbered.length ? { seq, ordinal } : undefined);
      }
      const names = plan.messages.flatMap(({ senderId, clientId }) =>
        clientId === null ? [] : `${senderId}:${clientId}`,
      );
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

test('a closed chat takes nothing new, but answers what was sent before', () => {
  const sent = draft({ clientId: 'a' });
  const sentBefore = [
    {
      sender_id: 'ana',
      client_id: 'a',
      chat_id: 1,
      content: 'hello',
      message_type: 'text',
      metadata: null,
      file_id: null,
      reply_to_id: null,
      thread_id: null,
      forward_of: null,
    },
  ] as MessageRow[];
  const plan = planSends([sent, draft()], { ...ground, sentBefore, closed: new Set([1]) });
  expect(plan.verdicts).toMatchObject([{ repeats: sentBefore[0] }, { refused: { code: 'chat.closed' } }]);
  expect(plan.heads).toEqual(new Map());
});

test('a message in a thread belongs to the one with which it began, whichever of its messages was named', () => {
  const places = new Map([[5, in1], [6, { chatId: 1, threadId: 5 }], [7, in2]]); // oxfmt-ignore
  const plan = planSends([draft({ threadId: 5 }), draft({ threadId: 6 }), draft({ threadId: 7 })], {
    ...ground,
    places,
  });
  expect(plan.messages.map(({ threadId }) => threadId)).toEqual([5, 5]);
  expect(plan.verdicts[2]).toMatchObject({ refused: { code: 'message.reply_not_in_chat' } });
});

test('a retry is known by what was sent first, even if that has been edited or deleted since', () => {
  const verdictOn = (change: object) =>
    planSends([draft({ clientId: 'a' })], { ...ground, sentBefore: [sent({ content: 'other', ...change })] })
      .verdicts[0];
  expect(verdictOn({})).toMatchObject({ refused: { code: 'idempotency.mismatch' } });
  expect(verdictOn({ content: 'hello', metadata: { a: 1 } })).toMatchObject({
    refused: { code: 'idempotency.mismatch' },
  });
  for (const change of [{ content: 'hello' }, { is_edited: true }, { content: '', is_deleted: true }])
    expect(verdictOn(change)).toHaveProperty('repeats');
});

test('who may not write, or has to wait, is refused, also within one batch; what he sent before is answered all the same', () => {
  const limit = (over: Partial<PostingLimit>) => ({
    ...ground,
    limits: new Map([['1:ana', { mayPost: true, waitSeconds: 0, slowModeSeconds: 0, ...over }]]),
  });
  const codes = (drafts: Draft[], on: typeof ground) =>
    planSends(drafts, on).verdicts.map((verdict) => ('refused' in verdict ? verdict.refused.code : 'sent'));
  expect(codes([draft()], limit({ mayPost: false }))).toEqual(['chat.posting_not_allowed']);
  expect(codes([draft()], limit({ waitSeconds: 7, slowModeSeconds: 30 }))).toEqual(['chat.slow_mode']);
  const again = draft({ clientId: 'a' });
  expect(codes([again, draft(), again], limit({ slowModeSeconds: 30 }))).toEqual(['sent', 'chat.slow_mode', 'sent']);
  expect(codes([draft(), draft()], limit({}))).toEqual(['sent', 'sent']);
});

test('a zero with a sign is the same place when it comes again: what is kept has none', () => {
  const place = (latitude: number) => ({ latitude, longitude: 14.3 });
  const again = draft({ clientId: 'a', messageType: 'location', content: '', metadata: place(-0) });
  const verdictOn = (latitude: number) =>
    planSends([again], {
      ...ground,
      sentBefore: [sent({ message_type: 'location', content: '', metadata: place(latitude) })],
    }).verdicts[0];
  expect(verdictOn(0)).toHaveProperty('repeats');
  expect(verdictOn(1)).toMatchObject({ refused: { code: 'idempotency.mismatch' } });
});

test('who has gone learns by a retry that his message was sent, and nothing of what became of others since', () => {
  const row = sent({
    ...{ reply_to_id: 5, reply_to_content: null, reply_to_type: 'text', reply_to_sender: 'Ben' },
    ...{ reply_to_is_deleted: true, reactions: [{}], reply_count: 2, pinned_at: new Date(), file: {} },
  });
  const plan = planSends([draft({ clientId: 'a', replyToId: 5 })], {
    ...ground,
    members: new Map(),
    sentBefore: [row],
  });
  expect(plan.verdicts).toMatchObject([
    {
      repeats: {
        ...{ content: 'hello', reply_to_id: 5, reply_to_content: null, reply_to_type: null, reply_to_sender: null },
        ...{ reply_to_is_deleted: false, reactions: [], reply_count: 0, pinned_at: null, file: null },
      },
    },
  ]);
});

test('what passes a message on says what that says and names nobody; under its name nothing else can be passed on', () => {
  const passed: Passed = {
    ...{ content: '@ben', messageType: 'image', metadata: null, fileId: 9, terms: 'its', links: [] },
  };
  const once = draft({ clientId: 'a', content: '', forwardOf: 5 });
  const [other, gone] = [draft({ clientId: 'a', content: '', forwardOf: 6 }), draft({ content: '', forwardOf: 7 })];
  const forwards = new Map<Draft, Passed | AppError>([
    [once, passed],
    [other, passed],
    [gone, MessageNotFound({ message_id: 7 })],
  ]);
  const plan = planSends([once, once, other, gone], { ...ground, forwards });
  expect(plan.messages).toMatchObject([{ ...passed, forwardOf: 5, addressed: { usernames: [], all: false } }]);
  expect(plan.verdicts).toMatchObject([
    ...[{ stored: 0 }, { stored: 0 }, { refused: { code: 'idempotency.mismatch' } }],
    { refused: { code: 'message.not_found' } },
  ]);
  // sent before; what was passed on says something else by now
  const sentBefore = [sent({ content: 'once', forward_of: 5 })];
  const again = planSends([once, other, draft({ clientId: 'a', content: 'once' })], { ...ground, sentBefore });
  const mismatch = { refused: { code: 'idempotency.mismatch' } };
  expect(again.verdicts).toMatchObject([{ repeats: sentBefore[0] }, mismatch, mismatch]);
});
