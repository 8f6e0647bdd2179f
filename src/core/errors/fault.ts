import { HttpException } from '@nestjs/common';
import { AppError } from 'src/core/errors/app-error';
import {
  Forbidden,
  Internal,
  MalformedRequest,
  MethodNotAllowed,
  PayloadTooLarge,
  RouteNotFound,
  Unauthorized,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed,
} from 'src/core/errors/common.errors';

/** What PostgreSQL says when it is not there, is going away, has no room, only reads, or took too long; FATAL ends the connection, whatever the reason. */
const DATABASE_AWAY = /^(08...|25006|53...|57P0.|57014|55P03|25P03)$/;
const NETWORK_AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);
const AWAY_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'connection error and is not queryable',
  'Command timed out',
  'Connection is closed',
  "Stream isn't writeable",
  'max retries per request',
  'Too many Cluster redirections',
  "Cluster isn't ready",
  'Cluster is ended',
  'None of startup nodes is available',
  'too many writes are waiting',
];
/** What Redis says when it is full, is being replaced, or has only begun. */
const REDIS_AWAY = /^(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MISCONF|BUSY) /;
/** Text that PostgreSQL cannot keep, and numbers that its types cannot hold. */
const DATA_REFUSED = /^22(021|P05|003|P02)$/;

/** What a caller may learn of any error: an `AppError` as it is, a known kind as its code, anything else as `internal`. */
export function faultOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const {
    code = '',
    message = '',
    severity,
    statusCode,
  } = error as Partial<Record<'code' | 'message' | 'severity', string>> & {
    statusCode?: number;
  };
  if (error instanceof HttpException) return ofStatus(error.getStatus());
  if (severity === 'FATAL' || DATABASE_AWAY.test(code) || NETWORK_AWAY.has(code)) return Unavailable();
  if (REDIS_AWAY.test(message) || AWAY_MESSAGES.some((away) => message.includes(away))) return Unavailable();
  if (DATA_REFUSED.test(code)) return ValidationFailed();
  return ofStatus(statusCode);
}

function ofStatus(status: number | undefined): AppError {
  switch (status) {
    case 400:
      return MalformedRequest();
    case 401:
      return Unauthorized();
    case 403:
      return Forbidden();
    case 404:
      return RouteNotFound();
    case 405:
      return MethodNotAllowed();
    case 413:
      return PayloadTooLarge();
    case 415:
      return UnsupportedMediaType();
    case 503:
      return Unavailable();
    default:
      return status !== undefined && status >= 400 && status < 500 ? MalformedRequest() : Internal();
  }
}
