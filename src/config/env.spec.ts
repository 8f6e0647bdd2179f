import { readEnv } from 'src/config/env';

const needed = {
  DATABASE_URL: 'postgres://muster@127.0.0.1/muster',
  REDIS_URL: 'redis://127.0.0.1',
  JWT_SECRET_KEY: 'x'.repeat(32),
};

test('three settings suffice; the others have defaults', () => {
  const env = readEnv(needed);
  expect(env).toMatchObject({
    PORT: 8000,
    ROLES: ['api', 'worker'],
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES: 30,
    BCRYPT_COST: 12,
  });
  expect(Object.isFrozen(env)).toBe(true);
});

test('an empty value counts as not given', () => {
  expect(readEnv({ ...needed, PORT: '', AWS_S3_BUCKET: '' })).toMatchObject({ PORT: 8000 });
  expect(readEnv({ ...needed, AWS_S3_BUCKET: '' }).AWS_S3_BUCKET).toBeUndefined();
});

test('several nodes of Redis are those of a cluster', () => {
  const REDIS_URL = 'redis://10.0.0.1, redis://10.0.0.2:6380';
  expect(() => readEnv({ ...needed, REDIS_URL })).toThrow('REDIS_URL: may name several nodes only with REDIS_CLUSTER');
  expect(readEnv({ ...needed, REDIS_URL, REDIS_CLUSTER: 'true' }).REDIS_URL).toEqual([
    'redis://10.0.0.1',
    'redis://10.0.0.2:6380',
  ]);
  expect(() => readEnv({ ...needed, REDIS_URL: 'redis://10.0.0.1,http://x', REDIS_CLUSTER: 'true' })).toThrow('rediss');
});

test('all faults come in one message, each with its key', () => {
  const faulty = { ...needed, DATABASE_URL: 'mysql://x', JWT_SECRET_KEY: undefined, PORT: 'eighty', ROLES: 'api,cook' };
  const production = { ENVIRONMENT: 'production', RATE_LIMIT_DISABLED: 'true', BCRYPT_COST: '4' };
  const read = () => readEnv({ ...faulty, ...production });
  for (const key of [
    'DATABASE_URL',
    'JWT_SECRET_KEY: is required',
    'PORT',
    'ROLES',
    'RATE_LIMIT_DISABLED',
    'BCRYPT_COST',
  ])
    expect(read).toThrow(key);
});
