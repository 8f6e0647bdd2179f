import type { JoinedCallView } from 'src/modules/calls/calls.dto';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';

/** The same person on another device, signed in there. */
export async function anotherDevice(app: TestApp, user: TestUser): Promise<TestUser> {
  const { body } = await api(app).post('/login', { email: user.email, password: user.password });
  return { ...user, token: body.access_token, refreshToken: body.refresh_token };
}

/** One person, or a chat, is called. */
export const dial = (
  app: TestApp,
  caller: TestUser,
  whom: TestUser | { chat_id: number } | { callee_ids: string[] },
  more: object = {},
): Promise<Reply<JoinedCallView>> =>
  api(app, caller).post('/video-calls/initiate', { ...('id' in whom ? { callee_id: whom.id } : whom), ...more });
