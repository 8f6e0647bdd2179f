import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { Unauthorized } from 'src/core/errors/common.errors';
import { SigningKeys, type SigningKey, type VerifyingKey } from 'src/modules/auth/signing-keys';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';

const ISSUER = 'muster';
/** RFC 9068: no token of another kind passes for an access token. */
const ACCESS_TOKEN = 'at+jwt';
/** Says that the password was right, and that the second factor is still asked for. */
const CHALLENGE = 'challenge+jwt';
const CHALLENGE_SECONDS = 300;
const LONGEST = 4096;
/** Characters of a signature. */
const END = 32;
/** Some hundred bytes each. */
const REMEMBERED = 10_000;
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
  .refine((claims) => isTimely(claims));

const isTimely = ({ exp, iat, nbf = iat }: { exp: number; iat: number; nbf?: number | undefined }) =>
  nowSeconds() < exp + CLOCK_TOLERANCE_SECONDS && nowSeconds() > Math.max(iat, nbf) - CLOCK_TOLERANCE_SECONDS;

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
  private readonly header: { alg: string; kid?: string };
  private readonly signer: JwtService;
  /**
   * Access tokens whose signature was found good, newest last: a client shows the same one many times. Time is looked at each time. By
   * their ends, of which a `Map` is told in half the time that it takes for all of a token.
   */
  private readonly checked = new Map<string, { token: string; claims: z.infer<typeof AccessClaims> }>();
  /** By the name of the key. */
  private readonly checkers: Map<unknown, JwtService>;

  constructor(
    @Inject(ENV) private readonly env: Env,
    keys: SigningKeys,
  ) {
    const { algorithm: alg, kid } = keys.signing;
    this.header = { alg, kid };
    this.signer = signerBy(keys.signing);
    this.checkers = new Map(keys.accepted.map((key) => [key.kid, checkerBy(key)]));
    this.accessSeconds = env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * 60;
  }

  signAccess({ sub, sid, tid }: Claims): string {
    const iat = nowSeconds();
    const life = { iat, exp: iat + this.accessSeconds, jti: uuid() };
    return this.sign(ACCESS_TOKEN, { iss: ISSUER, aud: ISSUER, sub, sid, tid, ...life });
  }

  /** Throws `auth.unauthorized` unless it is an access token of ours that is good now. */
  readAccess(token: string): Claims {
    const end = token.slice(-END);
    const known = this.checked.get(end);
    if (known?.token === token && isTimely(known.claims)) return known.claims;
    const claims = this.read(ACCESS_TOKEN, AccessClaims, token);
    if (!claims) throw Unauthorized();
    const { value: oldest } = this.checked.keys().next();
    if (oldest !== undefined && this.checked.size >= REMEMBERED) this.checked.delete(oldest);
    this.checked.set(end, { token, claims });
    return claims;
  }

  signChallenge({ sub, tid, pwd }: Challenged): { challenge: string; expires_in: number } {
    const exp = nowSeconds() + CHALLENGE_SECONDS;
    const challenge = this.sign(CHALLENGE, { iss: ISSUER, sub, tid, pwd, exp });
    return { challenge, expires_in: CHALLENGE_SECONDS };
  }

  /** Undefined unless it is a challenge of ours that is good now. */
  readChallenge(token: string): Challenged | undefined {
    return this.read(CHALLENGE, ChallengeClaims, token);
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

  /** `typ` says what kind of token it is, so that none passes for another. */
  private sign(typ: string, claims: object): string {
    return this.signer.sign(claims, { header: { ...this.header, typ } });
  }

  /**
   * The claims, if the key that the token names signed it as one of this kind and they are what `schema` wants, which also looks at
   * the times; else undefined. The algorithm is the key's, never what a token says of itself (RFC 8725).
   */
  private read<S extends z.ZodType>(typ: string, schema: S, token: string): z.infer<S> | undefined {
    if (token.length > LONGEST) return undefined;
    try {
      const stated = headerOf(token);
      const checker = this.checkers.get(stated.kid);
      if (!checker || stated.typ !== typ || stated.crit !== undefined) return undefined;
      return schema.safeParse(checker.verify(token)).data;
    } catch {
      return undefined; // whatever is wrong with it, it is not good
    }
  }
}

interface JwtHeader {
  typ?: unknown;
  kid?: unknown;
  crit?: unknown;
}

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()) as JwtHeader;

const signerBy = ({ algorithm, privateKey }: SigningKey) => new JwtService({ privateKey, signOptions: { algorithm } });

const checkerBy = ({ algorithm, publicKey }: VerifyingKey) =>
  // the schemas look at the times
  new JwtService({
    publicKey,
    verifyOptions: { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true },
  });
