import { AgesService } from 'src/modules/location/ages.service';
import { ReadsRepository } from 'src/modules/location/reads.repository';
import { HERE } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

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

describe('the log says how precisely a share was seen', () => {
  const logOf = async (owner: TestUser) =>
    (await api(app, owner).get('/location/watchers/log')).body.reads.map(
      ({ exit, precision, count }: { exit: string; precision: string; count: number }) => [exit, precision, count],
    );
  const change = (owner: TestUser, id: number, precision: string) =>
    api(app, owner).put(`/location/shares/${id}`, { precision });

  test('within an hour, though it shows less by the end of it', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await move(ana, HERE);
    const { id } = await share(ana, { target_user_id: ben.id, precision: 'neighbourhood' });
    const look = () => api(app, ben).get(`/location/current/${ana.id}`);
    await look();
    await change(ana, id, 'street');
    await Promise.all([look(), look()]);
    await change(ana, id, 'city');
    await look();
    expect(await logOf(ana)).toEqual([['rest', 'street', 4]]);
  });

  test('to who stays connected, though he was noted a moment ago', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await move(ana, HERE);
    const { id } = await share(ana, { target_user_id: ben.id, precision: 'city' });
    const bens = await connect(app, ben);
    await bens.next('shared_location_update');
    await change(ana, id, 'neighbourhood');
    await bens.next('shared_location_update', ({ precision }) => precision === 'neighbourhood');
    await change(ana, id, 'exact');
    await bens.next('shared_location_update', ({ precision }) => precision === 'exact');
    await change(ana, id, 'city');
    await bens.next('shared_location_update', ({ precision }) => precision === 'city');
    await app.settle();
    expect((await logOf(ana))[0].slice(0, 2)).toEqual(['socket', 'exact']);
    bens.close();
  });
});

test('what is noted at once of several is the finest of them', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const { id } = await share(ana, { target_user_id: ben.id });
  const read = { ownerId: ana.id, viewerId: ben.id, shareId: id, exit: 'fence' as const };
  const precisions = ['city', 'neighbourhood', 'exact', 'street'] as const;
  await app.get(ReadsRepository).note(precisions.map((precision) => ({ ...read, precision })));
  const { reads } = (await api(app, ana).get('/location/watchers/log')).body;
  expect(reads).toMatchObject([{ precision: 'exact', count: 4 }]);
});

test('watchers hear that a position has become old, though the clock of the node that tells it is ahead', async () => {
  const still = await boot({ roles: ['api'] }); // where no clock runs
  const [ana, ben] = await buildUsers(still, 'ana', 'ben');
  await api(still, ana).post('/location/update', { ...HERE, recorded_at: ago(50) });
  await api(still, ana).post('/location/shares', { target_user_id: ben.id });
  const bens = await connect(still, ben);
  await bens.next('shared_location_update');
  const now = Date.now.bind(Date);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 30_000);
  await still.get(AgesService).tell();
  clock.mockRestore();
  const aged = now() + 100;
  await still.db.query('UPDATE live_locations SET recorded_at = $2 WHERE user_id = $1', [
    ana.id,
    new Date(aged - 60_000),
  ]);
  await until('it is a minute old', () => now() > aged);
  await still.get(AgesService).tell();
  await bens.next('shared_location_update', ({ state }) => state === 'delayed');
  bens.close();
  await still.close();
});
