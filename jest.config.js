const { readFileSync } = require('node:fs');
const path = require('node:path');

/** As in production: what a start does not need is loaded when it is used first. */
const { module: output } = JSON.parse(readFileSync(path.join(__dirname, '.swcrc'), 'utf8'));

/** Our code and Nest's ESM-only packages are both compiled to CommonJS by SWC, so that Jest runs on every supported Node. */
const swc = (parser, paths) => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser,
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
      ...(paths && { baseUrl: __dirname, paths }),
    },
    module: output,
    sourceMaps: 'inline',
  },
];
const ESM_ONLY =
  '@nestjs|file-type|cookie|content-disposition|@tokenizer|token-types|strtok3|uint8array-extras|es-toolkit|jose|uuid|flatbush|flatqueue|thumbhash|@borewit';

/** Rewritten by the compiler, so that they also hold in the global set-up, where Jest maps no module names. */
const OURS = Object.fromEntries(['src', 'migrations', 'test'].map((folder) => [`${folder}/*`, [`${folder}/*`]]));

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/scripts', '<rootDir>/test'],
  testMatch: ['**/*.spec.{ts,mjs}', '**/*.test.ts'],
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': swc({ syntax: 'typescript', decorators: true }, OURS),
    '\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_ONLY})/)`],
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  maxWorkers: 2,
  // what tests leave in memory (Jest frees no modules that were used) would end in collecting garbage without end
  workerIdleMemoryLimit: '1200MB',
  // machines that are busy with other things are slow, not wrong
  testTimeout: 60_000,
};
