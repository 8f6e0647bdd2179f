import fastifyOf, { type FastifyPluginCallback, type FastifyRequest } from 'fastify';
import { onlyFor } from 'src/core/http/only-for';

const isMarked = ({ headers }: FastifyRequest) => headers['x-mark'] !== undefined;

async function serve(plugin: FastifyPluginCallback) {
  const fastify = fastifyOf();
  await fastify.register(onlyFor(isMarked, plugin));
  fastify.get('/', (request) => ({ parsed: 'parsed' in request }));
  return fastify;
}

test.each<[string, FastifyPluginCallback]>([
  [
    'that call back',
    (fastify, _options, done) => {
      fastify.addHook('onRequest', (_request, reply, next) => {
        void reply.header('x-hooked', 'yes');
        next();
      });
      done();
    },
  ],
  [
    'that give promises',
    (fastify, _options, done) => {
      fastify.addHook('onRequest', async (_request, reply) => {
        await Promise.resolve();
        void reply.header('x-hooked', 'yes');
      });
      done();
    },
  ],
])('hooks %s run for the requests that the plugin is for alone', async (_, plugin) => {
  const fastify = await serve(plugin);
  const [marked, other] = [
    await fastify.inject({ url: '/', headers: { 'x-mark': '1' } }),
    await fastify.inject({ url: '/' }),
  ];
  expect([marked.headers['x-hooked'], other.headers['x-hooked']]).toEqual(['yes', undefined]);
  expect(other.statusCode).toBe(200);
});

test('what else the plugin adds is for all', async () => {
  const fastify = await serve((fastify, _options, done) => {
    fastify.decorateRequest('parsed', false);
    done();
  });
  expect((await fastify.inject({ url: '/' })).json()).toEqual({ parsed: true });
});

test('a fault of a hook that gives a promise is the answer', async () => {
  const fastify = await serve((fastify, _options, done) => {
    fastify.addHook('onRequest', () => Promise.reject(new Error('no')));
    done();
  });
  expect((await fastify.inject({ url: '/', headers: { 'x-mark': '1' } })).statusCode).toBe(500);
});
