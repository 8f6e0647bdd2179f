import { Inject, Injectable } from '@nestjs/common';
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign,
  timingSafeEqual,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { ENV, InvalidEnvironment, type Env } from 'src/config/env';
import type { JwsKey, SigningKey } from 'src/modules/auth/jws';

type Settings = Pick<Env, 'JWT_ALGORITHM' | 'JWT_SECRET_KEY' | 'JWT_PRIVATE_KEY' | 'JWT_PREVIOUS_PUBLIC_KEYS'>;

/** What may sign, and what its key must be. */
const KINDS = { RS256: { type: 'rsa', digest: 'sha256' }, EdDSA: { type: 'ed25519', digest: null } } as const;
type Asymmetric = keyof typeof KINDS;
const SMALLEST_RSA_BITS = 2048;

export interface PublicJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: 'sig';
}

/** The key that signs tokens, and all keys whose tokens are good: its own and the public ones of keys that signed before it. */
@Injectable()
export class SigningKeys {
  readonly signing: SigningKey;
  readonly accepted: JwsKey[];
  /** What others need to check our tokens; a shared secret is not shown. */
  readonly published: PublicJwk[];

  /** Throws `InvalidEnvironment` for keys that cannot be used. */
  constructor(@Inject(ENV) env: Settings) {
    if (env.JWT_ALGORITHM === 'HS256') {
      this.signing = secretKey(env.JWT_SECRET_KEY);
      [this.accepted, this.published] = [[this.signing], []];
      return;
    }
    const algorithm = env.JWT_ALGORITHM;
    const secret = readKey('JWT_PRIVATE_KEY', env.JWT_PRIVATE_KEY ?? '', createPrivateKey);
    requireKind('JWT_PRIVATE_KEY', secret, [algorithm]);
    const current = publicKey(createPublicKey(secret), algorithm);
    const previous = env.JWT_PREVIOUS_PUBLIC_KEYS.map((text) => {
      const key = readKey('JWT_PREVIOUS_PUBLIC_KEYS', text, createPublicKey);
      return publicKey(key, requireKind('JWT_PREVIOUS_PUBLIC_KEYS', key, ['RS256', 'EdDSA']));
    });
    this.signing = { ...current.key, sign: (data) => sign(KINDS[algorithm].digest, data, secret) };
    this.accepted = [this.signing, ...previous.map(({ key }) => key)];
    this.published = [current, ...previous].map(({ jwk }) => jwk);
  }
}

function secretKey(secret: string): SigningKey {
  const mac = (data: Buffer) => createHmac('sha256', secret).update(data).digest();
  const same = (data: Buffer, signature: Buffer) => signature.length === 32 && timingSafeEqual(mac(data), signature);
  return { algorithm: 'HS256', sign: mac, verify: same };
}

function publicKey(key: KeyObject, algorithm: Asymmetric): { key: JwsKey; jwk: PublicJwk } {
  const { kty, crv, x, n, e } = key.export({ format: 'jwk' });
  // RFC 7638: the members that make the key, in alphabetic order
  const members = algorithm === 'EdDSA' ? { crv, kty, x } : { e, kty, n };
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  const { digest } = KINDS[algorithm];
  return {
    key: { algorithm, kid, verify: (data, signature) => verify(digest, data, key, signature) },
    jwk: { ...members, kid, alg: algorithm, use: 'sig' },
  };
}

/** A key as PEM, in which `\n` may be written for line breaks, or as the base64 of PEM or DER. */
function readKey(setting: string, text: string, make: (key: never) => KeyObject): KeyObject {
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

/** The algorithm that the key is for. */
function requireKind(setting: string, key: KeyObject, allowed: Asymmetric[]): Asymmetric {
  const kind = allowed.find((one) => KINDS[one].type === key.asymmetricKeyType);
  if (!kind) throw new InvalidEnvironment([`${setting}: is not a key for ${allowed.join(' or ')}`]);
  if (kind === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < SMALLEST_RSA_BITS)
    throw new InvalidEnvironment([`${setting}: must have at least ${SMALLEST_RSA_BITS} bits`]);
  return kind;
}
