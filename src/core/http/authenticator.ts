import type { Principal } from 'src/core/context/context';

/** Proves who holds an access token. `core` asks it at every request and handshake; the auth feature provides it. */
export abstract class Authenticator {
  /** Throws `auth.unauthorized` if the token is not good or its session has ended. */
  abstract authenticate(token: string): Promise<Principal>;
}

/** The token of `Authorization: Bearer <token>`. */
export function bearerToken(header: string | undefined): string | undefined {
  return header && /^Bearer +(\S+) *$/i.exec(header)?.[1];
}
