const { default: circus } = require('jest-circus/runner');
const asyncHooks = require('node:async_hooks');
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const { keepSourceMapsIn } = require('./typescript-hook.cjs');

/**
 * Runs a test file as Jest does, but on modules that Node loads, once for all files of a worker: Jest would load and warm
 * up the whole server anew for each. So what modules keep is shared by files, as by the servers within one file.
 */
module.exports = async (globalConfig, config, environment, runtime, testPath, sendMessageToJest) => {
  globalThis.jest = runtime.jestGlobals.jestObjectFor(testPath);
  keepSourceMapsIn(runtime.getSourceMaps());
  const contexts = [];
  const nodes = Object.assign(Object.create(runtime), {
    requireModule: (file, name = file) => createRequire(file)(name),
    unstable_shouldLoadAsEsm: (file) => file.endsWith('.mjs'),
    unstable_importModule: (file) => import(pathToFileURL(file)),
    requireInternalModule: (file) => requireAnew(file, contexts),
  });
  try {
    return await circus(globalConfig, config, environment, nodes, testPath, sendMessageToJest);
  } finally {
    delete require.cache[testPath];
    // else every promise of the files to come would go on asking for them
    for (const context of contexts) context.disable();
  }
};

/** The part of Circus that holds the tests of one file, without those of the file before; what it keeps by asynchronous context goes to `contexts`. */
function requireAnew(file, contexts) {
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (['JEST_STATE_SYMBOL', 'EVENT_HANDLERS'].includes(symbol.description)) delete globalThis[symbol];
  }
  delete require.cache[file];
  const { AsyncLocalStorage } = asyncHooks;
  asyncHooks.AsyncLocalStorage = class extends AsyncLocalStorage {
    constructor(...options) {
      super(...options);
      contexts.push(this);
    }
  };
  try {
    return require(file);
  } finally {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  }
}
