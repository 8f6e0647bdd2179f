import { Jobs } from 'src/core/jobs/jobs';
import { SharesRepository } from 'src/modules/location/shares.repository';
import { away, buildShare, endingNow, HERE, keepHistory, readTrack } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { connect } from 'test/support/socket';

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser]>;
/** A user who keeps a history. */
const buildKeeper = async (name = 'ana') => {
  const user = await buildUser(app, name);
  await keepHistory(app, user);
  return user;
};
const historyOf = (user: TestUser) =>
  app.db.query<Record<string, unknown>>('SELECT * FROM user_locations WHERE user_id = $1 ORDER BY id', [user.id]);

describe('points', () => {
  test('a point is stored as it was sent, over REST and socket, and is where its user is', async () => {
    const ana = await buildKeeper();
    expect(await api(app, ana).get('/location/current')).toMatchObject({
      status: 404,
      body: { code: 'location.no_position' },
    });
    const point = { ...HERE, accuracy: 8, altitude: 560.5, speed: 1.4, heading: 92, recorded_at: minutesAgo(1) };
    const sent = await api(app, ana).post('/location/update', point);
    expect(sent).toMatchObject({ status: 201, body: { ...point, user_id: ana.id, client_id: null } });
    const socket = await connect(node, ana);
    const earlier = minutesAgo(600);
    const moved = await socket.ask('location_update', {
      ...away(HERE, 10),
      bearing: 359.9,
      accuracy: null,
      timestamp: earlier.replace('Z', '+00:00'),
    });
    expect(moved).toMatchObject({
      ok: true,
      data: { heading: 359.9, accuracy: null, recorded_at: earlier, speed: null },
    });
    const { body: current } = await api(node, ana).get('/location/current');
    expect(current).toMatchObject({ ...point, user_id: ana.id, share_id: null, share_expires_at: null });
    expect(current.age_ms).toBeGreaterThanOrEqual(60_000);
    expect(await historyOf(ana)).toHaveLength(2);
    socket.close();
  });

  test('without a time it is of now, and a newer one takes its place', async () => {
    const ana = await buildKeeper();
    const before = Date.now();
    const { body } = await api(app, ana).post('/location/update', HERE);
    expect(Date.parse(body.recorded_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(body.recorded_at)).toBeLessThanOrEqual(Date.now());
    await api(node, ana).post('/location/update', away(HERE, 5));
    expect((await api(app, ana).get('/location/current')).body).toMatchObject(away(HERE, 5));
  });

  test.each<[string, object, string]>([
    ['latitude', { latitude: 90.0001 }, 'latitude'],
    ['longitude', { longitude: -180.1 }, 'longitude'],
    ['no longitude', { longitude: undefined }, 'longitude'],
    ['text for a number', { latitude: '45' }, 'latitude'],
    ['accuracy', { accuracy: -1 }, 'accuracy'],
    ['speed', { speed: -0.1 }, 'speed'],
    ['heading', { heading: 360 }, 'heading'],
    ['bearing', { bearing: -1 }, 'bearing'],
    ['altitude', { altitude: 1e9 }, 'altitude'],
    ['time', { recorded_at: 'yesterday' }, 'recorded_at'],
    ['client_id', { client_id: 'a b' }, 'client_id'],
    ['long client_id', { client_id: 'x'.repeat(65) }, 'client_id'],
  ])('a bad %s is refused by REST and socket, naming the field', async (_, fault, field) => {
    const ana = await buildKeeper();
    const reply = await api(app, ana).post('/location/update', { ...HERE, ...fault });
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation.failed', errors: [{ field }] } });
    const socket = await connect(app, ana);
    expect(await socket.ask('location_update', { ...HERE, ...fault })).toMatchObject({
      ok: false,
      error: { code: 'validation.failed', errors: [{ field }] },
    });
    expect(await historyOf(ana)).toEqual([]);
    socket.close();
  });

  test('poles, the antimeridian, (0, 0) and numbers at their limits are places; NaN and Infinity are none', async () => {
    const ana = await buildKeeper();
    const post = (body: unknown) => api(app, ana).post('/location/update', body);
    for (const [latitude, longitude] of [
      [90, 0],
      [-90, 180],
      [0, 0],
      [0, -180],
    ])
      // oxfmt-ignore
      expect((await post({ latitude, longitude, accuracy: 0, speed: 0, heading: 0 })).body).toMatchObject({
        latitude,
        longitude,
        accuracy: 0,
        heading: 0,
      });
    for (const raw of ['{"latitude":1e999,"longitude":0}', '{"latitude":-1e999,"longitude":0}'])
      expect((await post(raw)).status).toBe(422);
    expect((await post('{"latitude":NaN,"longitude":0}')).status).toBe(400);
    expect((await post([HERE])).status).toBe(422);
    expect((await api(app).post('/location/update', HERE)).status).toBe(401);
  });

  test('a time more than two minutes ahead or long before the account is refused; a clock slightly ahead is not', async () => {
    const ana = await buildKeeper();
    const post = (recorded_at: string) => api(app, ana).post('/location/update', { ...HERE, recorded_at });
    expect((await post(minutesAgo(-1.9))).status).toBe(201);
    expect((await api(app, ana).get('/location/current')).body.age_ms).toBe(0);
    expect(await post(minutesAgo(-2.2))).toMatchObject({
      status: 422,
      body: { code: 'location.recorded_in_future', params: { ahead_seconds: 120 } },
    });
    const days = 24 * 60;
    expect(await post(minutesAgo(30 * days + 1))).toMatchObject({
      status: 422,
      body: { code: 'location.recorded_too_early', params: { earliest: expect.any(String) } },
    });
    expect((await post(minutesAgo(30 * days - 1))).status).toBe(201);
  });

  test('late points go into the history and never move the live position back', async () => {
    const ana = await buildKeeper();
    const at = (north: number, minutes: number) => ({ ...away(HERE, north), recorded_at: minutesAgo(minutes) });
    for (const point of [at(30, 3), at(10, 9), at(20, 6)]) await api(app, ana).post('/location/update', point);
    const current = async () => (await api(app, ana).get('/location/current')).body;
    expect(await current()).toMatchObject(away(HERE, 30));
    await api(app, ana).post('/location/batch', { locations: [at(50, 1), at(15, 8), at(40, 2)] });
    expect(await current()).toMatchObject(away(HERE, 50));
    expect(await historyOf(ana)).toHaveLength(6);
  });

  test('a retry makes no second point: the first answer again; other content is refused', async () => {
    const ana = await buildKeeper();
    const ben = await buildUser(app, 'ben');
    const send = (extra: object, on = app, user = ana) =>
      api(on, user).post('/location/update', { ...HERE, client_id: 'p-1', ...extra });
    const sent = await Promise.all([send({}), send({}, node), send({}), send({}, node)]);
    expect(sent.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await send({ recorded_at: sent[0].body.recorded_at })).body).toEqual(sent[0].body);
    for (const other of [{ latitude: 1 }, { speed: 3 }, { recorded_at: minutesAgo(5) }])
      expect(await send(other)).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
    expect((await send({}, app, ben)).body.id).not.toBe(sent[0].body.id);
    const headers = { 'Idempotency-Key': 'k-1' };
    const keyed = () => api(app, ana).post('/location/update', HERE, { headers });
    expect((await keyed()).body).toMatchObject({ client_id: 'k-1', id: (await keyed()).body.id });
    expect(await historyOf(ana)).toHaveLength(2);
  });

  test('of a batch each point has its outcome, in order: the good are stored, the bad named, the repeated answered', async () => {
    const ana = await buildKeeper();
    const first = await api(app, ana).post('/location/update', { ...HERE, client_id: 'b-0' });
    const again = { ...away(HERE, 1), recorded_at: minutesAgo(3), client_id: 'b-1' };
    const locations = [
      again,
      { ...HERE, latitude: 91 },
      { ...HERE, client_id: 'b-0' },
      'nonsense',
      { ...HERE, recorded_at: minutesAgo(-10) },
      again,
      { ...away(HERE, 2), recorded_at: minutesAgo(2) },
      { ...away(HERE, 9), client_id: 'b-0' },
    ];
    const inJapanese = { headers: { 'X-Language': 'ja' } };
    const { status, body } = await api(app, ana).post('/location/batch', { locations }, inJapanese);
    expect({ status, accepted: body.accepted, refused: body.refused }).toEqual({
      status: 200,
      accepted: 4,
      refused: 4,
    });
    expect(body.results).toMatchObject([
      { ok: true, data: { client_id: 'b-1', ...away(HERE, 1) } },
      { ok: false, error: { code: 'validation.failed', errors: [{ field: 'latitude' }] } },
      { ok: true, data: first.body },
      { ok: false, error: { code: 'validation.failed' } },
      { ok: false, error: { code: 'location.recorded_in_future', message: expect.stringContaining('未来') } },
      { ok: true, data: { id: body.results[0].data.id } },
      { ok: true, data: away(HERE, 2) },
      { ok: false, error: { code: 'idempotency.mismatch' } },
    ]);
    expect(await historyOf(ana)).toHaveLength(3);
    const short = { headers: { Prefer: 'wait=9, return=minimal' } };
    const inShort = (last: unknown) => api(app, ana).post('/location/batch', { locations: [HERE, last] }, short);
    expect((await inShort(HERE)).body).toEqual({ results: [], accepted: 2, refused: 0 });
    expect((await inShort('nonsense')).body.results).toMatchObject([{ ok: true }, { ok: false }]);
    expect((await api(app, ana).get('/location/current')).body).toMatchObject(HERE);
  });

  test('a batch has 1–1,000 points, and a thousand take few statements', async () => {
    const ana = await buildKeeper();
    const post = (locations: unknown) => api(app, ana).post('/location/batch', { locations });
    for (const bad of [[], Array.from({ length: 1001 }, () => HERE), 'x', undefined])
      expect((await post(bad)).status).toBe(422);
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...away(HERE, index),
      recorded_at: minutesAgo(1000 - index),
    }));
    const statements = await countQueries(app, async () => {
      expect((await post(many)).body.accepted).toBe(1000);
    });
    // a few commits: what came first, what came while it ran, as much as goes into one; and their fences
    expect(statements).toBeLessThan(40);
    expect(await historyOf(ana)).toHaveLength(1000);
  });

  test('if the database is away, nothing is claimed to be stored', async () => {
    const ana = await buildKeeper();
    await app.db.query('ALTER TABLE live_locations RENAME TO live_away');
    const replies = await Promise.all([
      api(app, ana).post('/location/update', HERE),
      api(app, ana).post('/location/batch', { locations: [HERE, HERE] }),
    ]);
    await app.db.query('ALTER TABLE live_away RENAME TO live_locations');
    expect(replies.map(({ status }) => status)).toEqual([500, 500]);
    expect(await historyOf(ana)).toEqual([]);
  });
});

describe('shares', () => {
  test('a share lets one person see the other’s position, over REST and sockets, until it is stopped', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    await api(app, ana).post('/location/update', { ...HERE, accuracy: 5 });
    const [anas, bens, eves] = await Promise.all([connect(app, ana), connect(node, ben), connect(app, eve)]);
    const seen = (user: TestUser) => api(node, user).get(`/location/current/${ana.id}`);
    expect(await seen(ben)).toMatchObject({ status: 404, body: { code: 'location.not_shared' } });

    const made = await api(app, ana).post('/location/shares', { target_user_id: ben.id, duration_minutes: 15 });
    expect(made).toMatchObject({
      status: 201,
      body: { user_id: ana.id, target_user_id: ben.id, is_active: true, user: { display_name: 'ana' } },
    });
    const share = made.body;
    const minutes = (Date.parse(share.expires_at) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14.9);
    expect(minutes).toBeLessThanOrEqual(15.1);
    const news = { share_id: share.id, sharer_id: ana.id, target_user_id: ben.id, expires_at: share.expires_at };
    expect(await anas.next('location_share_started')).toMatchObject(news);
    expect(await bens.next('location_share_received')).toMatchObject({ ...news, user: { username: ana.username } });
    expect(await bens.next('shared_location_update')).toMatchObject({ ...HERE, user_id: ana.id, share_id: share.id });
    expect((await seen(ben)).body).toMatchObject({ ...HERE, share_id: share.id, share_expires_at: share.expires_at! });

    await anas.ask('location_update', { ...away(HERE, 7), accuracy: 4, heading: 10 });
    expect(await bens.next('shared_location_update', ({ heading }) => heading === 10)).toMatchObject({
      ...away(HERE, 7),
      accuracy: 4,
      user_id: ana.id,
      age_ms: expect.any(Number),
    });
    expect(await seen(eve)).toMatchObject({ status: 404, body: { code: 'location.not_shared' } });
    expect((await api(app, ana).get(`/location/current/${ben.id}`)).body.code).toBe('location.not_shared');

    expect((await api(node, ana).delete(`/location/shares/${share.id}`)).status).toBe(204);
    for (const socket of [anas, bens])
      expect(await socket.next('location_share_stopped')).toMatchObject({ share_id: share.id, reason: 'stopped' });
    expect((await seen(ben)).body.code).toBe('location.not_shared');
    await anas.ask('location_update', { ...away(HERE, 9), heading: 20 });
    await app.settle();
    expect(bens.all('shared_location_update').filter(({ heading }) => heading === 20)).toEqual([]);
    expect(eves.heard.filter(({ name }) => name !== 'connection_established')).toEqual([]);
    expect((await api(app, ana).delete(`/location/shares/${share.id}`)).status).toBe(204);
    expect(bens.all('location_share_stopped')).toHaveLength(1);
    [anas, bens, eves].forEach((socket) => socket.close());
  });

  test('at its end a share is over to the moment, and both sides are told', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await api(app, ana).post('/location/update', HERE);
    const [anas, bens] = await Promise.all([connect(app, ana), connect(node, ben)]);
    const share = (await api(app, ana).post('/location/shares', { target_user_id: ben.id })).body;
    expect((await api(node, ben).get(`/location/current/${ana.id}`)).status).toBe(200);
    const expires_at = new Date(Date.now() + 2000).toISOString();
    // as if it had been asked for a minute ago
    jest.spyOn(app.get(SharesRepository), 'now').mockResolvedValueOnce(new Date(Date.now() - 60_000));
    expect((await api(app, ana).put(`/location/shares/${share.id}`, { expires_at })).body).toMatchObject({
      expires_at,
    });
    for (const socket of [anas, bens])
      expect(await socket.next('location_share_stopped')).toMatchObject({
        share_id: share.id,
        reason: 'expired',
        stopped_at: expires_at,
      });
    expect((await api(node, ben).get(`/location/current/${ana.id}`)).body.code).toBe('location.not_shared');
    expect((await api(app, ben).get('/location/shares')).body.shares).toEqual([]);
    expect((await api(app, ana).put(`/location/shares/${share.id}`, { duration_minutes: 5 })).status).toBe(404);
    [anas, bens].forEach((socket) => socket.close());
  });

  test('no timer is needed for the end: what has expired shows nothing, though nothing has closed it', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const share = await buildShare(app, ana, ben);
    await app.db.query(`UPDATE location_shares SET expires_at = now() WHERE id = $1`, [share.id]);
    const bens = await connect(node, ben);
    await api(app, ana).post('/location/update', HERE);
    await app.settle();
    expect(bens.all('shared_location_update')).toEqual([]);
    expect((await api(app, ben).get(`/location/current/${ana.id}`)).body.code).toBe('location.not_shared');
    expect((await api(app, ben).get('/location/shares')).body.items).toEqual([]);

    const again = await buildShare(app, ana, ben);
    expect(again.id).not.toBe(share.id);
    expect(await bens.next('location_share_stopped')).toMatchObject({ share_id: share.id, reason: 'expired' });
    await app.get(Jobs).enqueue('location.end_share', { share_id: share.id, expires_at: share.expires_at! });
    await app.settle();
    expect(bens.all('location_share_stopped')).toHaveLength(1);
    expect((await api(app, ben).get(`/location/current/${ana.id}`)).status).toBe(200);
    bens.close();
  });

  test('a pair has one share: a second one gives it a new end, also when both come at once', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const post = (minutes: number, on = app) =>
      api(on, ana).post('/location/shares', { target_user_id: ben.id, duration_minutes: minutes });
    const made = await Promise.all([post(10), post(20, node), post(30), post(40, node)]);
    expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    const { shares, next_cursor } = (await api(app, ben).get('/location/shares')).body;
    expect(shares).toMatchObject([{ id: made[0].body.id, target_user_id: ben.id }]);
    expect(next_cursor).toBeNull();
    const headers = { 'Idempotency-Key': 'share-1' };
    const keyed = () => api(app, ben).post('/location/shares', { target_user_id: ana.id }, { headers });
    expect([(await keyed()).status, (await keyed()).status]).toEqual([201, 201]);
  });

  test('only the owner changes or stops a share; everybody else is told that it does not exist', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    const { id } = await buildShare(app, ana, ben);
    for (const other of [ben, eve]) {
      expect((await api(app, other).put(`/location/shares/${id}`, { duration_minutes: 5 })).body.code).toBe(
        'location.share_not_found',
      );
      expect((await api(app, other).delete(`/location/shares/${id}`)).body.code).toBe('location.share_not_found');
      const socket = await connect(app, other);
      expect((await socket.ask('location_share_stop', { share_id: id })).error.code).toBe('location.share_not_found');
      socket.close();
    }
    await app.settle();
    const bens = await connect(node, ben);
    const changed = await api(app, ana).put(`/location/shares/${id}`, { duration_minutes: 5 });
    expect(changed.status).toBe(200);
    expect(await bens.next('location_share_received')).toMatchObject({
      share_id: id,
      expires_at: changed.body.expires_at,
    });
    expect((await api(app, ana).put(`/location/shares/999999`, { duration_minutes: 5 })).status).toBe(404);
    bens.close();
  });

  test('what can’t be shared is refused', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const post = async (body: object) => (await api(app, ana).post('/location/shares', body)).body;
    expect(await post({ target_user_id: ana.id })).toMatchObject({ status: 422, code: 'location.share_with_self' });
    expect(await post({ target_user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' })).toMatchObject({
      status: 422,
      code: 'location.share_target_unknown',
    });
    for (const expires_at of [minutesAgo(1), minutesAgo(-0.1), minutesAgo(-0.8), minutesAgo(-1441)])
      expect((await post({ target_user_id: ben.id, expires_at })).code).toBe('location.share_end_out_of_range');
    expect((await post({ target_user_id: ben.id, expires_at: minutesAgo(-0.99) })).is_active).toBe(true);
    for (const bad of [
      {},
      { target_user_id: null },
      { target_user_id: 'ben' },
      { target_user_id: ben.id, duration_minutes: 0 },
      { target_user_id: ben.id, duration_minutes: 1441 },
      { target_user_id: ben.id, duration_minutes: 1.5 },
      { target_user_id: ben.id, duration_minutes: 5, expires_at: minutesAgo(-5) },
    ])
      expect(await post(bad)).toMatchObject({ status: 422, code: 'validation.failed' });
    expect((await api(app, ana).get('/location/current/not-a-uuid')).status).toBe(422);
  });

  test('the same over a socket; with no end given, for an hour', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const [anas, bens] = await Promise.all([connect(app, ana), connect(node, ben)]);
    const started = await anas.ask('location_share_start', { target_user_id: ben.id });
    expect(started).toMatchObject({ ok: true, data: { user_id: ana.id, target_user_id: ben.id } });
    expect((Date.parse(started.data.expires_at) - Date.now()) / 60_000).toBeCloseTo(60, 0);
    expect(await api(node, ben).get(`/location/current/${ana.id}`)).toMatchObject({
      status: 404,
      body: { code: 'location.no_position' },
    });
    await anas.ask('location_update', HERE);
    expect(await bens.next('shared_location_update')).toMatchObject({ share_id: started.data.id });
    const stopped = await anas.ask('location_share_stop', { share_id: started.data.id });
    expect(stopped).toEqual({ ok: true, data: { share_id: started.data.id } });
    await bens.next('location_share_stopped');
    [anas, bens].forEach((socket) => socket.close());
  });

  test('a block ends what is shared between the two at once, on every node, and lets nothing new begin', async () => {
    const [ana, ben] = await users('ana', 'ben', 'cid');
    await api(app, ana).post('/location/update', HERE);
    const share = await buildShare(app, ana, ben);
    const bens = await connect(node, ben);
    await bens.next('shared_location_update', ({ user_id }) => user_id === ana.id);
    expect((await api(app, ben).post(`/users/${ana.id}/block`)).status).toBe(204);
    expect((await api(node, ben).get(`/location/current/${ana.id}`)).body.code).toBe('location.not_shared');
    const seen = bens.all('shared_location_update').length;
    await api(app, ana).post('/location/update', away(HERE, 50));
    await app.settle();
    expect(await bens.next('location_share_stopped')).toMatchObject({ share_id: share.id, reason: 'stopped' });
    expect(bens.all('shared_location_update')).toHaveLength(seen);
    for (const [one, other] of [
      [ana, ben],
      [ben, ana],
    ] as const)
      // oxfmt-ignore
      expect((await api(app, one).post('/location/shares', { target_user_id: other.id })).body.code).toBe('location.share_target_unknown');
    bens.close();
  });

  test('who connects gets the present positions first', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    await api(app, ana).post('/location/update', HERE);
    await Promise.all([buildShare(app, ana, ben), buildShare(app, eve, ben)]);
    await app.settle();
    const bens = await connect(node, ben);
    expect(bens.heard.map(({ name }) => name)).toEqual(['shared_location_update', 'connection_established']);
    expect(bens.heard[0]!.body).toMatchObject({ ...HERE, user_id: ana.id });
    bens.close();
  });

  test('who has no open connection gets a push when somebody begins to share, not when the end changes', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    await api(app, ben).put('/profile', { language: 'id' });
    const eves = await connect(node, eve);
    const share = await buildShare(app, ana, ben);
    await buildShare(app, ana, ben, 90);
    await buildShare(app, ana, eve);
    await app.settle();
    const pushes = await app.db.query('SELECT * FROM push_notifications WHERE user_id = ANY($1)', [[ben.id, eve.id]]);
    expect(pushes).toMatchObject([
      {
        user_id: ben.id,
        dedupe_key: `location_share:${share.id}`,
        body: expect.stringContaining('ana'),
        data: { event: 'location_share_received', share_id: String(share.id), sharer_id: ana.id },
      },
    ]);
    eves.close();
  });

  test('the list pages through what is given and received, newest first', async () => {
    const [ana, ben, eve] = await users('ana', 'ben', 'eve');
    const ids = [];
    for (const [one, other] of [
      [ana, ben],
      [ben, ana],
      [ana, eve],
      [ben, eve],
    ] as const)
      // oxfmt-ignore
      ids.push((await buildShare(app, one, other)).id);
    const first = (await api(app, ana).get('/location/shares?limit=2')).body;
    expect(first.items.map(({ id }: { id: number }) => id)).toEqual([ids[2], ids[1]]);
    const rest = (await api(app, ana).get(`/location/shares?limit=2&cursor=${first.next_cursor}`)).body;
    expect(rest).toMatchObject({ shares: [{ id: ids[0] }], next_cursor: null });
    expect((await api(app, ana).get('/location/shares?cursor=forged')).status).toBe(422);
  });

  test('a watcher hears a recorded walk in order, newest wins, and ends where the walker is', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await buildShare(app, ana, ben);
    const [anas, bens] = await Promise.all([connect(node, ana), connect(app, ben)]);
    const walk = endingNow(readTrack('drive-visnjan'));
    for (const point of walk) expect((await anas.ask('location_update', point)).ok).toBe(true);
    const last = walk.at(-1)!;
    await bens.next('shared_location_update', ({ recorded_at }) => recorded_at === last.recorded_at);
    const times = bens.all('shared_location_update').map(({ recorded_at }) => recorded_at);
    expect(times).toEqual([...new Set(times)].sort());
    expect(walk.map(({ recorded_at }) => recorded_at)).toEqual(expect.arrayContaining(times));
    const late = { ...HERE, recorded_at: walk[3]!.recorded_at };
    await anas.ask('location_update', late);
    await node.settle();
    expect(bens.all('shared_location_update')).toHaveLength(times.length);
    [anas, bens].forEach((socket) => socket.close());
  });

  test('revocation raced against updates on two nodes: nothing that moved after it is seen', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const share = await buildShare(app, ana, ben);
    const [bens, anas, anasTablet] = await Promise.all([connect(app, ben), connect(app, ana), connect(node, ana)]);
    const stop = { at: '' };
    const walking = [anas, anasTablet].map(async (socket) => {
      for (let after = 0; after < 20; after += stop.at ? 1 : 0) await socket.ask('location_update', HERE);
    });
    await bens.next('shared_location_update');
    await api(node, ana).delete(`/location/shares/${share.id}`);
    stop.at = new Date().toISOString();
    await Promise.all(walking);
    await app.settle();
    await node.settle();
    const [row] = await app.db.query<{ recorded_at: Date }>('SELECT * FROM live_locations WHERE user_id = $1', [
      ana.id,
    ]);
    expect(row!.recorded_at.toISOString() > stop.at).toBe(true);
    expect(bens.all('shared_location_update').filter(({ recorded_at }) => recorded_at! > stop.at)).toEqual([]);
    [bens, anas, anasTablet].forEach((socket) => socket.close());
  });
});
