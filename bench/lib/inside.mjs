import { createRequire } from 'node:module';
import { inProject } from '../../scripts/lib/project.mjs';

const require = createRequire(import.meta.url);

/** Something of the built code: `builtPart('modules/location/location.dto.js')`. */
export const builtPart = (path) => require(inProject('dist/src', path));

/**
 * A Muster within this process, for benches of what lies behind its doors: `{ url, service(path, name), stop() }`, `service` giving the
 * one of that class. It logs nothing.
 */
export async function startInside(stage, env = {}) {
  const { createApp, startApp } = builtPart('app.js');
  const settings = { ...stage.env, PORT: '0', ROLES: 'api', LOG_LEVEL: 'silent', ...env };
  const read = builtPart('config/env.js').readEnv(settings);
  const app = await createApp(read);
  const url = await startApp(app, read);
  return { url, service: (path, name) => app.get(builtPart(path)[name]), stop: () => app.close() };
}
