import type { z } from 'zod';

/** Signs and checks by one algorithm, which is the key's and never what a token says of itself (RFC 8725). */
export interface JwsKey {
  algorithm: string;
  /** Names the key in tokens; a shared secret has no name. */
  kid?: string;
  verify: (data: Buffer, signature: Buffer) => boolean;
}

export interface SigningKey extends JwsKey {
  sign: (data: Buffer) => Buffer;
}

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
const LONGEST = 4096;

/** A compact JWS (RFC 7515). `typ` says what kind of token it is, so that none passes for another. */
export function signJws(key: SigningKey, typ: string, claims: object): string {
  const signed = `${encode({ alg: key.algorithm, typ, kid: key.kid })}.${encode(claims)}`;
  return `${signed}.${key.sign(Buffer.from(signed)).toString('base64url')}`;
}

/** The claims, if one of the keys signed the token as one of this kind and they are what `schema` wants; else undefined. */
export function readJws<S extends z.ZodType>(
  keys: JwsKey[],
  typ: string,
  schema: S,
  token: string,
): z.infer<S> | undefined {
  const [header, claims, signature, ...rest] = token.split('.');
  if (token.length > LONGEST || !header || !claims || !signature || rest.length) return undefined;
  try {
    const stated = decode(header) as { alg?: unknown; typ?: unknown; kid?: unknown; crit?: unknown };
    const key = keys.find(({ kid, algorithm }) => kid === stated.kid && algorithm === stated.alg);
    if (!key || stated.typ !== typ || stated.crit !== undefined) return undefined;
    const given = Buffer.from(signature, 'base64url');
    if (!key.verify(Buffer.from(`${header}.${claims}`), given)) return undefined;
    return schema.safeParse(decode(claims)).data;
  } catch {
    return undefined; // whatever is wrong with it, it is not good
  }
}
