import { Logger } from '@nestjs/common';
import { LogTransport } from 'src/modules/push/log.transport';
import { toFcmMessage } from 'src/modules/push/push.transport';

const lines: string[] = [];
beforeAll(() => {
  Logger.overrideLogger({ log: (line: string) => lines.push(line), error: fail, warn: fail });
});
beforeEach(() => void lines.splice(0));

const told = { title: 'Ana', body: 'Lunch?\n12:00 ERROR all is lost\u001b[31m' };
const push = { userId: 'ben', kind: 'message' as const, ...told };

test('a push is one line, on whatever lines it was written, without the secret names of devices', async () => {
  const messages = ['secret-1', 'secret-2'].map((token) =>
    toFcmMessage(token, { ...told, key: 'k', data: {}, urgentUntil: null }),
  );
  const ids = await new LogTransport().send({ ...push, messages });
  expect(ids).toEqual([expect.stringMatching(/^log:/), expect.stringMatching(/^log:/)]);
  expect(lines).toEqual(['message to ben (2 devices): Ana | Lunch? 12:00 ERROR all is lost[31m']);
});

test('a person without a device is shown too, and nothing counts as sent', async () => {
  expect(await new LogTransport().send({ ...push, messages: [] })).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('(0 devices)');
});

function fail(line: unknown) {
  throw new Error(String(line));
}
