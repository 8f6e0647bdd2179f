import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Faults } from 'src/core/errors/faults';
import { sendProblem } from 'src/core/http/problem';

/** Every fault of a request leaves as one problem document. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly faults: Faults) {}

  catch(error: unknown, host: ArgumentsHost) {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!reply.sent) sendProblem(reply, this.faults, error);
  }
}
