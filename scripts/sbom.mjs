import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inProject } from './lib/project.mjs';
import { outliveOutput } from './lib/signals.mjs';

// `npm run sbom`: what a deployed Muster is made of, as CycloneDX, from the lock. Not by `npm sbom --omit dev`: that leaves out, with all
// that it needs, whatever some package has for its own development too, as bullmq has pg.

outliveOutput();
const { name, version, packages } = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8'));

const purlOf = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** `sha512-<base64>` as CycloneDX writes it. */
function hashOf(integrity) {
  const [kind, content] = integrity.split('-', 2);
  return { alg: kind.replace(/^sha/, 'SHA-'), content: Buffer.from(content, 'base64').toString('hex') };
}

const components = new Map();
for (const [place, { name: alias, version, dev, optional, integrity, license }] of Object.entries(packages)) {
  if (place === '' || dev) continue;
  const name = alias ?? place.split('node_modules/').at(-1);
  const purl = purlOf(name, version);
  const isNeeded = !optional || components.get(purl)?.scope === 'required';
  components.set(purl, {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    scope: isNeeded ? 'required' : 'optional',
    hashes: [hashOf(integrity)],
    ...(license && { licenses: [{ expression: license }] }),
  });
}

const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${randomUUID()}`,
  version: 1,
  metadata: {
    timestamp: new Date().toISOString(),
    component: { type: 'application', 'bom-ref': purlOf(name, version), name, version },
  },
  components: [...components.values()],
};
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
