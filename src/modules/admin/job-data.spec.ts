import { shownData, shownReason } from 'src/modules/admin/job-data';

test('what identifies is shown; what people write, addresses and secrets are not', () => {
  const user = '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11';
  expect(
    shownData({
      handler: 'auth.mail_code',
      tenantId: 'default',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      payload: {
        email: 'ana@example.org',
        purpose: 'reset',
        user_ids: [user],
        at: '2026-01-31T09:30:00.000Z',
        count: 7,
        late: false,
        none: null,
        code: '123456',
        token: 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA',
        text: 'see you',
        handler: 'Not a name',
      },
    }),
  ).toEqual({
    handler: 'auth.mail_code',
    tenantId: 'default',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    payload: {
      email: '[hidden]',
      purpose: 'reset',
      user_ids: [user],
      at: '2026-01-31T09:30:00.000Z',
      count: 7,
      late: false,
      none: null,
      code: '[hidden]',
      token: '[hidden]',
      text: '[hidden]',
      handler: '[hidden]',
    },
  });
});

test.each([
  ['Error: the connection was reset', 'Error: the connection was reset'],
  ['550 <ana@example.org>: no such mailbox', '550 [hidden] no such mailbox'],
  ['invalid input syntax for type integer: "see you"', 'invalid input syntax for type integer: [hidden]'],
  [`relation "push_tokens" isn't there, it's gone`, `relation "push_tokens" isn't there, it's gone`],
  [`Unexpected token 'M', "Meet me at`, 'Unexpected token [hidden], [hidden]'],
  ['x'.repeat(1000), 'x'.repeat(300)],
])('of a reason what it quotes is not shown, but for our own words: %s', (reason, shown) => {
  expect(shownReason(reason)).toBe(shown);
});
