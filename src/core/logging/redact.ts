/** Keys, in lower case, whose values never reach a log. */
const SECRETS = new Set([
  ...['password', 'new_password', 'current_password', 'old_password', 'password_hash', 'passwordhash'],
  ...['token', 'access_token', 'refresh_token', 'reset_token', 'authorization', 'cookie', 'set-cookie'],
  ...['code', 'verification_code', 'challenge', 'secret', 'otpauth_url', 'recovery_code', 'recovery_codes'],
  ...['jwt_secret_key', 'jwt_private_key', 'aws_secret_access_key', 'database_url', 'redis_url', 'smtp_url'],
]);
const DEEPEST = 8;

/**
 * What is logged, without the values of secret keys, however deep they stand. Errors have a serializer of their own. Most of what is
 * logged is flat and has nothing to hide: that stays as it is.
 */
export const redacted = (fields: Record<string, unknown>, depth = 0): Record<string, unknown> =>
  isHarmless(fields)
    ? fields
    : Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [key, isSecret(key) ? '[secret]' : inside(value, depth + 1)]),
      );

const isSecret = (key: string) => SECRETS.has(key.toLowerCase());

function isHarmless(fields: Record<string, unknown>): boolean {
  for (const key in fields) if (hasInside(fields[key]) || isSecret(key)) return false;
  return true;
}

const hasInside = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Error || value instanceof Date);

function inside(value: unknown, depth: number): unknown {
  if (!hasInside(value)) return value;
  if (depth > DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => inside(item, depth + 1));
  return redacted(value as Record<string, unknown>, depth);
}
