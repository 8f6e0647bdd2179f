import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { LOOPBACK, freePort } from './ports.mjs';
import { newSecret } from './secrets.mjs';
import { retry } from './waiting.mjs';

const PATIENCE_MS = 60_000;
const STORES = ['account', 'container', 'object'];
const PROGRAMS = [
  'swift-ring-builder',
  'memcached',
  'swift-proxy-server',
  ...STORES.map((kind) => `swift-${kind}-server`),
];
const PACKAGES = ['swift-proxy', ...STORES.map((kind) => `swift-${kind}`), 'memcached'];

/** Throws `Failure` that says what to install unless OpenStack Swift is here. */
export function checkSwift() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  throw new Failure(`OpenStack Swift is not installed (${missing.join(', ')}). On Debian or Ubuntu, as root:
  apt-get install --no-install-recommends ${PACKAGES.join(' ')}
Its services need not run: the tests start their own.`);
}

/**
 * Starts an OpenStack Swift of one disk, below `folder`, whose S3 interface checks signatures: `{ endpoint, accessKeyId,
 * secretAccessKey }`. It listens on the loopback address only.
 */
export async function startSwift(crew, folder) {
  const devices = join(folder, 'devices');
  mkdirSync(join(devices, 'disk'), { recursive: true });
  const ports = {};
  for (const name of [...STORES, 'memcached', 'proxy']) ports[name] = await freePort();
  const secret = newSecret();
  writeFileSync(join(folder, 'swift.conf'), clusterSettings());
  for (const kind of STORES) {
    await buildRing(crew, folder, kind, ports[kind]);
    writeFileSync(join(folder, `${kind}.conf`), storeSettings(kind, { folder, devices, port: ports[kind] }));
  }
  writeFileSync(join(folder, 'proxy.conf'), proxySettings({ folder, ports, secret }));

  const log = openSync(join(folder, 'swift.log'), 'a');
  const stdio = ['ignore', log, log];
  const memcached = ['-l', LOOPBACK, '-p', String(ports.memcached), '-u', userInfo().username];
  const members = [crew.start('memcached', 'memcached', memcached, { stdio })];
  for (const kind of [...STORES, 'proxy'])
    members.push(crew.start(`Swift ${kind}`, `swift-${kind}-server`, [join(folder, `${kind}.conf`), '-v'], { stdio }));
  const endpoint = `http://${LOOPBACK}:${ports.proxy}`;
  const answers = async () => {
    for (const name of [...STORES, 'proxy'])
      if (!(await fetch(`http://${LOOPBACK}:${ports[name]}/healthcheck`)).ok) throw new Error(`${name} is not healthy`);
  };
  const hopeless = () => members.some(({ running }) => !running);
  await retry(answers, { patience: PATIENCE_MS, hopeless }).catch((error) => {
    throw new Failure(`OpenStack Swift did not start: ${error.message}; its log is ${join(folder, 'swift.log')}`);
  });
  return { endpoint, accessKeyId: 'test:tester', secretAccessKey: secret };
}

async function buildRing(crew, folder, kind, port) {
  const builder = join(folder, `${kind}.builder`);
  for (const step of [['create', '1', '1', '0'], ['add', `r1z1-${LOOPBACK}:${port}/disk`, '1'], ['rebalance']]) {
    const { status, output } = await crew.run('swift-ring-builder', 'swift-ring-builder', [builder, ...step]);
    if (status !== 0) throw new Failure(`swift-ring-builder ${step[0]} failed:\n${output}`);
  }
}

const clusterSettings = () => `
[swift-hash]
swift_hash_path_suffix = ${newSecret()}
[storage-policy:0]
name = Policy-0
default = yes
`;

const listening = ({ folder, port }) => `
[DEFAULT]
bind_ip = ${LOOPBACK}
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
`;

const storeSettings = (kind, { folder, devices, port }) => `${listening({ folder, port })}
devices = ${devices}
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = healthcheck ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
[filter:healthcheck]
use = egg:swift#healthcheck
`;

const FILTERS = ['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'copy', 'slo', 'dlo'];

const proxySettings = ({ folder, ports, secret }) => `${listening({ folder, port: ports.proxy })}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = ${LOOPBACK}:${ports.memcached}
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${secret} .admin
${FILTERS.map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}`;
