import { applyDecorators, createParamDecorator, HttpCode, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { currentContext, type Principal } from 'src/core/context/context';
import { Unauthorized } from 'src/core/errors/common.errors';
import { ApiConsumes, ApiExtension, ApiForms, ApiResponse } from 'src/core/http/api-docs';
import type { z } from 'zod';

export const PUBLIC = 'http:public';
/** Opens a route to callers without an access token. Without it every route asks for one. */
export const Public = () => applyDecorators(SetMetadata(PUBLIC, true), ApiExtension('x-public', true));

/** The caller, whose access token has been checked. */
export const CurrentUser = createParamDecorator((): Principal => {
  const { user } = currentContext();
  if (!user) throw Unauthorized();
  return user;
});

export const RATE_LIMIT = 'http:rate-limit';
export interface RateLimitRule {
  /** Names the limit in Redis; routes with the same name share it. */
  name: string;
  points: number;
  seconds: number;
}
export const UNLIMITED = 'http:unlimited';
/** For who watches us: asked as often as he likes, and answered without Redis. */
export const Unlimited = () => SetMetadata(UNLIMITED, true);

/** A limit for each address on top of the general one, for routes worth attacking. */
export const RateLimit = (rule: RateLimitRule) => SetMetadata(RATE_LIMIT, rule);

/** The status and the view of a route's success, for the answer and for OpenAPI; more than one where the route says which it is. */
export const Returns = (status: 200 | 201 | [201, 200], view: z.ZodType, description: string) => {
  const statuses = [status].flat();
  const documented = statuses.map((one) => ApiResponse({ status: one, description, standardSchema: view }));
  return applyDecorators(HttpCode(statuses[0]!), ...documented);
};

/** What the route's success may be beside JSON, by media type, for OpenAPI alone: what the schema says of it, and its example. */
export const MayReturn = (forms: Record<string, z.ZodType>) => ApiForms(forms);

/** A success without a body. */
export const ReturnsNothing = (description: string) =>
  applyDecorators(HttpCode(204), ApiResponse({ status: 204, description }));

/** A body other than JSON, which the route reads as a stream; elsewhere such a body is refused with 415. */
export const Takes = (mediaType: 'multipart/form-data' | 'application/octet-stream') =>
  applyDecorators(RouteConfig({ takes: mediaType }), ApiConsumes(mediaType));
