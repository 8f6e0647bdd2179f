import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => Promise<unknown> | void;

/**
 * A Fastify plugin whose hooks run only for the requests that it is for. It would have them run for each, where what they find out, that
 * there is nothing for them to do, takes longer than to answer.
 */
export function onlyFor<Options extends object>(
  isFor: (request: FastifyRequest) => boolean,
  plugin: FastifyPluginCallback<Options>,
): FastifyPluginCallback<Options> {
  const choosy: FastifyPluginCallback<Options> = (fastify, options, done) =>
    plugin(Object.create(fastify, { addHook: { value: addHook(fastify, isFor) } }) as FastifyInstance, options, done);
  // as `fastify-plugin` says it: what it adds is for all routes
  return Object.assign(choosy, { [Symbol.for('skip-override')]: true });
}

const addHook =
  (fastify: FastifyInstance, isFor: (request: FastifyRequest) => boolean) =>
  (name: 'onRequest' | 'onResponse', hook: Hook) => {
    const callsBack = hook.length === 3;
    fastify.addHook(name, (request: FastifyRequest, reply: FastifyReply, done: Done) => {
      if (!isFor(request)) return done();
      const work = hook.call(fastify, request, reply, done);
      if (!callsBack) void Promise.resolve(work).then(() => done(), done);
    });
  };
