import { Inject, Injectable } from '@nestjs/common';
import { createHash, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readRsaKey } from 'src/config/credentials';
import { ENV, type Env } from 'src/config/env';

type Settings = Pick<Env, 'JWT_ALGORITHM' | 'JWT_SECRET_KEY' | 'JWT_PRIVATE_KEY' | 'JWT_PREVIOUS_PUBLIC_KEYS'>;

/** Checks tokens, by its own algorithm. */
export interface VerifyingKey {
  algorithm: Settings['JWT_ALGORITHM'];
  /** Names the key in tokens; a shared secret has no name. */
  kid?: string;
  publicKey: KeyObject;
}

export interface SigningKey extends VerifyingKey {
  privateKey: KeyObject;
}

export interface PublicJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: 'sig';
}

/** The key that signs tokens, and all keys whose tokens are good: its own and the public ones of keys that signed before it. */
@Injectable()
export class SigningKeys {
  readonly signing: SigningKey;
  readonly accepted: VerifyingKey[];
  /** What others need to check our tokens; a shared secret is not shown. */
  readonly published: PublicJwk[];

  constructor(@Inject(ENV) env: Settings) {
    if (env.JWT_ALGORITHM === 'HS256') {
      const secret = createSecretKey(Buffer.from(env.JWT_SECRET_KEY));
      this.signing = { algorithm: 'HS256', privateKey: secret, publicKey: secret };
      [this.accepted, this.published] = [[this.signing], []];
      return;
    }
    const secret = readRsaKey('private', env.JWT_PRIVATE_KEY ?? '');
    const current = publicKey(createPublicKey(secret));
    const previous = env.JWT_PREVIOUS_PUBLIC_KEYS.map((text) => publicKey(readRsaKey('public', text)));
    this.signing = { ...current.key, privateKey: secret };
    this.accepted = [this.signing, ...previous.map(({ key }) => key)];
    this.published = [current, ...previous].map(({ jwk }) => jwk);
  }
}

function publicKey(key: KeyObject): { key: VerifyingKey; jwk: PublicJwk } {
  const { kty, n, e } = key.export({ format: 'jwk' });
  // RFC 7638: the members that make the key, in alphabetic order
  const members = { e, kty, n };
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return { key: { algorithm: 'RS256', kid, publicKey: key }, jwk: { ...members, kid, alg: 'RS256', use: 'sig' } };
}
