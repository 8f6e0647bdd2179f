import { defineError } from 'src/core/errors/app-error';

export const MalformedRequest = defineError('request.malformed', 400);
export const ValidationFailed = defineError('validation.failed', 422);
export const Unauthorized = defineError('auth.unauthorized', 401);
export const Forbidden = defineError('auth.forbidden', 403);
export const RouteNotFound = defineError('route.not_found', 404);
export const MethodNotAllowed = defineError('route.method_not_allowed', 405);
/** Its body has not come in time. */
export const RequestTooSlow = defineError('request.too_slow', 408);
export const PayloadTooLarge = defineError('request.too_large', 413);
/** `limit` files at most. */
export const TooManyFiles = defineError('request.too_many_files', 413);
export const UnsupportedMediaType = defineError('request.unsupported_media_type', 415);
export const HostNotAllowed = defineError('request.host_not_allowed', 421);
export const IdempotencyMismatch = defineError('idempotency.mismatch', 422);
export const RateLimited = defineError('rate_limit.exceeded', 429);
export const UnknownRequest = defineError('socket.unknown_request', 404);
export const Internal = defineError('internal', 500);
/** A part that Muster needs (the database, Redis) does not answer; trying again later is right. */
export const Unavailable = defineError('unavailable', 503);
export const ShuttingDown = defineError('shutting_down', 503);
export const LanguageNotSupported = defineError('user.language_not_supported', 422);
