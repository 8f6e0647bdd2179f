import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

/**
 * Answers what is under `prefix` by a server of its own, which is made when somebody first asks: for pages that few ever see and whose
 * code takes long to load. Our own hooks run for them as for every route; bodies are not passed on.
 */
export function serveOnDemand(
  fastify: FastifyInstance,
  { prefix, methods = ['GET', 'HEAD'] }: { prefix: string; methods?: HTTPMethods[] },
  make: () => Promise<FastifyInstance>,
) {
  let server: Promise<FastifyInstance> | undefined;
  const made = () =>
    (server ??= make().catch((error: unknown) => {
      server = undefined;
      throw error;
    }));
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const method = request.method as 'GET';
    const answer = await (await made()).inject({ method, url: request.url, headers: request.headers });
    if (answer.statusCode === 404) return reply.callNotFound();
    const { connection: _, date: __, ...headers } = answer.headers;
    return reply.status(answer.statusCode).headers(headers).send(answer.rawPayload);
  };
  for (const url of [prefix, `${prefix}/*`]) fastify.route({ method: methods, url, handler });
}
