const { availableParallelism } = require('node:os');

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
  // each warms up for itself; what CI tests beside waits a lot for what was broken
  maxWorkers: process.env.CI ? 3 : Math.min(availableParallelism(), 4),
  // machines that are busy with other things are slow, not wrong
  testTimeout: 60_000,
};
