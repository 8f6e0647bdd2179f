import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from 'src/app.module';
import type { Env } from 'src/config/env';
import { serveDocs } from 'src/core/http/docs';
import { refuseUnroutable, setupHttp } from 'src/core/http/setup';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { createLogger, NestLogger } from 'src/core/logging/logger';
import { QueuesPage } from 'src/modules/admin/queues.page';
import { SocketAdapter } from 'src/core/realtime/socket.adapter';

const LARGEST_BODY = 1024 * 1024;
/**
 * An upload over a slow line; one that stands still is ended much sooner, and so are other bodies (`endSlowBodies`). Headers have a minute.
 */
const LONGEST_REQUEST_MS = 900_000;
/**
 * Connections that the system holds until we take them, up to its own limit (`net.core.somaxconn`): with Node's 511 it breaks some of those who
 * come back at once while we are busy.
 */
const MOST_AT_THE_DOOR = 4096;

/** The app with all its parts joined, not yet listening. Its roles decide what `startApp` starts. Logs to stdout, or `logTo`. */
export async function createApp(env: Env, logTo?: NodeJS.WritableStream): Promise<NestFastifyApplication> {
  const logger = createLogger(env, logTo);
  const fastify = new FastifyAdapter({
    bodyLimit: LARGEST_BODY,
    requestTimeout: LONGEST_REQUEST_MS,
    forceCloseConnections: 'idle',
    trustProxy: env.TRUSTED_PROXIES.length ? env.TRUSTED_PROXIES : false,
    skipMiddie: true, // a hook for middleware, of which there is none
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      void refuseUnroutable(app, error, request, reply),
  });
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(AppModule.with(env), fastify, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  app.setGlobalPrefix('api/v1', {
    exclude: ['health', 'health/live', 'health/ready', 'metrics', '.well-known/jwks.json'],
  });
  app.useWebSocketAdapter(await SocketAdapter.create(app, env));
  await setupHttp(app, env, logger);
  app.get(QueuesPage).serve(app);
  serveDocs(app, env);
  return app;
}

/**
 * Starts what the roles ask for and returns the address it listens at; if that fails, all is closed again. A worker listens too,
 * but answers only health and metrics.
 */
export async function startApp(app: NestFastifyApplication, env: Env): Promise<string> {
  try {
    await app.init();
    if (env.ROLES.includes('worker')) {
      await app.get(OutboxRelay).start();
      await app.get(JobRunner).start();
    }
    await app.listen({ port: env.PORT, host: env.HOST, backlog: MOST_AT_THE_DOOR });
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const address = await app.getUrl();
  return address.replace('[::1]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
}
