import { Inject, Injectable } from '@nestjs/common';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { Unauthorized } from 'src/core/errors/common.errors';
import { readJws, signJws } from 'src/modules/auth/jws';
import { SigningKeys } from 'src/modules/auth/signing-keys';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';

const ISSUER = 'muster';
/** RFC 9068: no token of another kind passes for an access token. */
const ACCESS_TOKEN = 'at+jwt';
/** Says that the password was right, and that the second factor is still asked for. */
const CHALLENGE = 'challenge+jwt';
const CHALLENGE_SECONDS = 300;
/** How far the clocks of two nodes may be apart. */
const CLOCK_TOLERANCE_SECONDS = 30;

export interface Claims {
  sub: string;
  sid: string;
  tid: string;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Of our own making, and within its time. */
const AccessClaims = z
  .object({
    iss: z.literal(ISSUER),
    aud: z.literal(ISSUER),
    sub: z.uuid(),
    sid: z.uuid(),
    tid: z.string(),
    iat: z.number(),
    nbf: z.number().optional(),
    exp: z.number(),
  })
  .refine(({ exp }) => nowSeconds() < exp + CLOCK_TOLERANCE_SECONDS)
  .refine(({ iat, nbf = iat }) => nowSeconds() > Math.max(iat, nbf) - CLOCK_TOLERANCE_SECONDS);

export interface Challenged {
  sub: string;
  tid: string;
  /** A fingerprint of the password's hash: when the password changes, the challenge is void. */
  pwd: string;
}
const ChallengeClaims = z
  .object({ iss: z.literal(ISSUER), sub: z.uuid(), tid: z.string(), pwd: z.string(), exp: z.number() })
  .refine(({ exp }) => nowSeconds() < exp);

/** Makes and reads tokens; knows nothing of sessions. */
@Injectable()
export class Tokens {
  readonly accessSeconds: number;

  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly keys: SigningKeys,
  ) {
    this.accessSeconds = env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * 60;
  }

  signAccess({ sub, sid, tid }: Claims): string {
    const iat = nowSeconds();
    const life = { iat, exp: iat + this.accessSeconds, jti: uuid() };
    return signJws(this.keys.signing, ACCESS_TOKEN, { iss: ISSUER, aud: ISSUER, sub, sid, tid, ...life });
  }

  /** Throws `auth.unauthorized` unless it is an access token of ours that is good now. */
  readAccess(token: string): Claims {
    const claims = readJws(this.keys.accepted, ACCESS_TOKEN, AccessClaims, token);
    if (!claims) throw Unauthorized();
    return claims;
  }

  signChallenge({ sub, tid, pwd }: Challenged): { challenge: string; expires_in: number } {
    const exp = nowSeconds() + CHALLENGE_SECONDS;
    const challenge = signJws(this.keys.signing, CHALLENGE, { iss: ISSUER, sub, tid, pwd, exp });
    return { challenge, expires_in: CHALLENGE_SECONDS };
  }

  /** Undefined unless it is a challenge of ours that is good now. */
  readChallenge(token: string): Challenged | undefined {
    return readJws(this.keys.accepted, CHALLENGE, ChallengeClaims, token);
  }

  fingerprint = (passwordHash: string): string => createHash('sha256').update(passwordHash).digest('base64url');

  /** 256 random bits: the first refresh token of a session. */
  newRefresh = (): string => randomBytes(32).toString('base64url');

  /**
   * The one refresh token that follows another, whoever asks and how often: a client that asks twice at once gets the same twice,
   * and a thief's copy stays in the same line, where it is found out.
   */
  nextRefresh = (token: string): string =>
    createHmac('sha256', this.env.JWT_SECRET_KEY).update(`next refresh token:${token}`).digest('base64url');

  hashRefresh = (token: string): Buffer => createHash('sha256').update(token).digest();

  refreshExpiry = (): Date => new Date(Date.now() + this.env.JWT_REFRESH_TOKEN_EXPIRE_DAYS * 86_400_000);
}
