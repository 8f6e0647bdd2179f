import fastifyStatic from '@fastify/static';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import fastifyOf from 'fastify';
import path from 'node:path';
import type { Env } from 'src/config/env';
import { markApi } from 'src/core/http/api-docs';
import { serveOnDemand } from 'src/core/http/on-demand';
import { Problem } from 'src/core/http/problem';
import { z } from 'zod';

export const DOCS = /^\/(docs|redoc)(\/|\?|$)/;
/** Swagger UI and ReDoc run our copies of their scripts, with styles and workers that they make on the fly. */
export const DOCS_CSP =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:; frame-ancestors 'none'";

const ABOUT = `Messaging, calls, files, push, live location, history, nearby people and geofences for your own apps.

Times are RFC 3339 in UTC; coordinates are WGS 84 degrees; distances metres, speeds metres per second, headings degrees clockwise
from north. Faults are \`application/problem+json\` with a stable \`code\`. Socket.IO events are in \`docs/events.md\`.`;

/** The OpenAPI document, from the same zod schemas that check the requests. */
export function openApi(app: NestFastifyApplication, env: Pick<Env, 'APP_NAME'>): OpenAPIObject {
  markApi();
  const config = new DocumentBuilder()
    .setTitle(env.APP_NAME)
    .setDescription(ABOUT)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'token')
    .addSecurityRequirements('token')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  const problem = {
    description: 'A fault',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const operation of operations(document)) {
    operation.summary ||= Object.values(operation.responses)[0]?.description;
    operation.responses.default = problem;
    Object.assign(operation.responses['200']?.content ?? {}, operation['x-forms']);
    delete operation['x-forms'];
    if (operation['x-public']) operation.security = [];
    delete operation['x-public'];
  }
  nameEachOnce(operations(document));
  document.components = { ...document.components };
  document.components.schemas = {
    ...document.components.schemas,
    Problem: z.toJSONSchema(Problem, { target: 'openapi-3.0' }) as object,
  };
  admitNulls(document);
  return document;
}

/** `chats_list`; a route's further paths get a number: `auth_login`, `auth_login_2`. */
function operationId(controller: string, method: string): string {
  const [, name, index] = /^(\w+)(?:\[(\d+)\])?$/.exec(method)!;
  const suffix = Number(index) > 0 ? `_${Number(index) + 1}` : '';
  return `${controller.replace('Controller', '').toLowerCase()}_${name}${suffix}`;
}

/** Controllers of two features may be called alike, and their operations with them: the later of these get their tag before the name. */
function nameEachOnce(all: Operation[]) {
  const taken = new Set<string>();
  for (const operation of all) {
    if (taken.has(operation.operationId))
      operation.operationId = `${operation.tags![0]!.toLowerCase().replace(/\W+/g, '_')}_${operation.operationId}`;
    taken.add(operation.operationId);
  }
}

/** By OpenAPI 3.0 `nullable` adds nothing to an `enum` that does not have null itself. */
function admitNulls(schema: unknown) {
  if (typeof schema !== 'object' || schema === null) return;
  const { nullable, enum: values } = schema as { nullable?: unknown; enum?: unknown };
  if (nullable === true && Array.isArray(values) && !values.includes(null)) values.push(null);
  Object.values(schema).forEach(admitNulls);
}

interface Operation {
  operationId: string;
  tags?: string[];
  summary?: string | undefined;
  responses: Record<string, { description: string; content?: Record<string, object> }>;
  security?: unknown;
  'x-public'?: boolean;
  'x-forms'?: Record<string, object>;
}
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const operations = (document: OpenAPIObject) =>
  Object.values(document.paths).flatMap((item) =>
    METHODS.flatMap((method) => (item[method] ? [item[method] as unknown as Operation] : [])),
  );

/** `/docs` (Swagger UI, the document in JSON and YAML) and `/redoc`. */
export function serveDocs(app: NestFastifyApplication, env: Env) {
  const fastify = app.getHttpAdapter().getInstance();
  serveOnDemand(fastify, { prefix: '/docs' }, async () => {
    @Module({})
    class Docs {}
    const docs = await NestFactory.create<NestFastifyApplication>(Docs, new FastifyAdapter(), { logger: false });
    SwaggerModule.setup('docs', docs, openApi(app, env), {
      jsonDocumentUrl: 'docs/openapi.json',
      yamlDocumentUrl: 'docs/openapi.yaml',
    });
    await docs.init();
    return docs.getHttpAdapter().getInstance();
  });
  serveOnDemand(fastify, { prefix: '/redoc' }, async () => {
    const redoc = fastifyOf();
    const root = path.dirname(require.resolve('redoc/bundles/redoc.standalone.js'));
    await redoc.register(fastifyStatic, {
      root,
      prefix: '/redoc/',
      allowedPath: (file) => file.endsWith('standalone.js'),
    });
    redoc.get('/redoc', (_request, reply) => reply.type('text/html').send(redocPage(env.APP_NAME)));
    return redoc;
  });
}

const redocPage = (title: string) => `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title.replace(/[<&]/g, '')} API</title></head>
  <body style="margin:0"><redoc spec-url="/docs/openapi.json" disable-search></redoc><script src="/redoc/redoc.standalone.js"></script></body>
</html>`;
