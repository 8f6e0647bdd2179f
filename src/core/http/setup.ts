import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fastifyOf, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Env } from 'src/config/env';
import { currentContext, DEFAULT_TENANT, runInContext } from 'src/core/context/context';
import { traceIdFrom } from 'src/core/context/trace-id';
import {
  HostNotAllowed,
  MalformedRequest,
  RouteNotFound,
  ShuttingDown,
  UnsupportedMediaType,
} from 'src/core/errors/common.errors';
import { Faults } from 'src/core/errors/faults';
import { Authenticator } from 'src/core/http/authenticator';
import { DOCS, DOCS_CSP } from 'src/core/http/docs';
import { readJsonBodies } from 'src/core/http/json-body';
import { onlyFor } from 'src/core/http/only-for';
import { allowsHost } from 'src/core/http/origins';
import { toJson } from 'src/core/http/paging';
import { sendProblem } from 'src/core/http/problem';
import { limitRefused } from 'src/core/http/refusals';
import { endSlowBodies } from 'src/core/http/slow-bodies';
import { I18n } from 'src/core/i18n/i18n';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { requestLog } from 'src/core/logging/request-log';
import { Metrics } from 'src/core/metrics/metrics';

/** Routes for machines that watch us: answered by every role, at any host name, and while shutting down. */
const WATCHERS = /^\/(health|metrics)(\/|\?|$)/;
/** Bodies that only routes with `@Takes` understand. */
const STREAMED = new Set(['multipart/form-data', 'application/octet-stream']);
// names are in lower case, as Fastify keeps them: it would put others into it for each answer
const CSP = 'content-security-policy';
const API_CSP = "default-src 'none'; frame-ancestors 'none'";

/** What a page of another origin may read beside the body. */
const EXPOSED = [
  'Content-Language, X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset',
  // of files, without which it can't go on where it was broken off
  'ETag, Accept-Ranges, Content-Range, Content-Disposition',
].join(', ');

const comesFromAPage = ({ headers, method }: FastifyRequest) => headers.origin !== undefined || method === 'OPTIONS';
const isMultipart = ({ headers }: FastifyRequest) => /^multipart\b/i.test(headers['content-type'] ?? '');

let asked: Promise<Record<string, string>> | undefined;
const safetyHeaders = () => (asked ??= helmetsHeaders().then((helmets) => ({ ...helmets, [CSP]: API_CSP })));

/** What happens to every HTTP request before and after its route: context, language, security headers, log line, figures. */
export async function setupHttp(app: NestFastifyApplication, env: Env, logger: Logger) {
  const [i18n, faults, lifecycle, metrics] = [app.get(I18n), app.get(Faults), app.get(Lifecycle), app.get(Metrics)];
  const fastify = app.getHttpAdapter().getInstance();
  const logAnswer = requestLog(logger);

  const everyAnswers = { ...(await safetyHeaders()), 'access-control-expose-headers': EXPOSED };

  fastify.setReplySerializer(toJson as (view: unknown) => string); // bytes are sent as they are

  // JSON alone is understood; what else there is gets 415
  fastify.removeContentTypeParser('text/plain');

  fastify.addHook('onRequest', (request, reply, done) => {
    const language = i18n.requested(request.headers) ?? i18n.fallback;
    const context = { traceId: traceIdFrom(request.headers.traceparent), tenantId: DEFAULT_TENANT, language };
    void reply.headers(everyAnswers).header('x-request-id', context.traceId);
    if (DOCS.test(request.url)) void reply.header(CSP, DOCS_CSP);
    runInContext(context, done);
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    if (WATCHERS.test(request.url)) return done();
    if (!env.ROLES.includes('api')) return sendProblem(reply, faults, RouteNotFound());
    if (lifecycle.closing) return sendProblem(reply, faults, ShuttingDown());
    if (!allowsHost(env, request.headers.host)) return sendProblem(reply, faults, HostNotAllowed());
    done();
  });

  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'GET') return done(); // has no body
    const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
    const { takes } = request.routeOptions.config as { takes?: string };
    if (takes ? takes !== mediaType : STREAMED.has(mediaType))
      return sendProblem(reply, faults, UnsupportedMediaType());
    done();
  });

  if (!env.RATE_LIMIT_DISABLED) limitRefused(fastify, faults, app.get(Authenticator), env.REFUSED_PER_MINUTE, WATCHERS);
  readJsonBodies(fastify);
  endSlowBodies(fastify, faults, env.REQUEST_BODY_SECONDS * 1000);

  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (lifecycle.draining) void reply.header('connection', 'close'); // an idle connection would hold up the end
    void reply.header('content-language', currentContext().language);
    void reply.header('vary', 'Accept-Language, X-Language, Origin');
    done();
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, ip } = request;
    const route = request.routeOptions.url ?? 'none';
    const [status, ms] = [reply.statusCode, reply.elapsedTime];
    metrics.httpSeconds.observe({ method, route, status }, ms / 1000);
    logAnswer(WATCHERS.test(request.url) ? 'debug' : 'info', {
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      ip,
    });
    done();
  });

  await fastify.register(onlyFor(comesFromAPage, cors), {
    origin: env.ALLOWED_ORIGINS.includes('*') ? true : env.ALLOWED_ORIGINS,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
  });
  await fastify.register(onlyFor(isMultipart, multipart), { throwFileSizeLimit: false });
  fastify.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
}

/** What the router refuses before any hook runs: an address that can't be read, or that is longer than any of ours. */
export async function refuseUnroutable(
  app: NestFastifyApplication,
  { code }: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const [i18n, faults] = [app.get(I18n), app.get(Faults)];
  const language = i18n.requested(request.headers) ?? i18n.fallback;
  void reply.headers(await safetyHeaders());
  runInContext({ traceId: traceIdFrom(request.headers.traceparent), tenantId: DEFAULT_TENANT, language }, () =>
    sendProblem(reply, faults, code === 'FST_ERR_MAX_PARAM_LENGTH' ? RouteNotFound() : MalformedRequest()),
  );
}

/** What helmet says in every answer. It would make that up anew for each; it never changes, so it is asked once. */
async function helmetsHeaders(): Promise<Record<string, string>> {
  const probe = fastifyOf();
  await probe.register(helmet, { contentSecurityPolicy: false, crossOriginResourcePolicy: { policy: 'cross-origin' } });
  probe.get('/', (_request, reply) => reply.code(204).send());
  const { headers } = await probe.inject('/');
  await probe.close();
  const { date: _, connection: __, ...helmets } = headers;
  return helmets as Record<string, string>;
}
