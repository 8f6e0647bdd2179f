import { Failure } from './failure.mjs';
import { checkGiven } from './servers.mjs';
import { summary } from './summary.mjs';

const CLUSTER = 'redis://:secret@10.0.0.1:6379, redis://10.0.0.2:6380';

test('the nodes of a Redis Cluster are named, without the password', () => {
  const report = { roles: ['api'], files: 'here', services: [] };
  const postgres = { url: 'postgres://muster:secret@127.0.0.1:5432/muster', version: '16', folder: '/data' };
  const said = summary({ url: 'http://127.0.0.1:8000', report, postgres, redis: { url: CLUSTER } });
  expect(said).toContain('10.0.0.1:6379, 10.0.0.2:6380, as given');
  expect(said).toContain('/data  (16, on 127.0.0.1:5432)');
  expect(said).not.toContain('secret');
});

test('and when they cannot be used', async () => {
  const refused = checkGiven('REDIS_URL', CLUSTER, () => Promise.reject(new Error('no answer')));
  await expect(refused).rejects.toThrow(
    new Failure('REDIS_URL names a server that cannot be used: 10.0.0.1:6379, 10.0.0.2:6380: no answer'),
  );
});
