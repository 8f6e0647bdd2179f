import { Inject, Injectable } from '@nestjs/common';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { ENV, InvalidEnvironment, type Env } from 'src/config/env';

type Settings = Pick<Env, 'JWT_ALGORITHM' | 'JWT_SECRET_KEY' | 'JWT_PRIVATE_KEY' | 'JWT_PREVIOUS_PUBLIC_KEYS'>;

const SMALLEST_RSA_BITS = 2048;

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

  /** Throws `InvalidEnvironment` for keys that cannot be used. */
  constructor(@Inject(ENV) env: Settings) {
    if (env.JWT_ALGORITHM === 'HS256') {
      const secret = createSecretKey(Buffer.from(env.JWT_SECRET_KEY));
      this.signing = { algorithm: 'HS256', privateKey: secret, publicKey: secret };
      [this.accepted, this.published] = [[this.signing], []];
      return;
    }
    const secret = readKey('JWT_PRIVATE_KEY', env.JWT_PRIVATE_KEY ?? '', createPrivateKey);
    const current = publicKey(createPublicKey(secret));
    const previous = env.JWT_PREVIOUS_PUBLIC_KEYS.map((text) =>
      publicKey(readKey('JWT_PREVIOUS_PUBLIC_KEYS', text, createPublicKey)),
    );
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

/** An RSA key as PEM, in which `\\n` may be written for line breaks, or as the base64 of PEM or DER. */
function readKey(setting: string, text: string, make: (key: never) => KeyObject): KeyObject {
  const key = parseKey(setting, text, make);
  if (key.asymmetricKeyType !== 'rsa') throw new InvalidEnvironment([`${setting}: is not an RSA key`]);
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < SMALLEST_RSA_BITS)
    throw new InvalidEnvironment([`${setting}: must have at least ${SMALLEST_RSA_BITS} bits`]);
  return key;
}

function parseKey(setting: string, text: string, make: (key: never) => KeyObject): KeyObject {
  const isPem = (given: string) => given.includes('-----BEGIN');
  try {
    if (isPem(text)) return make(text.replaceAll('\\n', '\n') as never);
    const bytes = Buffer.from(text, 'base64');
    if (isPem(bytes.toString('latin1'))) return make(bytes.toString('latin1') as never);
    return make({ key: bytes, format: 'der', type: make === createPrivateKey ? 'pkcs8' : 'spki' } as never);
  } catch {
    throw new InvalidEnvironment([`${setting}: must be a key as PEM, or base64 of it`]);
  }
}
