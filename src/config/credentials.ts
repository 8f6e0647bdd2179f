import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const SMALLEST_RSA_BITS = 2048;

const ServiceAccount = z.object({ project_id: z.string(), client_email: z.string(), private_key: z.string() });
export type ServiceAccount = z.infer<typeof ServiceAccount>;

/** A Firebase service account: its JSON itself, or the path of a file with it. Throws an error that says what is wrong. */
export function readServiceAccount(given: string): ServiceAccount {
  try {
    return ServiceAccount.parse(JSON.parse(given.startsWith('{') ? given : readFileSync(given, 'utf8')));
  } catch {
    throw new Error(
      'must be the JSON of a service account, with project_id, client_email and private_key, or the path of a file with it',
    );
  }
}

/**
 * An RSA key as PEM, in which `\\n` may be written for line breaks, or as the base64 of PEM or DER. Throws an error that says what is
 * wrong.
 */
export function readRsaKey(kind: 'private' | 'public', text: string): KeyObject {
  const key = parseKey(kind, text);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('is not an RSA key');
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < SMALLEST_RSA_BITS)
    throw new Error(`must have at least ${SMALLEST_RSA_BITS} bits`);
  return key;
}

function parseKey(kind: 'private' | 'public', text: string): KeyObject {
  const isPem = (given: string) => given.includes('-----BEGIN');
  const make = kind === 'private' ? createPrivateKey : createPublicKey;
  try {
    if (isPem(text)) return make(text.replaceAll('\\n', '\n'));
    const bytes = Buffer.from(text, 'base64');
    if (isPem(bytes.toString('latin1'))) return make(bytes.toString('latin1'));
    return kind === 'private'
      ? createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
      : createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch {
    throw new Error('must be a key as PEM, or base64 of it');
  }
}
