import { PassThrough } from 'node:stream';
import { runInContext } from 'src/core/context/context';
import { createLogger, NestLogger } from 'src/core/logging/logger';

function capture() {
  const stream = new PassThrough();
  const logger = new NestLogger(createLogger({ ENVIRONMENT: 'production', LOG_LEVEL: 'info' }, stream));
  return {
    logger,
    lines: () =>
      String(stream.read() ?? '')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test('a line carries the trace, tenant and user of its context, and the room it comes from', () => {
  const { logger, lines } = capture();
  const user = { userId: 'u1', sessionId: 's1', tenantId: 'acme', language: null };
  runInContext({ traceId: 'ab'.repeat(16), tenantId: 'acme', language: 'en', user }, () =>
    logger.log('hello', 'Chats'),
  );
  expect(lines()).toMatchObject([
    { msg: 'hello', room: 'Chats', trace_id: 'ab'.repeat(16), tenant: 'acme', user: 'u1' },
  ]);
});

test('secrets never reach it', () => {
  const { logger, lines } = capture();
  logger.log(
    'signed in',
    {
      password: 'hunter2',
      body: { refresh_token: 'hunter2', deep: { Authorization: 'hunter2', items: [{ code: 'hunter2' }] } },
      kept: { when: new Date(0), none: null },
    },
    'Auth',
  );
  const [line] = lines();
  expect(JSON.stringify(line)).not.toContain('hunter2');
  expect(line).toMatchObject({ kept: { when: '1970-01-01T00:00:00.000Z', none: null } });
});

test('an error keeps its message and stack', () => {
  const { logger, lines } = capture();
  logger.error('job failed', new Error('disk full'), 'Jobs');
  expect(lines()).toMatchObject([
    { msg: 'job failed', err: { message: 'disk full', stack: expect.stringContaining('logger.spec') as string } },
  ]);
});
