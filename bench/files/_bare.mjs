import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The same renditions of a picture by sharp alone, again and again: `node _bare.mjs <picture> <times>` prints the seconds.

const require = createRequire(import.meta.url);
const { render, hardenDecoders } = require('../../dist/src/modules/files/picture.js');

const [picture, times] = process.argv.slice(2);
hardenDecoders();
const folder = mkdtempSync(join(tmpdir(), 'muster-bare-'));
const once = () => render({ source: picture, folder, clean: true });
await once();
const began = performance.now();
for (let time = 1; time < Number(times); time++) await once();
console.log((performance.now() - began) / 1000);
rmSync(folder, { recursive: true });
