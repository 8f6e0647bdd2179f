import type { FastifyInstance, FastifyReply } from 'fastify';
import { currentContext } from 'src/core/context/context';
import { RateLimited } from 'src/core/errors/common.errors';
import type { Faults } from 'src/core/errors/faults';
import { bearerToken, type Authenticator } from 'src/core/http/authenticator';
import { networkOf } from 'src/core/http/network';
import { sendProblem } from 'src/core/http/problem';

const MINUTE_MS = 60_000;

/**
 * Who is refused time and again, for want of a good token or because there is no such route, has his requests refused unread for the
 * rest of the minute: the guards, which count the others, come only after the body. Each node counts for itself, and asks nobody.
 * Others of his network who have a good token are still let in, and all to the routes that are `free`.
 */
export function limitRefused(
  fastify: FastifyInstance,
  faults: Faults,
  authenticator: Authenticator,
  most: number,
  free: RegExp,
) {
  let refused = new Map<string, number>();
  let until = 0;
  const present = () => {
    if (performance.now() >= until) [refused, until] = [new Map<string, number>(), performance.now() + MINUTE_MS];
    return refused;
  };

  const refuse = (reply: FastifyReply) => {
    void reply.header('connection', 'close'); // what is left of the body is not read
    const wait = Math.max(1, Math.ceil((until - performance.now()) / 1000));
    sendProblem(reply, faults, RateLimited({ limit: most, retry_after: wait }));
  };

  fastify.addHook('onRequest', (request, reply, done) => {
    if (!refused.size || free.test(request.url) || (present().get(networkOf(request.ip)) ?? 0) < most) return done();
    const token = bearerToken(request.headers.authorization);
    if (!token) return refuse(reply);
    authenticator.authenticate(token).then(() => done(), () => refuse(reply)); // oxfmt-ignore
  });

  fastify.addHook('onSend', (request, { statusCode }, _payload, done) => {
    if (statusCode >= 400 && statusCode < 500 && !currentContext().user) {
      const network = networkOf(request.ip);
      present().set(network, (refused.get(network) ?? 0) + 1);
    }
    done();
  });
}
