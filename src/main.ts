import { Logger } from '@nestjs/common';
import 'reflect-metadata';
import { createApp, startApp } from 'src/app';
import { readEnv } from 'src/config/env';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { Storage } from 'src/core/storage/storage';
import { MediaTools, WITHOUT_FFMPEG } from 'src/modules/files/media-tools';
import { outsideServices } from 'src/services';
import { startupFault } from 'src/startup-fault';

/** One image, two roles: `api` answers HTTP and sockets, `worker` runs what must happen. */
async function main() {
  // of what it has begun when it is told to stop before it is ready, it owes an answer to nobody
  let leave: () => void = () => process.exit(0);
  const told = () => leave();
  process.on('SIGTERM', told).once('SIGINT', told).once('disconnect', told);
  const env = readEnv({ ...process.env, ...(process.argv.includes('--when-told') && (await settings())) });
  const app = await createApp(env);
  const url = await startApp(app, env);
  let leaving = false;
  leave = () => {
    if (leaving) return;
    leaving = true;
    app.get(Lifecycle).drain();
    const close = () => {
      setTimeout(() => process.exit(1), env.SHUTDOWN_SECONDS * 1000).unref();
      void app.close().then(() => process.exit(0));
    };
    setTimeout(close, env.ROLES.includes('api') ? env.DRAIN_SECONDS * 1000 : 0);
  };
  const ffmpeg = { name: 'ffmpeg', configured: await app.get(MediaTools).areInstalled(), instead: WITHOUT_FFMPEG };
  if (env.ROLES.includes('worker') && !ffmpeg.configured)
    new Logger('MediaTools').warn(`ffmpeg is not installed: ${WITHOUT_FFMPEG}`);
  const services = [...outsideServices(env), ffmpeg];
  process.send?.({ type: 'ready', url, report: { roles: env.ROLES, files: app.get(Storage).describe(), services } });
}

/** The settings that `npm start` sends when PostgreSQL and Redis stand; our code was loaded meanwhile. */
const settings = () => new Promise<NodeJS.ProcessEnv>((resolve) => process.once('message', resolve));

main().catch((error: unknown) => {
  process.stderr.write(`${startupFault(error)}\n`);
  process.exit(1);
});
