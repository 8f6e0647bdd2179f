import type { Env } from 'src/config/env';

/** May a page of this origin call us from a browser? Our own pages may; callers that are not browsers send no origin. */
export function allowsOrigin(
  { ALLOWED_ORIGINS }: Pick<Env, 'ALLOWED_ORIGINS'>,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined || ALLOWED_ORIGINS.includes('*') || ALLOWED_ORIGINS.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Is this the name of a host that we answer for? The port does not count. */
export function allowsHost({ TRUSTED_HOSTS }: Pick<Env, 'TRUSTED_HOSTS'>, host: string | undefined): boolean {
  if (TRUSTED_HOSTS.includes('*')) return true;
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  return name !== undefined && TRUSTED_HOSTS.includes(name);
}
