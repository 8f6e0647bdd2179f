import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { createHash, randomBytes } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { Unauthorized } from 'src/core/errors/common.errors';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';

const ISSUER = 'muster';
/** RFC 9068: no token of another kind passes for an access token. */
const ACCESS_TOKEN = 'at+jwt';
const CLOCK_TOLERANCE_SECONDS = 30;

const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), tid: z.string() });
export type Claims = z.infer<typeof Claims>;

/** Makes and reads tokens; knows nothing of sessions. */
@Injectable()
export class Tokens {
  readonly accessSeconds: number;

  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly jwt: JwtService,
  ) {
    this.accessSeconds = env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * 60;
  }

  signAccess(claims: Claims): Promise<string> {
    return this.jwt.signAsync(claims, {
      secret: this.env.JWT_SECRET_KEY,
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: ACCESS_TOKEN },
      issuer: ISSUER,
      audience: ISSUER,
      expiresIn: this.accessSeconds,
      jwtid: uuid(),
    });
  }

  /** Throws `auth.unauthorized` unless it is an access token of ours that has not expired. */
  async readAccess(token: string): Promise<Claims> {
    try {
      const { header, payload } = await this.jwt.verifyAsync<{ header: { typ?: string }; payload: unknown }>(token, {
        secret: this.env.JWT_SECRET_KEY,
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: ISSUER,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        complete: true,
      });
      if (header.typ === ACCESS_TOKEN) return Claims.parse(payload);
    } catch {
      // whatever is wrong with it, the caller learns only that it is not good
    }
    throw Unauthorized();
  }

  /** 256 random bits. */
  newRefresh = (): string => randomBytes(32).toString('base64url');

  hashRefresh = (token: string): Buffer => createHash('sha256').update(token).digest();

  refreshExpiry = (): Date => new Date(Date.now() + this.env.JWT_REFRESH_TOKEN_EXPIRE_DAYS * 86_400_000);
}
