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

test('a node cannot be told to leave sooner than it can know that others have what it has lost', () => {
  expect(readEnv({ ...needed, ISOLATED_AFTER_SECONDS: '5' }).ISOLATED_AFTER_SECONDS).toBe(5);
  expect(() => readEnv({ ...needed, ISOLATED_AFTER_SECONDS: '4' })).toThrow('ISOLATED_AFTER_SECONDS');
});

test('as they are by default, settings keep what docs/faults.md says of time', () => {
  const env = readEnv(needed);
  // a killed worker's job: its lock runs out, and is looked for in two thirds of that time (`JobRunner`)
  expect(env.JOB_LOCK_MS + (env.JOB_LOCK_MS * 2) / 3).toBeLessThanOrEqual(30_000);
  expect(env.DATABASE_TIMEOUT_MS).toBeLessThanOrEqual(5_000);
  // besides 2 s of waiting for Redis, and a look every second (`Isolation`)
  expect(env.ISOLATED_AFTER_SECONDS + 3).toBeLessThan(10);
  expect(env.SHUTDOWN_SECONDS).toBeLessThanOrEqual(10);
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

test('also what only a look at files, keys and addresses can tell', () => {
  const faulty = {
    TRUSTED_PROXIES: '10.0.0.0/8, proxy.internal',
    SUPPORTED_LANGUAGES: 'en,fr,xx',
    DEFAULT_LANGUAGE: 'ko',
    JWT_ALGORITHM: 'RS256',
    JWT_PRIVATE_KEY: 'nonsense',
    FCM_SERVICE_ACCOUNT: '/nowhere.json',
    SMTP_URL: 'mail.example.org',
    AWS_S3_ENDPOINT: 's3.example.org:9000',
    PUBLIC_URL: 'chat.example.org',
  };
  let told = '';
  try {
    readEnv({ ...faulty, PORT: 'eighty' });
  } catch (error) {
    told = String(error);
  }
  const named = told.split('\n').flatMap((line) => /^ {2}(\w+):/.exec(line)?.[1] ?? []);
  expect([...new Set(named)].sort()).toEqual([...Object.keys(needed), ...Object.keys(faulty), 'PORT'].filter((key) => key !== 'JWT_ALGORITHM').sort()); // oxfmt-ignore
  for (const language of ['fr', 'xx'])
    expect(told).toContain(`SUPPORTED_LANGUAGES: there are no texts for ${language}, only for`);
  expect(told).toContain('DEFAULT_LANGUAGE: must be one of SUPPORTED_LANGUAGES');
});

test.each([
  [true, '10.0.0.1'],
  [true, '10.0.0.0/8'],
  [true, '10.0.0.0/255.0.0.0'],
  [true, 'fd00::/8'],
  [true, 'loopback'],
  [false, '10.0.0.0/33'],
  [false, '10.0.0.0/8/8'],
  [false, 'proxy.internal'],
  [false, 'http://10.0.0.1'],
])('whether proxies may be named so: %s for %s', (may, TRUSTED_PROXIES) => {
  const read = () => readEnv({ ...needed, TRUSTED_PROXIES });
  if (may) expect(read().TRUSTED_PROXIES).toEqual([TRUSTED_PROXIES]);
  else expect(read).toThrow('TRUSTED_PROXIES: must be addresses');
});
