import { NoteOneReadAnHourOfALink1796200000301 } from 'migrations/1796200000301-note-one-read-an-hour-of-a-link';
import { distanceMeters } from 'src/core/geo/sphere';
import { Bus } from 'src/core/events/bus';
import { RateLimits } from 'src/core/http/rate-limits';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { AgesService } from 'src/modules/location/ages.service';
import { PointsRepository } from 'src/modules/location/points.repository';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { away, HERE } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { race } from 'test/support/barrier';
import { boot, bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';
import type { QueryRunner } from 'typeorm';

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const share = async (owner: TestUser, draft: object) => {
  const { status, body } = await api(app, owner).post('/location/shares', draft);
  if (status !== 201 && status !== 200) throw new Error(JSON.stringify(body));
  return body as Record<string, any>;
};
const move = (owner: TestUser, place: object) => api(app, owner).post('/location/update', place);
const seenBy = (viewer: TestUser, owner: TestUser) => api(node, viewer).get(`/location/current/${owner.id}`);

describe('who may see', () => {
  test('the members of a chat, as they are at the moment of reading', async () => {
    const [ana, ben, cid, eve] = await users('ana', 'ben', 'cid', 'eve');
    const chat = await buildGroup(app, ana, [ben, cid]);
    await move(ana, HERE);
    const bens = await connect(node, ben);
    const given = await share(ana, { chat_id: chat, duration_minutes: 15 });
    expect(given).toMatchObject({ audience: 'chat', chat_id: chat, target_user_id: null, target_user: null });
    expect(await bens.next('location_share_received')).toMatchObject({ share_id: given.id, chat_id: chat, own: null });
    expect(await bens.next('shared_location_update')).toMatchObject({ ...HERE, share_id: given.id });
    expect((await seenBy(cid, ana)).body).toMatchObject({ ...HERE, share_id: given.id });
    expect((await seenBy(eve, ana)).status).toBe(404);
    expect((await api(app, cid).get('/location/shares')).body.items).toMatchObject([{ id: given.id }]);
    for (const [user, status] of [
      [ana, 200],
      [cid, 200],
      [eve, 404],
    ] as const)
      expect((await api(app, user).get(`/location/shares/${given.id}`)).status).toBe(status);

    await app.db.query('UPDATE chat_participants SET left_at = now() WHERE user_id = $1', [ben.id]);
    expect((await seenBy(ben, ana)).status).toBe(404);
    expect((await seenBy(cid, ana)).status).toBe(200);
    await app.db.query('UPDATE chat_participants SET left_at = now() WHERE user_id = $1', [ana.id]);
    expect((await seenBy(cid, ana)).status).toBe(404);
    expect((await api(app, eve).post('/location/shares', { chat_id: chat })).body.code).toBe('chat.not_found');
    bens.close();
  });

  test('all contacts: those with whom he has begun a private chat or written in one, and nobody who has only made himself one', async () => {
    const [ana, ben, cid, eve] = await users('ana', 'ben', 'cid', 'eve');
    await buildPrivateChat(app, ana, ben);
    await buildGroup(app, ana, [cid]);
    await move(ana, HERE);
    const given = await share(ana, { audience: 'contacts', until_stopped: true });
    expect(given).toMatchObject({ audience: 'contacts', expires_at: null });
    expect((await seenBy(ben, ana)).body).toMatchObject({ share_id: given.id, share_expires_at: null });
    for (const stranger of [cid, eve]) expect((await seenBy(stranger, ana)).status).toBe(404);
    const listed = async () => (await api(app, ben).get('/location/shares')).body.items;
    expect(await listed()).toMatchObject([{ id: given.id }]);
    await api(app, ana).post(`/users/${ben.id}/block`);
    expect((await seenBy(ben, ana)).status).toBe(404);
    expect(await listed()).toEqual([]);
    const chat = await buildPrivateChat(app, eve, ana);
    const write = (user: TestUser) => api(app, user).post(`/chats/${chat}/messages`, { content: 'Hello' });
    expect((await write(eve)).status).toBe(201);
    expect((await seenBy(eve, ana)).status).toBe(404);
    expect((await write(ana)).status).toBe(201);
    expect((await seenBy(eve, ana)).status).toBe(200);
  });

  test('whoever has a link, as long as it lives, with its password, and as often as it allows', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await move(ana, { ...HERE, accuracy: 8 });
    const open = await share(ana, { audience: 'link', duration_minutes: 5 });
    expect(open.token).toMatch(/^[\w-]{32}$/);
    expect((await api(app, ana).get('/location/shares')).body.items[0]).not.toHaveProperty('token');
    const get = (token: string, headers = {}) => api(app).get(`/location/links/${token}`, { headers });
    const seen = await get(open.token);
    expect(seen).toMatchObject({ status: 200, body: { ...HERE, name: 'ana', state: 'live', precision: 'exact' } });
    expect(JSON.stringify(seen.body)).not.toContain(ana.id);
    expect((await get('x'.repeat(32))).body.code).toBe('location.link_not_found');
    expect((await seenBy(ben, ana)).status).toBe(404);

    const guarded = await share(ana, { audience: 'link', password: 'pä55 word', max_views: 2, precision: 'city' });
    expect(guarded.own).toMatchObject({ has_password: true, max_views: 2, views: 0 });
    expect((await get(guarded.token)).body.code).toBe('location.link_password_required');
    expect((await get(guarded.token, { 'X-Link-Password': 'wrong' })).body.code).toBe('location.link_password_wrong');
    const password = { 'X-Link-Password': encodeURIComponent('pä55 word') };
    for (let view = 0; view < 2; view++)
      expect((await get(guarded.token, password)).body).toMatchObject({ precision: 'city' });
    expect((await get(guarded.token, password)).body.code).toBe('location.link_not_found');

    await api(node, ana).delete(`/location/shares/${open.id}`);
    expect((await get(open.token)).status).toBe(404);
    const stored = await app.db.query('SELECT * FROM location_shares WHERE user_id = $1', [ana.id]);
    expect(JSON.stringify(stored)).not.toContain(open.token);
    const brief = await share(ana, { audience: 'link' });
    await app.db.query('UPDATE location_shares SET expires_at = now() WHERE id = $1', [brief.id]);
    expect((await get(brief.token)).status).toBe(404);
  });

  test('a retry with the same key gets the same link, of which nothing is kept that can be read', async () => {
    const [ana] = await users('ana');
    const body = { audience: 'link', password: 'pä55 word' };
    const headers = { 'idempotency-key': 'a-key-of-my-own' };
    const make = () => api(app, ana).post('/location/shares', body, { headers });
    const [first, again] = [await make(), await make()];
    expect(first.body.token).toEqual(expect.any(String));
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const rows = await app.db.query<{ body: Buffer }>('SELECT * FROM idempotency_keys WHERE user_id = $1', [ana.id]);
    const kept = rows.map((row) => JSON.stringify(row) + row.body.toString('latin1')).join();
    expect(rows).toHaveLength(1);
    for (const secret of [first.body.token as string, 'a-key-of-my-own', 'link']) expect(kept).not.toContain(secret);
  });

  describe('guessing a link’s password', () => {
    const guarded = async () => {
      const env = { RATE_LIMIT_DISABLED: 'false', TRUSTED_PROXIES: '127.0.0.1' };
      const limited = await boot({ beside: app, roles: ['api'], env });
      const [ana] = await users('ana');
      await move(ana, HERE);
      const { id, token } = await share(ana, { audience: 'link', password: 'secret' });
      const open = async (password: string, ip: string): Promise<number | string> => {
        const headers = { 'X-Link-Password': password, 'x-forwarded-for': ip };
        const { status, body } = await api(limited).get(`/location/links/${token}`, { headers });
        return status === 200 ? status : (body.code as string);
      };
      return { limited, id, open };
    };

    test('ends soon in the network of who guesses, and keeps nobody else out', async () => {
      const { limited, open } = await guarded();
      const [stranger, friend] = ['203.0.113.7', '203.0.113.8'];
      // who has the password may look as often as he likes
      for (let n = 0; n < 12; n++) expect(await open('secret', stranger)).toBe(200);
      const codes = [];
      for (let n = 0; n < 12; n++) codes.push(await open('guess', stranger));
      expect(codes.slice(0, 10)).toEqual(Array(10).fill('location.link_password_wrong'));
      expect(codes.slice(10)).toEqual(Array(2).fill('rate_limit.exceeded'));
      expect(await open('secret', stranger)).toBe('rate_limit.exceeded');
      expect(await open('guess', friend)).toBe('location.link_password_wrong');
      expect(await open('secret', friend)).toBe(200);
      await limited.close();
    });

    test('ends for everybody when very many networks guess', async () => {
      const { limited, id, open } = await guarded();
      const of = { name: 'location_link_password_of_all', points: 300, seconds: 600 };
      for (let n = 0; n < 299; n++) await limited.get(RateLimits).consume(of, String(id));
      expect(await open('guess', '2001:db8::1')).toBe('location.link_password_wrong');
      expect(await open('secret', '2001:db8:1::1')).toBe('rate_limit.exceeded');
      await limited.close();
    });
  });

  test.each([
    { audience: 'contacts', chat_id: 1 },
    { audience: 'chat' },
    { target_user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', chat_id: 1 },
    { audience: 'contacts', password: 'secret' },
    { audience: 'link', password: 'abc' },
    { audience: 'contacts', until_stopped: true, duration_minutes: 5 },
    { audience: 'contacts', precision: 'country' },
    { audience: 'contacts', until_arrival: { latitude: 91, longitude: 0 } },
    { audience: 'contacts', until_arrival: { latitude: 1, longitude: 0, radius_meters: 10 } },
    { audience: 'everyone' },
  ])('what makes no sense is refused: %j', async (draft) => {
    const [ana] = await users('ana');
    const reply = await api(app, ana).post('/location/shares', draft);
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation.failed' } });
  });

  test('of several shares with one person the finest counts; when it ends, the next', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const chat = await buildPrivateChat(app, ana, ben);
    await move(ana, HERE);
    const city = await share(ana, { chat_id: chat, precision: 'city' });
    const exact = await share(ana, { target_user_id: ben.id });
    expect((await seenBy(ben, ana)).body).toMatchObject({ share_id: exact.id, ...HERE });
    await api(app, ana).delete(`/location/shares/${exact.id}`);
    expect((await seenBy(ben, ana)).body).toMatchObject({ share_id: city.id, precision: 'city' });
  });
});

describe('how long, and how much', () => {
  test('until the owner arrives: it ends with the point that is there, which nobody sees', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await move(ana, { ...away(HERE, 2000), recorded_at: new Date(Date.now() - 600_000).toISOString() });
    const bens = await connect(node, ben);
    const place = { ...HERE, radius_meters: 100 };
    const given = await share(ana, { target_user_id: ben.id, until_arrival: place, until_stopped: true });
    expect(given).toMatchObject({ ends_on_arrival: true, expires_at: null, own: { until_arrival: place } });
    const news = await bens.next('location_share_received');
    expect(news).toMatchObject({ ends_on_arrival: true });
    expect(JSON.stringify(news)).not.toContain(String(HERE.latitude));
    await move(ana, { ...HERE, accuracy: 400 });
    await move(ana, { ...HERE, is_mock: true });
    expect((await seenBy(ben, ana)).status).toBe(200);
    await move(ana, { ...away(HERE, 60), accuracy: 10, heading: 33 });
    expect(await bens.next('location_share_stopped')).toMatchObject({ share_id: given.id, reason: 'arrived' });
    expect((await seenBy(ben, ana)).status).toBe(404);
    await app.settle();
    expect(bens.all('shared_location_update').filter(({ heading }) => heading === 33)).toEqual([]);
    bens.close();
  });

  test('precision can be changed while it lasts, and watchers see no more from then on', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await move(ana, { ...HERE, accuracy: 5, speed: 2, altitude: 500 });
    const bens = await connect(node, ben);
    const given = await share(ana, { target_user_id: ben.id, precision: 'street' });
    const street = await bens.next('shared_location_update');
    expect(street).toMatchObject({ precision: 'street', accuracy: 71, speed: null, altitude: null });
    const off = distanceMeters(HERE, { latitude: street.latitude!, longitude: street.longitude! });
    expect(off).toBeLessThanOrEqual(71);
    const changed = await api(app, ana).put(`/location/shares/${given.id}`, { precision: 'city', until_stopped: true });
    expect(changed.body).toMatchObject({ precision: 'city', expires_at: null, id: given.id });
    expect(await bens.next('shared_location_update', ({ precision }) => precision === 'city')).toMatchObject({
      accuracy: 7849,
    });
    expect((await seenBy(ben, ana)).body).toMatchObject({ precision: 'city', speed: null });
    const off2 = await api(app, ana).put(`/location/shares/${given.id}`, { is_active: false });
    expect(off2.body).toMatchObject({ is_active: false, end_reason: 'stopped' });
    expect((await api(app, ana).put(`/location/shares/${given.id}`, { precision: 'exact' })).status).toBe(404);
    bens.close();
  });

  test('of two changes at once each leaves what it does not name as the other has made it', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await move(ana, HERE);
    const given = await share(ana, { target_user_id: ben.id });
    const change = (terms: object) => () => api(app, ana).put(`/location/shares/${given.id}`, terms);
    const lock = { sql: 'SELECT 1 FROM location_shares WHERE id = $1 FOR UPDATE', parameters: [given.id] };
    const replies = await race(app, lock, [change({ precision: 'city' }), change({ duration_minutes: 5 })]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(replies[1]!.body).toMatchObject({ precision: 'city' });
    expect((await seenBy(ben, ana)).body).toMatchObject({ precision: 'city' });
  });

  test('letting somebody in again, or under another name, shows the same cell', async () => {
    const [ana, ben, cid] = await users('ana', 'ben', 'cid');
    await move(ana, HERE);
    const cells = new Set<string>();
    for (let n = 0; n < 5; n++) {
      const given = await share(ana, { target_user_id: (n % 2 ? ben : cid).id, precision: 'neighbourhood' });
      const { body } = await seenBy(n % 2 ? ben : cid, ana);
      cells.add(`${body.latitude} ${body.longitude}`);
      await api(app, ana).delete(`/location/shares/${given.id}`);
      const { token } = await share(ana, { audience: 'link', precision: 'neighbourhood' });
      const linked = (await api(app).get(`/location/links/${token}`)).body;
      cells.add(`${linked.latitude} ${linked.longitude}`);
    }
    expect(cells.size).toBe(1);
  });

  test('at a private place nobody sees anything, from the moment it is drawn', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await move(ana, HERE);
    const given = await share(ana, { target_user_id: ben.id });
    const bens = await connect(node, ben);
    const home = await api(app, ana).post('/location/private-places', { name: 'Home', ...HERE, radius_meters: 100 });
    expect(home).toMatchObject({ status: 201, body: { name: 'Home', radius_meters: 100 } });
    const paused = await bens.next('shared_location_update', ({ state }) => state === 'paused');
    expect(paused).toMatchObject({ share_id: given.id, latitude: null, longitude: null, recorded_at: null });
    expect((await seenBy(ben, ana)).body).toMatchObject({ state: 'paused', latitude: null, age_ms: null });
    expect((await api(app, ana).get('/location/current')).body).toMatchObject({ ...HERE, state: 'live' });
    await move(ana, away(HERE, 400));
    expect((await seenBy(ben, ana)).body).toMatchObject({ state: 'live', ...away(HERE, 400) });
    expect((await api(app, ben).delete(`/location/private-places/${home.body.id}`)).status).toBe(404);
    expect((await api(app, ana).get('/location/private-places')).body.places).toHaveLength(1);
    expect((await api(app, ana).delete(`/location/private-places/${home.body.id}`)).status).toBe(204);
    await move(ana, HERE);
    expect((await seenBy(ben, ana)).body.state).toBe('live');
    bens.close();
  });

  test('there are a hundred live shares of one person at most, whatever they are', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const { id } = await share(ana, { audience: 'link' });
    await app.db.query(
      `INSERT INTO location_shares OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(s, jsonb_build_object(
         'id', nextval(pg_get_serial_sequence('location_shares', 'id')), 'token_hash', md5(n::text)))).*
       FROM location_shares s, generate_series(1, 98) n WHERE s.id = $1`,
      [id],
    );
    const last = { target_user_id: ben.id };
    expect((await api(app, ana).post('/location/shares', last)).status).toBe(201);
    const over = await api(app, ana).post('/location/shares', { audience: 'contacts' });
    expect(over).toMatchObject({ body: { code: 'location.too_many_shares', params: { limit: 100 } } });
    expect((await api(app, ana).post('/location/shares', last)).status).toBe(200);
    expect((await api(app, ana).get('/location/shares?limit=100')).body).toMatchObject({ next_cursor: null });
    expect((await api(app, ana).delete('/location/shares')).body).toEqual({ stopped: 100 });
  });

  test('there are twenty private places at most', async () => {
    const [ana] = await users('ana');
    const draw = () => api(app, ana).post('/location/private-places', { name: 'x', ...HERE });
    for (let n = 0; n < 20; n++) expect((await draw()).status).toBe(201);
    expect((await draw()).body).toMatchObject({ code: 'location.too_many_private_places', params: { limit: 20 } });
  });

  test('everything ends at once, on every node', async () => {
    const [ana, ben, cid] = await users('ana', 'ben', 'cid');
    const chat = await buildGroup(app, ana, [cid]);
    await move(ana, HERE);
    await share(ana, { target_user_id: ben.id });
    await share(ana, { chat_id: chat, until_stopped: true });
    const { token } = await share(ana, { audience: 'link' });
    const back = await share(ben, { target_user_id: ana.id });
    const [bens, cids] = await Promise.all([connect(node, ben), connect(node, cid)]);
    expect((await api(app, ana).delete('/location/shares')).body).toEqual({ stopped: 3 });
    for (const viewer of [ben, cid]) expect((await seenBy(viewer, ana)).status).toBe(404);
    expect((await api(node).get(`/location/links/${token}`)).status).toBe(404);
    for (const socket of [bens, cids])
      expect(await socket.next('location_share_stopped')).toMatchObject({ user_id: ana.id, reason: 'stopped' });
    expect((await api(app, ana).get('/location/shares')).body.items).toMatchObject([{ id: back.id }]);
    expect((await api(app, ana).delete('/location/shares')).body).toEqual({ stopped: 0 });
    [bens, cids].forEach((socket) => socket.close());
  });
});

describe('who has seen', () => {
  test('the owner knows who can see him, since when and how precisely, and who did', async () => {
    const [ana, ben, cid, eve] = await users('ana', 'ben', 'cid', 'eve');
    const chat = await buildGroup(app, ana, [ben, cid]);
    await move(ana, HERE);
    const exact = await share(ana, { target_user_id: ben.id });
    const group = await share(ana, { chat_id: chat, precision: 'city' });
    const link = await share(ana, { audience: 'link' });
    await seenBy(ben, ana);
    await seenBy(ben, ana);
    await seenBy(eve, ana);
    for (let view = 0; view < 3; view++) {
      const seen = await api(app).get(`/location/links/${link.token}`);
      expect(seen.headers.get('cache-control')).toBe('no-store');
    }
    const cids = await connect(node, cid);
    const { body } = await api(app, ana).get('/location/watchers');
    const shown = body.watchers.map((one: Record<string, any>) => [one.user?.id ?? null, one.share_id, one.precision]);
    expect(body.total).toBe(4);
    expect(shown).toEqual(
      expect.arrayContaining([
        [null, link.id, 'exact'],
        [ben.id, group.id, 'city'],
        [cid.id, group.id, 'city'],
        [ben.id, exact.id, 'exact'],
      ]),
    );
    const ofBen = body.watchers.find(({ share_id }: { share_id: number }) => share_id === exact.id);
    expect(ofBen).toMatchObject({ since: exact.created_at, expires_at: exact.expires_at });
    expect(Date.parse(ofBen.last_read_at)).toBeGreaterThan(Date.parse(exact.created_at));
    const log = (await api(app, ana).get('/location/watchers/log')).body;
    expect(log.reads).toHaveLength(3);
    expect(log.reads).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ user: expect.objectContaining({ id: ben.id }), exit: 'rest', count: 2 }),
        expect.objectContaining({ user: null, exit: 'link', count: 3, share_id: link.id }),
        expect.objectContaining({
          user: expect.objectContaining({ id: cid.id }),
          exit: 'socket',
          precision: 'city',
        }),
      ]),
    );
    const first = (await api(app, ana).get('/location/watchers/log?limit=2')).body;
    const rest = (await api(app, ana).get(`/location/watchers/log?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...rest.items]).toEqual(log.items);
    expect((await api(app, ben).get('/location/watchers/log')).body.items).toEqual([]);
    cids.close();
  });

  test('views of a link that were noted one by one become one entry an hour', async () => {
    const [ana] = await users('ana');
    const link = await share(ana, { audience: 'link' });
    const noting = new NoteOneReadAnHourOfALink1796200000301();
    await app.db.tx(async () => {
      await noting.down(app.db as unknown as QueryRunner);
      await app.db.query(
        `INSERT INTO location_reads (user_id, share_id, exit, precision, hour, first_at, last_at, count)
         SELECT $1, $2, 'link', CASE n WHEN 3 THEN 'city' ELSE 'exact' END, '2026-01-31T09:00Z'::timestamptz + hour * interval '1 hour',
           '2026-01-31T09:00Z'::timestamptz + n * interval '1 min', '2026-01-31T09:00Z'::timestamptz + n * interval '2 min', n
         FROM generate_series(1, 3) n, generate_series(0, 1) hour WHERE hour = 0 OR n = 1`,
        [ana.id, link.id],
      );
      await noting.up(app.db as unknown as QueryRunner);
    });
    const { reads } = (await api(app, ana).get('/location/watchers/log')).body;
    expect(reads).toMatchObject([
      { count: 1, precision: 'exact' },
      { count: 6, precision: 'city', first_at: '2026-01-31T09:01:00.000Z', last_at: '2026-01-31T09:06:00.000Z' },
    ]);
  });
});

describe('what watchers hear', () => {
  test('at most one position an interval from one person, over both nodes, and the last one in the end', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const bens = await connect(node, ben);
    const [phone, tablet] = await Promise.all([connect(app, ana), connect(node, ana)]);
    const began = Date.now();
    for (let metres = 0; metres < 60; metres += 1)
      await (metres % 2 ? phone : tablet).ask('location_update', { ...away(HERE, metres), heading: metres });
    await bens.next('shared_location_update', ({ heading }) => heading === 59);
    const intervals = Math.floor((Date.now() - began) / 1000);
    expect(bens.all('shared_location_update').length).toBeLessThanOrEqual(intervals + 2);
    const headings = bens.all('shared_location_update').map(({ heading }) => heading);
    expect(headings).toEqual(headings.toSorted((a, b) => a! - b!));
    [bens, phone, tablet].forEach((socket) => socket.close());
  });

  test('the last one also if its node is shut down before the interval is over', async () => {
    const leaving = await boot({ beside: app, roles: ['api'], env: { LOCATION_UPDATE_INTERVAL_MS: '60000' } });
    const [ana, ben] = await users('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const bens = await connect(node, ben);
    for (const heading of [1, 2, 3]) await api(leaving, ana).post('/location/update', { ...HERE, heading });
    await leaving.close();
    await bens.next('shared_location_update', ({ heading }) => heading === 3);
    bens.close();
  });

  test('that a position has become old, without having to guess', async () => {
    const [ana, ben] = await users('ana', 'ben');
    const at = Date.now();
    await move(ana, { ...HERE, recorded_at: new Date(at - 55_000).toISOString() });
    await share(ana, { target_user_id: ben.id });
    const bens = await connect(node, ben);
    expect((await bens.next('shared_location_update')).state).toBe('live');
    await until('it is a minute old', () => Date.now() >= at + 5100);
    await app.get(AgesService).tell();
    expect(await bens.next('shared_location_update', ({ state }) => state === 'delayed')).toMatchObject(HERE);
    await move(ana, HERE);
    await bens.next('shared_location_update', ({ state, age_ms }) => state === 'live' && age_ms! < 5000);
    bens.close();
  });

  test('the same of old positions if it could not be told at first', async () => {
    const still = await boot({ roles: ['api'] }); // where no clock runs
    const [ana, ben] = await buildUsers(still, 'ana', 'ben');
    const at = Date.now() - 90_000;
    await api(still, ana).post('/location/update', { ...HERE, recorded_at: new Date(at).toISOString() });
    await api(still, ana).post('/location/shares', { target_user_id: ben.id });
    const bens = await connect(still, ben);
    await bens.next('shared_location_update');
    await still.db.settle();
    await still.get(Bus).settle();
    const heard = bens.all('shared_location_update').length;
    const ages = still.get(AgesService);
    await ages.tell(at + 59_000);
    const asked = jest.spyOn(still.get(PointsRepository), 'sharedBetween').mockRejectedValueOnce(new Error('away'));
    await expect(ages.tell(at + 61_000)).rejects.toThrow('away');
    asked.mockRestore();
    await ages.tell(at + 62_000);
    await until('it is told', () => bens.all('shared_location_update').length > heard);
    bens.close();
    await still.close();
  });

  test('without Redis at most one position an interval too', async () => {
    const [ana, ben] = await users('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const bens = await connect(app, ben);
    const redis = app.app.get<RedisClient>(COMMANDS);
    const pipeline = redis.pipeline.bind(redis);
    const gone = jest.spyOn(redis, 'pipeline').mockImplementation((...commands) => {
      const one = pipeline(...(commands as []));
      one.exec = () => Promise.reject(new Error('away'));
      return one;
    });
    const began = Date.now();
    for (let metres = 0; metres < 30; metres++) await move(ana, { ...away(HERE, metres), heading: metres });
    await bens.next('shared_location_update', ({ heading }) => heading === 29);
    gone.mockRestore();
    const intervals = Math.floor((Date.now() - began) / 1000);
    expect(bens.all('shared_location_update').length).toBeLessThanOrEqual(intervals + 2);
    bens.close();
  });
});
