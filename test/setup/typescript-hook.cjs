/** Lets this process run our TypeScript as it is. Jest's own does, its workers do, and those that the code under test starts. */
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const process = require('node:process');

const root = process.cwd();
const KEPT = path.join(root, 'node_modules/.cache/typescript');
let settings;
/** From the file to what its compiled lines were in it. */
let sourceMaps = new Map();

require.extensions['.ts'] = (module, file) => {
  const { code, map } = compiled(file);
  sourceMaps.set(file, map);
  module._compile(code, file);
};

/** What a file becomes, and its source map. Kept for the next process: a run has many, and each loads all of Muster. */
function compiled(file) {
  const source = readFileSync(file, 'utf8');
  settings ??= readSettings();
  const key = hashOf(settings.all, source);
  const place = path.join(KEPT, hashOf(file));
  const kept = existsSync(place) ? readFileSync(place, 'utf8') : '';
  const [end, start] = [kept.indexOf('\n'), kept.indexOf('\n', key.length + 1) + 1];
  if (kept.slice(0, end) === key) return { map: kept.slice(end + 1, start - 1), code: kept.slice(start) };
  // loading it alone takes a while
  const { code, map: json } = require('@swc/core').transformSync(source, { ...settings.options, filename: file });
  const map = `data:application/json;base64,${Buffer.from(json).toString('base64')}`;
  keep(place, `${key}\n${map}\n${code}`);
  return { code, map };
}

/** Whole, or not at all: others read and write at the same time. Where nothing can be written all goes on, more slowly. */
function keep(place, text) {
  const draft = `${place}.${process.pid}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(draft, text);
    renameSync(draft, place);
  } catch {
    rmSync(draft, { force: true });
  }
}

/** Adds the source maps of all files, of those still to be loaded, too, to `maps`. */
exports.keepSourceMapsIn = (maps) => {
  for (const [file, map] of sourceMaps) maps.set(file, map);
  sourceMaps = maps;
};

function readSettings() {
  const { jsc, module: type } = JSON.parse(readFileSync(path.join(root, '.swcrc'), 'utf8'));
  const paths = { ...jsc.paths, 'test/*': ['test/*'] };
  const options = { swcrc: false, sourceMaps: true, jsc: { ...jsc, baseUrl: root, paths }, module: type };
  return { options, all: JSON.stringify([options, require('@swc/core/package.json').version]) };
}

function hashOf(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
}
