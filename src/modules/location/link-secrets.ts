import { createHash, randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const scrypt = promisify<string, Buffer, number, Buffer>(scryptCallback);
const KEY_BYTES = 32;

/** 192 random bits: nobody guesses one. */
export const newToken = (): string => randomBytes(24).toString('base64url');

/** What is kept of a token; a random one needs no salt. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** What is kept of a link's password: salt and scrypt of it, in libuv's threads. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await scrypt(password.normalize('NFKC'), salt, KEY_BYTES);
  return `${salt.toString('base64url')}.${key.toString('base64url')}`;
}

export async function matchesPassword(password: string, hash: string): Promise<boolean> {
  const [salt, key] = hash.split('.').map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer];
  return timingSafeEqual(key, await scrypt(password.normalize('NFKC'), salt, KEY_BYTES));
}
