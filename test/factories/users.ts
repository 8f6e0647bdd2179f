import { randomBytes } from 'node:crypto';
import { DEFAULT_TENANT, type Principal } from 'src/core/context/context';
import { SignUpService } from 'src/modules/auth/sign-up.service';
import type { TestApp } from 'test/support/boot';

export interface TestUser {
  id: string;
  username: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
}

/** A registered, signed-in user. */
export async function buildUser(app: TestApp, name = 'user'): Promise<TestUser> {
  const username = `${name}_${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.org`;
  const password = 'correct horse battery';
  const device = { userAgent: 'test', ip: '127.0.0.1' };
  const { user, tokens } = await app
    .get(SignUpService)
    .register({ username, email, password, display_name: name }, device);
  return { id: user.id, username, email, password, token: tokens.access_token, refreshToken: tokens.refresh_token };
}

/** As many as there are names, in their order. */
export const buildUsers = <Names extends string[]>(app: TestApp, ...names: Names) =>
  Promise.all(names.map((name) => buildUser(app, name))) as Promise<{ [Index in keyof Names]: TestUser }>;

/** For calling services as a user. */
export const principalOf = ({ id }: TestUser): Principal => ({
  userId: id,
  sessionId: '00000000-0000-7000-8000-000000000000',
  tenantId: DEFAULT_TENANT,
  language: null,
});
