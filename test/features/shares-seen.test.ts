import { HERE } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const move = (owner: TestUser, place: object) => api(app, owner).post('/location/update', place);
const share = async (owner: TestUser, draft: object) =>
  (await api(app, owner).post('/location/shares', draft)).body as { id: number; token: string };

test('a share until the owner arrives does not end by where he set out from, though that is heard of only then', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  await move(ana, { ...HERE, recorded_at: ago(900) });
  const { id } = await share(ana, { target_user_id: ben.id, until_arrival: { ...HERE, radius_meters: 100 } });
  const putBy = [600, 590].map((seconds) => ({ ...HERE, recorded_at: ago(seconds) }));
  await api(app, ana).post('/location/batch', { locations: putBy });
  const state = async () => (await api(app, ana).get(`/location/shares/${id}`)).body;
  expect(await state()).toMatchObject({ is_active: true });
  await move(ana, HERE);
  expect(await state()).toMatchObject({ is_active: false, end_reason: 'arrived' });
});
