import { applyDecorators, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { currentContext } from 'src/core/context/context';
import { Forbidden, Unauthorized } from 'src/core/errors/common.errors';

export const ROLES = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Knows what an account may do now. `core` asks it at every route that needs a role; the users feature provides it. */
export abstract class RoleBook {
  abstract roleOf(userId: string): Promise<Role>;
}

const ALLOWED = 'http:roles';

/** Lets only callers with one of the roles of `@Roles` pass. Roles are not in tokens: one that was taken away ends at once. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly roles: RoleBook,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { user } = currentContext();
    if (!user) throw Unauthorized();
    const allowed = this.reflector.getAllAndOverride<Role[]>(ALLOWED, [execution.getHandler(), execution.getClass()]);
    if (!allowed.includes(await this.roles.roleOf(user.userId))) throw Forbidden();
    return true;
  }
}

/** Closes a route to all but callers with one of the roles; its module must import the one that provides `RoleBook`. */
export const Roles = (...allowed: Role[]) => applyDecorators(SetMetadata(ALLOWED, allowed), UseGuards(RolesGuard));
