import type { FastifyInstance } from 'fastify';
import { RequestTooSlow } from 'src/core/errors/common.errors';
import type { Faults } from 'src/core/errors/faults';
import { sendProblem } from 'src/core/http/problem';

/** How long the rest of a body that nobody wants any more may come: so that its sender hears why. */
const REST_MS = 30_000;

/**
 * Ends requests whose bodies come too slowly. Node knows one limit for all (`requestTimeout`), which must let a large file over a slow
 * line pass: routes that take files keep it, all others have `patienceMs`. Headers have Node's own limit, which is shorter.
 */
export function endSlowBodies(fastify: FastifyInstance, faults: Faults, patienceMs: number) {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const hasBody = Number(raw.headers['content-length'] ?? 0) > 0 || raw.headers['transfer-encoding'] !== undefined;
    if (!hasBody) return done();
    const { takes } = request.routeOptions.config as { takes?: string };
    const late = takes ? undefined : setTimeout(refuse, patienceMs).unref();
    let rest: NodeJS.Timeout | undefined;
    reply.raw.once('finish', () => {
      if (!raw.complete) rest = setTimeout(() => raw.destroy(), REST_MS).unref();
    });
    raw.once('end', () => clearTimeout(late));
    raw.once('close', () => [late, rest].forEach((timer) => clearTimeout(timer)));
    done();

    function refuse() {
      if (reply.sent) return;
      reply.raw.once('finish', () => raw.destroy());
      void reply.header('Connection', 'close');
      sendProblem(reply, faults, RequestTooSlow());
    }
  });
}
