import { execFileSync } from 'node:child_process';
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

test('`npm run sbom` names every package that is deployed, with all that it needs, by version and hash, and none of the tests', () => {
  const printed = execFileSync(process.execPath, ['scripts/sbom.mjs'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const { bomFormat, components } = JSON.parse(printed) as {
    bomFormat: string;
    components: { name: string; version: string; hashes: { alg: string; content: string }[] }[];
  };
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, any>>;
  const { dependencies, devDependencies } = read('package.json');
  const { packages } = read('package-lock.json');
  const named = new Set(components.map(({ name }) => name));
  const needed = new Set<string>(Object.keys(dependencies!));
  // of a package that is there in several versions, whatever any of them needs
  for (const name of needed)
    for (const [place, one] of Object.entries(packages!))
      if (place.endsWith(`node_modules/${name}`) && !one.dev)
        for (const inner of Object.keys(one.dependencies ?? {})) needed.add(inner);
  expect(bomFormat).toBe('CycloneDX');
  expect(needed.size).toBeGreaterThan(300);
  expect([...needed].filter((name) => !named.has(name))).toEqual([]);
  expect(['jest', 'fast-check', 's3rver'].filter((name) => !(name in devDependencies!) || named.has(name))).toEqual([]);
  for (const { version, hashes } of components) {
    expect(version).toMatch(/^\d/);
    expect(hashes[0]).toEqual({ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) });
  }
});
