import { PassThrough } from 'node:stream';
import { runInContext } from 'src/core/context/context';
import { createLogger } from 'src/core/logging/logger';
import { requestLog } from 'src/core/logging/request-log';

const answered = { method: 'GET', route: '/chats/:id', status: 200, ms: 1.5, ip: '127.0.0.1' };

function setup(LOG_LEVEL: 'debug' | 'info' | 'warn' = 'info') {
  const stream = new PassThrough();
  const logger = createLogger({ ENVIRONMENT: 'production', LOG_LEVEL }, stream);
  const written = () => String((stream.read() as Buffer | null) ?? '').replaceAll(/"time":\d+/g, '"time":0');
  return { logger, log: requestLog(logger), written };
}

const user = { userId: 'u1', sessionId: 's1', tenantId: 'acme', language: null };
const context = { traceId: 'ab'.repeat(16), tenantId: 'acme', language: 'en' };

test.each([
  ['of a user', <T>(work: () => T) => runInContext({ ...context, user }, work)],
  ['of nobody known', <T>(work: () => T) => runInContext(context, work)],
  ['outside of any context', <T>(work: () => T) => work()],
])('a line %s is the one that the logger would write', (_, within) => {
  const { logger, log, written } = setup();
  within(() => logger.info(answered, 'request'));
  const expected = written();
  within(() => log('info', answered));
  expect(written()).toBe(expected);
  expect(JSON.parse(expected)).toMatchObject(answered);
});

test('what a caller states of himself breaks no line', () => {
  const { log, written } = setup();
  log('info', { ...answered, ip: '"}\n{"' });
  expect(JSON.parse(written())).toMatchObject({ ip: '"}\n{"' });
});

test('what is below the level is not written', () => {
  const [quiet, talkative] = [setup(), setup('debug')];
  quiet.log('debug', answered);
  talkative.log('debug', answered);
  expect(quiet.written()).toBe('');
  expect(JSON.parse(talkative.written())).toMatchObject({ level: 20 });
});
