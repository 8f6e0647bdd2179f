const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const process = require('node:process');

const { exit } = process;

/** What Jest's own environment of Node gives to tests, without a realm of its own: see `runner.cjs`. */
module.exports = class WorkersRealm {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    // Jest has put one in its place that complains
    process.exit = exit;
  }

  getVmContext() {
    return null;
  }
};
