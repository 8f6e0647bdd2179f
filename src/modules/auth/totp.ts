import { createHmac, timingSafeEqual } from 'node:crypto';

const STEP_SECONDS = 30;
const DIGITS = 6;
/** Steps that a phone's clock may be before or behind ours. */
const DRIFT = 1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The number of the current step (RFC 6238). */
export const stepAt = (milliseconds: number): number => Math.floor(milliseconds / 1000 / STEP_SECONDS);

/** The code of a step (RFC 4226, with SHA-1, which is what authenticator apps know). */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1)! & 0xf) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The step whose code it is, around now and after `lastUsed`: a code is good once. */
export function matchingStep(secret: Buffer, code: string, now: number, lastUsed: number): number | undefined {
  const steps = Array.from({ length: 2 * DRIFT + 1 }, (_, index) => stepAt(now) - DRIFT + index);
  const given = Buffer.from(code);
  return steps.find((step) => {
    const wanted = Buffer.from(totpCode(secret, step));
    return step > lastUsed && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** RFC 4648, without padding. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** What an authenticator app reads from a QR code. */
export function otpauthUrl(issuer: string, account: string, secret: Buffer): string {
  const query = new URLSearchParams({ secret: base32(secret), issuer, digits: `${DIGITS}`, period: `${STEP_SECONDS}` });
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?${query.toString().replaceAll('+', '%20')}`;
}
