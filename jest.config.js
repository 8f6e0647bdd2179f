// compiles our TypeScript, in all processes that load any
require('./test/setup/typescript-hook.cjs');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/setup/environment.cjs',
  testRunner: '<rootDir>/test/setup/runner.cjs',
  roots: ['<rootDir>/src', '<rootDir>/scripts', '<rootDir>/test'],
  testMatch: ['**/*.spec.{ts,mjs}', '**/*.test.ts'],
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  transform: {},
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  maxWorkers: 3,
  // machines that are busy with other things are slow, not wrong
  testTimeout: 60_000,
};
