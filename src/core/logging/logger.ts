import { type LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { redacted } from 'src/core/logging/redact';

/** Readable lines in development, JSON lines elsewhere; each carries the trace, tenant and user it belongs to. */
export function createLogger(env: Pick<Env, 'ENVIRONMENT' | 'LOG_LEVEL'>, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level: env.LOG_LEVEL,
    base: undefined,
    // by a walk over what is logged: pino's own redaction, with paths, takes longer than all else of a request's line
    formatters: { log: redacted },
    serializers: { err: describeError },
    mixin: () => {
      const { traceId, tenantId, user } = currentContext();
      return Number(traceId) === 0 ? {} : { trace_id: traceId, tenant: tenantId, user: user?.userId };
    },
  };
  if (destination) return pino(options, destination);
  if (env.ENVIRONMENT !== 'development') return pino(options, standardOutput());
  const target = {
    target: 'pino-pretty',
    options: { translateTime: 'HH:MM:ss.l', ignore: 'tenant', singleLine: true },
  };
  return pino({ ...options, transport: target });
}

const LARGEST_WRITE = 8192;

let output: DestinationStream | undefined;
/** The process has one, whatever number of servers run in it. */
const standardOutput = () => (output ??= openStandardOutput());

/**
 * Standard output, with one write for all lines of a turn of the event loop: a write takes several times as long as what it writes took
 * to make. What is left when the process ends, be it by a fault, is written then.
 */
function openStandardOutput(): DestinationStream {
  const output = pino.destination({ dest: process.stdout.fd, sync: true });
  let lines = '';
  const write = () => {
    const due = lines;
    lines = '';
    if (due) output.write(due);
  };
  process.once('exit', write);
  return {
    write(line: string) {
      if (!lines) setImmediate(write);
      lines += line;
      if (lines.length > LARGEST_WRITE) write();
    },
  };
}

/** What helps to find the fault, without what it was about: a database error also holds the statement's values. */
function describeError(error: Error & { code?: string }) {
  const { name, message, stack, code, cause } = error;
  return { name, message, stack, code, ...(cause instanceof Error && { cause: cause.message }) };
}

/** Where Nest tells of its own start: of little use, and its faults are told by `startupFault`, in a line. */
const START_UP = new Set([
  'ExceptionHandler',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Lets Nest and every `new Logger(Name)` of ours write through pino. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log = (message: unknown, ...rest: unknown[]) => this.write('info', message, rest);
  error = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
  warn = (message: unknown, ...rest: unknown[]) => this.write('warn', message, rest);
  debug = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]) => this.write('trace', message, rest);
  fatal = (message: unknown, ...rest: unknown[]) => this.write('fatal', message, rest);

  /** Nest calls `(message, …details, room)`; details may be an error, a stack or fields. */
  private write(level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal', message: unknown, rest: unknown[]) {
    const room = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    if (room && START_UP.has(room)) level = 'debug';
    const details = rest.slice(0, room === undefined ? undefined : -1).find((detail) => detail !== undefined);
    const fields: Record<string, unknown> = { room };
    if (details instanceof Error) fields.err = details;
    else if (typeof details === 'string') fields.stack = details;
    else if (details) Object.assign(fields, details);
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') this.logger[level](fields, message);
    else this.logger[level]({ ...fields, details: message });
  }
}
