import { once } from 'node:events';
import { createServer } from 'node:net';
import { startupFault } from 'src/startup-fault';

async function faultOfListeningAt(host: string) {
  const server = createServer();
  const [error] = await Promise.race([once(server, 'error'), once(server.listen(0, host), 'listening').then(() => [])]);
  server.close();
  return startupFault(error);
}

test('an address that is not this machine’s is named, and the setting with it', async () => {
  // a range for documentation: nobody's
  expect(await faultOfListeningAt('203.0.113.7')).toBe(
    '203.0.113.7 is no address of this machine; set HOST to one, or to 0.0.0.0.',
  );
});

test('a host that nobody knows is named', () => {
  const unknown = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'db.internal' };
  expect(startupFault(Object.assign(new Error('getaddrinfo ENOTFOUND db.internal'), unknown))).toBe(
    'Not reachable: db.internal (ENOTFOUND); look at DATABASE_URL, REDIS_URL and HOST.',
  );
});

test.each([
  ['25006', 'it is a standby'],
  ['08P01', 'unsupported startup parameter: statement_timeout'],
])('what PostgreSQL or a pooler refuses is a line: %s', (code, message) => {
  expect(startupFault(Object.assign(new Error(message), { code }))).toBe(
    `PostgreSQL refuses: ${message}; look at DATABASE_URL.`,
  );
});

test('what a user of Redis may not do is a line', () => {
  const message = "NOPERM this user has no permissions to run the 'eval' command";
  expect(startupFault(new Error(message))).toBe(`Redis refuses: ${message}; look at REDIS_URL.`);
});
