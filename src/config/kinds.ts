import { z } from 'zod';

// The kinds of settings that there are.

/** `a, b,c` → ['a', 'b', 'c']; empty → []. */
export const parts = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

export const list = (fallback: string) => z.string().default(fallback).transform(parts);

export const flag = (fallback: 'true' | 'false') =>
  z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .default(fallback)
    .transform((text) => text === 'true' || text === '1');

export const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number(`must be a whole number from ${min} to ${max}`).int().min(min).max(max).default(fallback);

/** In bytes, up to what S3 takes in one piece. */
export const fileSize = () => {
  const most = 5_368_709_120;
  return z.coerce.number(`must be a whole number from 1 to ${most}`).int().min(1).max(most);
};

/** A setting that may be left out; an empty value counts as left out. */
export const optional = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined);

/** Agora's app ids and certificates: 32 hex digits. */
export const agoraKey = optional.refine((key) => key === undefined || /^[0-9a-fA-F]{32}$/.test(key), {
  error: 'must be 32 hexadecimal digits',
});

export const url = (...protocols: string[]) =>
  z.url({
    protocol: new RegExp(`^(${protocols.join('|')})$`),
    error: `must be a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`,
  });

/** The same, if it is given. */
export const optionalUrl = (...protocols: string[]) => optional.pipe(url(...protocols).optional());

/** The address of a service that we ask, without a slash at its end. */
export const serviceUrl = (fallback: string) =>
  url('http', 'https')
    .default(fallback)
    .transform((address) => address.replace(/\/+$/, ''));
