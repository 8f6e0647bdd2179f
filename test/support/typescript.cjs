// Lets a plain Node load our TypeScript, compiled as for Jest: for tests that need a process of its own.
const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
const { _extensions: extensions } = require('node:module');
const { transform } = require('../../jest.config.js');

const options = transform['\\.ts$'][1];
extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
