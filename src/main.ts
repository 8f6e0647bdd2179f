import 'reflect-metadata';
import { createApp, startApp } from 'src/app';
import { readEnv, type Env } from 'src/config/env';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { Storage } from 'src/core/storage/storage';
import { outsideServices } from 'src/services';
import { startupFault } from 'src/startup-fault';

/** One image, two roles: `api` answers HTTP and sockets, `worker` runs what must happen. */
async function main() {
  const env = readEnv({ ...process.env, ...(process.argv.includes('--when-told') && (await told())) });
  const app = await createApp(env);
  const url = await startApp(app, env);
  let leaving = false;
  const leave = () => {
    if (leaving) return;
    leaving = true;
    app.get(Lifecycle).drain();
    const close = () => {
      setTimeout(() => process.exit(1), env.SHUTDOWN_SECONDS * 1000).unref();
      void app.close().then(() => process.exit(0));
    };
    setTimeout(close, env.ROLES.includes('api') ? env.DRAIN_SECONDS * 1000 : 0);
  };
  process.once('SIGTERM', leave).once('SIGINT', leave).once('disconnect', leave);
  process.send?.({ type: 'ready', url, report: report(env, app.get(Storage).describe()) });
}

/** The settings that `npm start` sends when PostgreSQL and Redis stand; our code was loaded meanwhile. */
const told = () => new Promise<NodeJS.ProcessEnv>((resolve) => process.once('message', resolve));

const report = (env: Env, files: string) => ({ roles: env.ROLES, files, services: outsideServices(env) });

main().catch((error: unknown) => {
  process.stderr.write(`${startupFault(error)}\n`);
  process.exit(1);
});
