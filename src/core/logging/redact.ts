/** Keys, in lower case, whose values never reach a log. */
const SECRETS = new Set([
  ...['password', 'new_password', 'current_password', 'old_password', 'password_hash', 'passwordhash'],
  ...['token', 'access_token', 'refresh_token', 'reset_token', 'authorization', 'cookie', 'set-cookie'],
  ...['code', 'verification_code', 'challenge', 'secret', 'otpauth_url', 'recovery_code', 'recovery_codes'],
  ...['jwt_secret_key', 'jwt_private_key', 'aws_secret_access_key', 'database_url', 'redis_url', 'smtp_url'],
]);
const DEEPEST = 8;

/** What is logged, without the values of secret keys, however deep they stand. Errors have a serializer of their own. */
export const redacted = (fields: Record<string, unknown>, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      SECRETS.has(key.toLowerCase()) ? '[secret]' : inside(value, depth + 1),
    ]),
  );

function inside(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth > DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => inside(item, depth + 1));
  return redacted(value as Record<string, unknown>, depth);
}
