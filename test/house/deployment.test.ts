import { readFileSync } from 'node:fs';
import { EnvSchema } from 'src/config/env';

const lines = (file: string) => readFileSync(file, 'utf8').split('\n');
const known = new Set(Object.keys(EnvSchema.shape));

/** Names in the block that begins with that line, and where it is used with further ones beside it. */
function namesInCompose(): string[] {
  const text = lines('docker-compose.yml');
  const from = text.indexOf('x-environment: &environment') + 1;
  const block = text.slice(from, text.indexOf('', from));
  const beside = text.flatMap((line) => /environment: \{ <<: \*environment,(.*)\}/.exec(line)?.[1] ?? []);
  return [...block, ...beside.flatMap((more) => more.split(','))].flatMap(
    (line) => /^\s*([A-Z][A-Z0-9_]*):/.exec(line)?.[1] ?? [],
  );
}
const namesInKubernetes = () =>
  lines('deploy/kubernetes/settings.env').flatMap((line) => /^([A-Z][A-Z0-9_]*)=/.exec(line)?.[1] ?? []);

test.each([
  ['docker-compose.yml', namesInCompose, 'ROLES'],
  ['deploy/kubernetes/settings.env', namesInKubernetes, 'PUBLIC_URL'],
])('every setting in %s is one that Muster has', (_file, namesIn, one) => {
  const names = namesIn();
  expect(names).toContain(one);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test('the lock installs anywhere, and nothing but what was locked: no addresses, and a hash of every package', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const locked = Object.entries(packages).filter(([place, { link }]) => place !== '' && !link);
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
  expect(locked.filter(([, { integrity }]) => !integrity).map(([place]) => place)).toEqual([]);
});
