/** Lets this process run our TypeScript as it is. Jest's own does, its workers do, and those that the code under test starts. */
const { Buffer } = require('node:buffer');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const process = require('node:process');

const root = process.cwd();
/** From the file to what its compiled lines were in it. */
let sourceMaps = new Map();

require.extensions['.ts'] = (module, file) => {
  const { transformFileSync } = require('@swc/core');
  const { jsc, module: type } = JSON.parse(readFileSync(path.join(root, '.swcrc'), 'utf8'));
  const paths = { ...jsc.paths, 'test/*': ['test/*'] };
  const options = { swcrc: false, sourceMaps: true, jsc: { ...jsc, baseUrl: root, paths }, module: type };
  const { code, map } = transformFileSync(file, options);
  sourceMaps.set(file, `data:application/json;base64,${Buffer.from(map).toString('base64')}`);
  module._compile(code, file);
};

/** Adds the source maps of all files, of those still to be loaded, too, to `maps`. */
exports.keepSourceMapsIn = (maps) => {
  for (const [file, map] of sourceMaps) maps.set(file, map);
  sourceMaps = maps;
};
