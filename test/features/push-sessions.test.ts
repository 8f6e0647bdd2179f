import { randomBytes } from 'node:crypto';
import { PushService } from 'src/modules/push/push.service';
import { buildNote } from 'test/factories/notes';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { LATER, watchPushes, work } from 'test/support/pushed';

/** No worker runs: what workers do is done here, when the test wants it. */
let app: TestApp;
let pushes: ReturnType<typeof watchPushes>;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
});
afterAll(() => app.close());
beforeEach(() => (pushes = watchPushes(app)));
afterEach(() => jest.restoreAllMocks());

const TOKENS = '/push-notifications/device-tokens';
const newToken = () => `fcm:${randomBytes(12).toString('hex')}`;
const register = async (user: { token: string }, token = newToken()) => {
  const { status, body } = await api(app, user).post(TOKENS, { token, device_type: 'android' });
  expect(status).toBe(201);
  return body as { id: number; token: string };
};
const signIn = async ({ email, password }: TestUser) => {
  const { body } = await api(app).post('/login', { email, password });
  return { token: body.access_token as string, refreshToken: body.refresh_token as string };
};
const tokensOf = async (user: TestUser): Promise<string[]> =>
  (await api(app, user).get(TOKENS)).body.items.map(({ token }: { token: string }) => token);
const tell = async (user: TestUser) => {
  await app.get(PushService).notify([buildNote(user)]);
  await work(app, /^push\./);
};

test('a phone that is signed out from elsewhere gets no pushes, before and after it is forgotten; the others do', async () => {
  const ana = await buildUser(app, 'ana');
  const own = await register(ana);
  const lost = await signIn(ana);
  const phone = await register(lost);
  pushes.answer(phone.token, LATER);
  await tell(ana);
  expect(pushes.shown(phone.token)).toHaveLength(1);
  expect((await api(app, ana).delete('/sessions')).status).toBe(204);
  await tell(ana);
  expect([own, phone].map(({ token }) => pushes.shown(token).length)).toEqual([2, 1]);
  await work(app, /forgetDevices/);
  expect(await tokensOf(ana)).toEqual([own.token]);
});

test('who signs out and in again on a phone gets pushes there, as does who refreshes his tokens', async () => {
  const ana = await buildUser(app, 'ana');
  const first = await signIn(ana);
  const { token } = await register(first);
  expect((await api(app, first).post('/logout')).status).toBe(204);
  await register(await signIn(ana), token);
  await work(app, /forgetDevices/);
  const { id } = await register(ana);
  expect((await api(app).post('/refresh-token', { refresh_token: ana.refreshToken })).status).toBe(200);
  await tell(ana);
  expect(pushes.shown(token)).toHaveLength(1);
  expect(await tokensOf(ana)).toHaveLength(2);

  // what a device says of itself by its token binds it too, what another says of it does not
  const other = await signIn(ana);
  await api(app, other).put(`${TOKENS}/${id}`, { device_name: 'Phone' });
  await api(app, other).post('/logout');
  await work(app, /forgetDevices/);
  expect(await tokensOf(ana)).toHaveLength(2);
  const moved = await signIn(ana);
  await api(app, moved).put(`${TOKENS}/${id}`, { token: newToken() });
  await api(app, moved).post('/logout');
  await work(app, /forgetDevices/);
  expect(await tokensOf(ana)).toEqual([token]);
});

test('devices that were registered before sessions were kept get pushes as they did', async () => {
  const ana = await buildUser(app, 'ana');
  const old = await register(await signIn(ana));
  await app.db.query('UPDATE device_tokens SET session_id = NULL WHERE id = $1', [old.id]);
  await api(app, ana).delete('/sessions');
  await work(app, /forgetDevices/);
  await tell(ana);
  expect(pushes.shown(old.token)).toHaveLength(1);
});
