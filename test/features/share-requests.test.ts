import { ShareRequestsService } from 'src/modules/location/share-requests.service';
import { HERE } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const move = (owner: TestUser, place: object) => api(app, owner).post('/location/update', place);
const seenBy = (viewer: TestUser, owner: TestUser) => api(node, viewer).get(`/location/current/${owner.id}`);

test('who asks is let in or declined, is not heard twice, and waits after a no', async () => {
  const [ana, ben, eve] = await users('ana', 'ben', 'eve');
  const bens = await connect(node, ben);
  const ask = (from: TestUser, to: TestUser) => api(app, from).post('/location/requests', { user_id: to.id });
  const asked = await ask(ana, ben);
  expect(asked).toMatchObject({ status: 201, body: { state: 'pending', user: { id: ana.id } } });
  expect((await ask(ana, ben)).body.id).toBe(asked.body.id);
  expect(await bens.next('location_request_changed')).toMatchObject({ request_id: asked.body.id, state: 'pending' });
  for (const user of [ana, ben])
    expect((await api(app, user).get('/location/requests')).body.requests).toEqual([asked.body]);
  const path = `/location/requests/${asked.body.id}`;
  for (const [user, act] of [
    [eve, 'accept'],
    [ana, 'accept'],
    [eve, 'decline'],
  ] as const)
    expect((await api(app, user).post(`${path}/${act}`, {})).body.code).toBe('location.request_not_found');
  const accepted = await api(app, ben).post(`${path}/accept`, { duration_minutes: 5, precision: 'city' });
  expect(accepted).toMatchObject({ status: 200, body: { state: 'accepted', share_id: expect.any(Number) } });
  await move(ben, HERE);
  expect((await seenBy(ana, ben)).body).toMatchObject({ share_id: accepted.body.share_id, precision: 'city' });
  expect((await api(app, ben).post(`${path}/decline`)).status).toBe(404);

  const second = await ask(eve, ben);
  await api(app, ben).post(`/location/requests/${second.body.id}/decline`);
  expect((await ask(eve, ben)).body).toMatchObject({ status: 429, code: 'location.asked_too_often' });
  expect((await seenBy(eve, ben)).status).toBe(404);
  const third = await ask(ben, eve);
  await app.settle();
  expect((await api(app, ben).delete(`/location/requests/${third.body.id}`)).status).toBe(204);
  expect((await api(app, eve).get('/location/requests')).body.items).toEqual([]);
  expect((await ask(ben, ben)).body.code).toBe('location.share_with_self');
  await app.settle();
  const pushes = await app.db.query(`SELECT * FROM push_notifications WHERE dedupe_key LIKE 'location_request:%'`);
  expect(pushes).toMatchObject([{ user_id: eve.id, data: { request_id: String(third.body.id) } }]);
  bens.close();
});

test('who asks, takes it back and asks again makes one push an hour, and is refused in the end', async () => {
  const [ana, ben, eve] = await users('ana', 'ben', 'eve');
  const ask = () => api(app, ana).post('/location/requests', { user_id: ben.id });
  const pushes = async () => {
    await app.settle();
    const told = `SELECT data ->> 'request_id' AS id FROM push_notifications WHERE user_id = $1 ORDER BY id`;
    return (await app.db.query<{ id: string }>(told, [ben.id])).map(({ id }) => Number(id));
  };
  const withdraw = async (id: number) =>
    expect((await api(app, ana).delete(`/location/requests/${id}`)).status).toBe(204);
  const first = (await ask()).body.id as number;
  expect(await pushes()).toEqual([first]);
  await withdraw(first);
  const second = await ask();
  expect([second.status, await pushes()]).toEqual([201, [first]]);
  expect((await api(app, ben).get('/location/requests')).body.items).toMatchObject([{ id: second.body.id }]);
  await withdraw(second.body.id);
  const earlier = `UPDATE location_requests SET created_at = created_at - interval '1 hour' WHERE id = $1`;
  await app.db.query(earlier, [first]);
  const third = (await ask()).body.id as number;
  expect(await pushes()).toEqual([first, third]);
  await withdraw(third);
  for (let count = 3; count < 5; count++) await withdraw((await ask()).body.id);
  expect((await ask()).body).toMatchObject({ status: 429, code: 'location.asked_again_too_often' });
  expect((await api(app, ana).post('/location/requests', { user_id: eve.id })).status).toBe(201);
  await app.db.query(`UPDATE location_requests SET decided_at = decided_at - interval '1 hour' WHERE user_id = $1`, [
    ana.id,
  ]);
  expect((await ask()).status).toBe(201);
});

test('who shares while he is asked has accepted, and what became of it is forgotten in the end', async () => {
  const [ana, ben] = await users('ana', 'ben');
  const { id } = (await api(app, ana).post('/location/requests', { user_id: ben.id })).body;
  const anas = await connect(node, ana);
  expect((await api(app, ben).post('/location/shares', { target_user_id: ana.id })).status).toBe(201);
  await anas.next('location_request_changed', (news) => news.request_id === id && news.state === 'accepted');
  expect((await api(app, ana).get('/location/requests')).body.items).toEqual([]);
  const look = () => app.db.query<{ state: string }>('SELECT state FROM location_requests WHERE id = $1', [id]);
  await app.get(ShareRequestsService).forgetDecided();
  expect(await look()).toMatchObject([{ state: 'accepted' }]);
  await app.db.query(`UPDATE location_requests SET decided_at = now() - interval '31 days' WHERE id = $1`, [id]);
  await app.get(ShareRequestsService).forgetDecided();
  expect(await look()).toEqual([]);
  anas.close();
});
