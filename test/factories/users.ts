import { randomBytes } from 'node:crypto';
import { DEFAULT_TENANT, type Principal } from 'src/core/context/context';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { UsersService } from 'src/modules/users/users.service';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

export interface TestUser {
  id: string;
  username: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
}

const PASSWORD = 'correct horse battery';
/** Of all in this process: each server would begin another one to hash it. */
let hashed: Promise<string> | undefined;

/** A registered, signed-in user. */
export async function buildUser(app: TestApp, name = 'user'): Promise<TestUser> {
  const username = `${name}_${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.org`;
  const passwordHash = await (hashed ??= app.get(Passwords).hash(PASSWORD));
  const device = { userAgent: 'test', ip: '127.0.0.1' };
  const [id, tokens] = await app.db.tx(async () => {
    const user = await app
      .get(UsersService)
      .create({ email, username, passwordHash, displayName: name, language: null });
    return [user.id, await app.get(SessionsService).open(user, device, 'registered')] as const;
  });
  return { id, username, email, password: PASSWORD, token: tokens.access_token, refreshToken: tokens.refresh_token };
}

/** Somebody who is called so. */
export async function buildNamed(app: TestApp, display_name: string): Promise<TestUser> {
  const user = await buildUser(app, 'somebody');
  await api(app, user).put('/profile', { display_name });
  return user;
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
