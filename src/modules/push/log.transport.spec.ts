import { Logger } from '@nestjs/common';
import { LogTransport } from 'src/modules/push/log.transport';
import type { Parcel } from 'src/modules/push/push.transport';

const lines: string[] = [];
beforeAll(() => {
  Logger.overrideLogger({ log: (line: string) => lines.push(line), error: fail, warn: fail });
});
beforeEach(() => void lines.splice(0));

const content = { title: 'Ana', body: 'Lunch?\n12:00 ERROR all is lost\u001b[31m', key: 'k', data: {}, badge: 1 };
const parcel = (token: string, about: Partial<Parcel['content']> = {}): Parcel => ({
  userId: 'ben',
  kind: 'message',
  deviceType: 'ios',
  token,
  content: { ...content, isSilent: false, isHigh: false, until: null, ...about },
});

test('a push is one line, on whatever lines it was written, without the secret names of devices', async () => {
  const outcomes = await new LogTransport().send([parcel('secret-1'), parcel('secret-2')]);
  const sent = { is: 'sent', messageId: expect.stringMatching(/^log:/) as string };
  expect(outcomes).toEqual([sent, sent]);
  expect(lines).toEqual(['message to ben (2 devices): Ana | Lunch? 12:00 ERROR all is lost[31m']);
});

test('what is taken back is a line of its own', async () => {
  await new LogTransport().send([parcel('secret-1'), parcel('secret-1', { title: '', body: '', isSilent: true })]);
  expect(lines).toEqual([expect.stringContaining('(1 device): Ana'), 'message to ben (1 device): taken back']);
});

function fail(line: unknown) {
  throw new Error(String(line));
}
