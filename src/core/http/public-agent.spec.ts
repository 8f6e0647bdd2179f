import { request } from 'node:https';
import { isPublicAddress, publicAgent } from 'src/core/http/public-agent';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.20.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

test.each(['8.8.8.8', '172.32.0.1', '2a00:1450:4001::200e'])('%s is public', (address) =>
  expect(isPublicAddress(address)).toBe(true),
);

test('a name that leads to this machine is not connected to', async () => {
  const agent = publicAgent({});
  const failed = new Promise<Error>((resolve) =>
    request('https://localhost/', { agent, method: 'POST' }).on('error', resolve).end(),
  );
  expect((await failed).message).toBe('localhost leads to no public address');
  agent.destroy();
});
