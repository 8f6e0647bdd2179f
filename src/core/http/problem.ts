import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { currentContext } from 'src/core/context/context';
import type { Faults } from 'src/core/errors/faults';
import { z } from 'zod';

/** RFC 9457. `detail` and `message` are the same text, for clients of either habit. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable; what programs should look at.'),
    detail: z.string().describe('In the language of the caller.'),
    message: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
    trace_id: z.string(),
  })
  .meta({
    example: {
      type: 'urn:muster:error:chat.not_found',
      title: 'Not Found',
      status: 404,
      code: 'chat.not_found',
      detail: 'There is no such chat.',
      message: 'There is no such chat.',
      params: {},
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    },
  });

const RETRY_AFTER_SECONDS = 2;

/** Answers a request with the problem document of any error. */
export function sendProblem(reply: FastifyReply, faults: Faults, error: unknown) {
  const { language, traceId } = currentContext();
  const fault = faults.of(error);
  const { code, message, params, errors } = faults.view(fault, language);
  const { status } = fault;
  const wait = params.retry_after ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined);
  if (wait !== undefined) void reply.header('Retry-After', String(wait));
  if (status === 401) void reply.header('WWW-Authenticate', 'Bearer');
  const problem: z.infer<typeof Problem> = {
    type: `urn:muster:error:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: message,
    message,
    params,
    ...(errors && { errors }),
    trace_id: traceId,
  };
  void reply.status(status).type('application/problem+json').send(problem);
}
