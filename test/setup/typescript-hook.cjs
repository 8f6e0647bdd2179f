/** Lets a process that the code under test starts run our TypeScript as it is, as Jest does in its own. */
const { readFileSync } = require('node:fs');
const path = require('node:path');
const process = require('node:process');

const root = process.cwd();

require.extensions['.ts'] = (module, file) => {
  const { transformFileSync } = require('@swc/core');
  const { jsc, module: type } = JSON.parse(readFileSync(path.join(root, '.swcrc'), 'utf8'));
  const { code } = transformFileSync(file, { swcrc: false, jsc: { ...jsc, baseUrl: root }, module: type });
  module._compile(code, file);
};
