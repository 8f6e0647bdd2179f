import { CrossingsService } from 'src/modules/geofences/crossings.service';
import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { WatchesRepository } from 'src/modules/geofences/watches.repository';
import { buildGroup } from 'test/factories/chats';
import { circleAround, crossingsOf, decideOn, drawFence, OFFICE, stayAt, walkThrough } from 'test/factories/geofences';
import { away } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { race } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startCounting } from 'test/support/queries';
import { connect } from 'test/support/socket';

// Ana shares and is watched; Ben draws the fences.

let app: TestApp;
beforeAll(async () => {
  // nobody walks that fast
  app = await boot({ env: { LOCATION_JUMP_SPEED: '100000' } });
});
afterAll(async () => {
  await app.close();
});

const around = (radius: number, rest: object = {}) => circleAround(OFFICE, radius, rest);
const draw = (user: TestUser, fence: object) => drawFence(app, user, fence);
const eventsOf = (user: TestUser, query = '') => crossingsOf(app, user, query);
const people = <Names extends string[]>(...names: Names) => buildUsers(app, ...names);
const share = async (owner: TestUser, draft: object) => {
  const { status, body } = await api(app, owner).post('/location/shares', draft);
  expect([200, 201]).toContain(status);
  await app.settle();
  return body as { id: number };
};
const walk = (user: TestUser, metres?: number) => walkThrough(app, user, metres);
const stay = (user: TestUser, metres: number, now?: number) => stayAt(app, user, metres, now);
const stopAll = async (owner: TestUser) => {
  await api(app, owner).delete('/location/shares');
  await app.settle();
};
const decide = (user: TestUser, fence: GeofenceView, accepted: boolean) => decideOn(app, user, fence, accepted);
const watching = async (user: TestUser) =>
  (await api(app, user).get('/location/geofences/watching')).body.watches.map(
    ({ geofence, owner, state }: { geofence: GeofenceView; owner: { id: string }; state: string }) => [
      geofence.id,
      owner.id,
      state,
    ],
  );
const unnumbered = ({ location_id: _, first_location_id: __, evidence, ...event }: GeofenceEventView) => ({
  ...event,
  evidence: evidence.map(({ location_id: ___, ...one }) => one),
});
const inShort = (events: GeofenceEventView[]) => events.map(({ event_type, user_id }) => [event_type, user_id]);

describe('a fence for another', () => {
  test('sees him once he agrees, tells who drew it, and ends with the share', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const fence = { ...around(50), subject_id: ana.id };
    expect((await api(app, ben).post('/location/geofences', fence)).body.code).toBe('geofence.not_shared');
    const { id: shareId } = await share(ana, { target_user_id: ben.id });
    const [anas, bens] = [await connect(app, ana), await connect(app, ben)];
    const drawn = await draw(ben, fence);
    expect(drawn).toMatchObject({ subject_id: ana.id, owner_id: ben.id, watch_state: 'asked', is_inside: null });
    expect(await anas.next('geofence_watch_changed')).toMatchObject({ geofence_id: drawn.id, state: 'asked' });
    expect(await watching(ana)).toEqual([[drawn.id, ben.id, 'asked']]);
    expect(await watching(ben)).toEqual([]);

    await walk(ana);
    expect(await eventsOf(ben)).toEqual([]);
    expect((await decide(eve, drawn, true)).status).toBe(404);
    expect((await decide(ben, drawn, true)).status).toBe(404);
    expect((await decide(ana, drawn, true)).body).toMatchObject({ state: 'accepted' });
    await bens.next('geofence_watch_changed', ({ state }) => state === 'accepted');
    expect((await api(app, ben).get(`/location/geofences/${drawn.id}`)).body.watch_state).toBe('accepted');
    expect((await api(app, ana).get(`/location/geofences/${drawn.id}`)).status).toBe(404);

    await walk(ana);
    const events = await eventsOf(ben);
    expect(inShort(events)).toEqual([
      ['entry', ana.id],
      ['exit', ana.id],
    ]);
    const own = await eventsOf(ana);
    expect(own.map(unnumbered)).toEqual(events.map(unnumbered));
    // which points they are is hers to know, and how many are between
    const numbers = (of: GeofenceEventView[]) => of.flatMap(({ evidence }) => evidence.map((one) => one.location_id));
    expect(numbers(own)).toEqual(numbers(own).toSorted((a, b) => a - b));
    expect(numbers(events).filter((number) => numbers(own).includes(number))).toEqual([]);
    expect(new Set(numbers(events)).size).toBe(new Set(numbers(own)).size);
    expect(events[0]!.first_location_id).toBe(events[0]!.evidence[0]!.location_id);
    expect(await eventsOf(eve)).toEqual([]);
    expect(await eventsOf(ben, `&user_id=${eve.id}`)).toEqual([]);
    expect(await bens.next('geofence_event', ({ event_type }) => event_type === 'exit')).toEqual(events[1]);
    expect(anas.all('geofence_event')).toEqual([]);

    expect((await api(app, ana).delete(`/location/shares/${shareId}`)).status).toBe(204);
    expect(await eventsOf(ben)).toEqual([]);
    expect((await api(app, ben).get(`/location/geofences/${drawn.id}`)).body.watch_state).toBe('ended');
    expect(await watching(ana)).toEqual([]);
    await share(ana, { target_user_id: ben.id });
    await walk(ana);
    expect(await eventsOf(ben)).toEqual([]);
    expect((await api(app, ben).post(`/location/geofences/${drawn.id}/ask`)).status).toBe(200);
    expect(await watching(ana)).toEqual([[drawn.id, ben.id, 'asked']]);
    [anas, bens].forEach((socket) => socket.close());
  });

  test('who says no is not seen, and not asked again at once; who no longer wants to be seen is not', async () => {
    const [ana, ben] = await people('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const refused = await draw(ben, { ...around(50), subject_id: ana.id });
    const agreed = await draw(ben, { ...around(60), subject_id: ana.id });
    expect((await decide(ana, refused, false)).body.state).toBe('declined');
    await decide(ana, agreed, true);
    expect(await api(app, ben).post('/location/geofences', { ...around(50), subject_id: ana.id })).toMatchObject({
      status: 429,
      body: { code: 'geofence.asked_too_often' },
    });
    await walk(ana);
    expect((await eventsOf(ben)).map(({ geofence_id }) => geofence_id)).toEqual([agreed.id, agreed.id]);
    expect((await decide(ana, agreed, false)).body.state).toBe('withdrawn');
    expect(await eventsOf(ben)).toEqual([]);
    await walk(ana);
    expect(await eventsOf(ana)).toHaveLength(2);
    const fixes = await app.db.query('SELECT FROM location_followers WHERE user_id = $1', [ana.id]);
    expect(fixes).toEqual([]);
  });

  test('that is moved asks anew', async () => {
    const [ana, ben] = await people('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const fence = await draw(ben, { ...around(50), subject_id: ana.id });
    await decide(ana, fence, true);
    const put = (body: object) => api(app, ben).put(`/location/geofences/${fence.id}`, body);
    expect((await put({ name: 'Work' })).body.watch_state).toBe('accepted');
    expect((await put({ radius: 500 })).body.watch_state).toBe('asked');
    await walk(ana);
    expect(await eventsOf(ben)).toEqual([]);
  });

  test('is agreed to as it was shown, be it moved at the same moment', async () => {
    const [ana, ben] = await people('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const fence = await draw(ben, { ...around(50), subject_id: ana.id });
    const consent = `/location/geofences/${fence.id}/consent`;
    expect((await api(app, ana).put(consent, { accepted: true })).body.errors).toMatchObject([
      { field: 'revision', code: 'required' },
    ]);
    const lock = { sql: 'SELECT FROM geofence_areas WHERE id = $1 FOR UPDATE', parameters: [fence.id] };
    const enlarge = (radius: number) => () => api(app, ben).put(`/location/geofences/${fence.id}`, { radius });
    const [moved, late] = await race(app, lock, [enlarge(500), () => decide(ana, fence, true)]);
    expect(moved!.body).toMatchObject({ watch_state: 'asked', radius: 500 });
    expect(late).toMatchObject({ status: 409, body: { code: 'geofence.changed' } });
    expect(await watching(ana)).toEqual([[fence.id, ben.id, 'asked']]);

    const shown = (await api(app, ana).get('/location/geofences/watching')).body.watches[0].geofence;
    const [early, movedAgain] = await race(app, lock, [() => decide(ana, shown, true), enlarge(600)]);
    expect(early!.body).toMatchObject({ state: 'accepted', geofence: { radius: 500 } });
    expect(movedAgain!.body).toMatchObject({ watch_state: 'asked', radius: 600 });
    await walk(ana, 2000);
    expect(await eventsOf(ben)).toEqual([]);
    expect((await decide(ana, shown, false)).body.state).toBe('declined');
  });

  test('sees no more than the share shows', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const { id } = await share(ana, { target_user_id: ben.id, precision: 'neighbourhood' });
    const small = await api(app, ben).post('/location/geofences', { ...around(700), subject_id: ana.id });
    expect(small).toMatchObject({ status: 422, body: { code: 'geofence.too_small', params: { metres: 778 } } });
    // however long a strip is, every cell is wider
    const [south, north] = [away(OFFICE, -300, -8000), away(OFFICE, 300, 8000)];
    const [w, e] = [south.longitude, north.longitude];
    const ring = [[w, south.latitude], [e, south.latitude], [e, north.latitude], [w, north.latitude], [w, south.latitude]]; // oxfmt-ignore
    const geometry = { type: 'Polygon', coordinates: [ring] };
    const strip = await api(app, ben).post('/location/geofences', { name: 'Strip', geometry, subject_id: ana.id });
    expect(strip).toMatchObject({ status: 422, body: { code: 'geofence.too_small', params: { metres: 778 } } });
    const fence = await draw(ben, { ...around(5000), subject_id: ana.id });
    expect((await api(app, ben).put(`/location/geofences/${fence.id}`, { geometry })).body.code).toBe(
      'geofence.too_small',
    );
    await decide(ana, fence, true);
    await walk(ana, 20_000);
    const seen = (await api(app, ben).get(`/location/current/${ana.id}`)).body;
    const events = await eventsOf(ben);
    expect(inShort(events)).toEqual([
      ['entry', ana.id],
      ['exit', ana.id],
    ]);
    expect(events[1]).toMatchObject({
      precision: 'neighbourhood',
      location: { latitude: seen.latitude, longitude: seen.longitude, accuracy: seen.accuracy },
    });
    // who is told less from now on reads no more of what was told before
    await api(app, ana).put(`/location/shares/${id}`, { precision: 'city' });
    expect(await eventsOf(ben)).toEqual([]);
    await api(app, ana).put(`/location/shares/${id}`, { precision: 'exact' });
    expect(await eventsOf(ben)).toEqual(events);
    await api(app, ana).post('/location/private-places', { name: 'Home', ...OFFICE, radius_meters: 2000 });
    expect(inShort(await eventsOf(ben))).toEqual([['exit', ana.id]]);
    expect((await eventsOf(ana)).map(unnumbered)).toEqual(events.map(unnumbered));
    await walk(ana, 20_000);
    expect(inShort(await eventsOf(ben))).toEqual([['exit', ana.id]]);
  });

  test('knows nothing under a new share of what it knew under an earlier one', async () => {
    const [ana, ben] = await people('ana', 'ben');
    await share(ana, { target_user_id: ben.id });
    const fence = await draw(ben, { ...around(50), subject_id: ana.id });
    const anew = async () => {
      await stopAll(ana);
      await share(ana, { target_user_id: ben.id });
      await api(app, ben).post(`/location/geofences/${fence.id}/ask`);
      expect((await decide(ana, fence, true)).status).toBe(200);
    };
    await decide(ana, fence, true);
    await stay(ana, 300);
    await anew();
    await stay(ana, 0);
    expect(await eventsOf(ben)).toEqual([]); // she was inside already
    await anew();
    await stay(ana, 300);
    expect(await eventsOf(ben)).toEqual([]); // and outside
    await walk(ana);
    expect(inShort(await eventsOf(ben))).toEqual([
      ['entry', ana.id],
      ['exit', ana.id],
    ]);
  });
});

test('those who are not connected get a push of what others did, while they may know it; who crossed gets none', async () => {
  const [ana, ben, cid, dan] = await people('ana', 'ben', 'cid', 'dan');
  const chat = await buildGroup(app, ben, [ana, cid, dan]);
  await share(ana, { target_user_id: ben.id });
  await share(ana, { chat_id: chat });
  const fence = await draw(ben, { ...around(50, { name: 'Work' }), subject_id: ana.id });
  const pushes = async (user: TestUser) => {
    const sql = `SELECT title, body, data->>'event_type' AS type FROM push_notifications
      WHERE user_id = $1 AND data->>'event_id' IS NOT NULL ORDER BY (data->>'event_id')::int`;
    return app.db.query<{ title: string; body: string; type: string }>(sql, [user.id]);
  };
  await walk(ana);
  expect(await pushes(ben)).toEqual([]); // she has not agreed
  await decide(ana, fence, true);
  await walk(ana);
  const name = (await api(app, ana).get('/profile')).body.display_name ?? ana.username;
  expect(await pushes(ben)).toEqual([
    { type: 'entry', title: 'Arrived', body: `${name} has arrived at Work.` },
    { type: 'exit', title: 'Left', body: `${name} has left Work.` },
  ]);
  for (const other of [ana, cid, dan]) expect(await pushes(other)).toEqual([]);

  await decide(ana, fence, false);
  await draw(ben, { ...around(50, { name: 'Club' }), chat_id: chat });
  const dans = await connect(app, dan);
  await walk(ana);
  await dans.next('geofence_event', ({ event_type }) => event_type === 'exit');
  for (const told of [ben, cid])
    expect((await pushes(told)).slice(-2).map(({ body }) => body)).toEqual([
      `${name} has arrived at Club.`,
      `${name} has left Club.`,
    ]);
  for (const other of [ana, dan]) expect(await pushes(other)).toEqual([]);
  dans.close();
});

test('who reads or hears of events of others is in their log, by the share that shows them', async () => {
  const [ana, ben, cid, dan] = await people('ana', 'ben', 'cid', 'dan');
  const chat = await buildGroup(app, ben, [ana, cid, dan]);
  const { id } = await share(ana, { chat_id: chat, precision: 'street' });
  // wherever the street's cells lie, their middles are on the right side
  await draw(ben, { ...around(200), chat_id: chat });
  const log = async () => {
    await app.settle();
    const { reads } = (await api(app, ana).get('/location/watchers/log')).body;
    return reads
      .filter(({ exit }: { exit: string }) => exit === 'fence')
      .map((read: { user: { id: string }; share_id: number; precision: string; count: number }) => [
        read.user.id,
        read.share_id,
        read.precision,
        read.count,
      ]);
  };
  const cids = await connect(app, cid);
  await walk(ana, 600);
  await cids.next('geofence_event', ({ event_type }) => event_type === 'exit');
  expect(await log()).toEqual([[cid.id, id, 'street', 2]]);
  const notes = startCounting(app, /INSERT INTO location_reads/);
  expect(await eventsOf(dan)).toHaveLength(2);
  notes.stop();
  expect(notes.count).toBe(1);
  await eventsOf(ana);
  expect(await log()).toEqual([
    [dan.id, id, 'street', 2],
    [cid.id, id, 'street', 2],
  ]);
  cids.close();
});

test('whom it watches has stayed as long as a fence asks from now on, though his phone is silent', async () => {
  const [ana, ben] = await people('ana', 'ben');
  const chat = await buildGroup(app, ben, [ana]);
  await share(ana, { target_user_id: ben.id });
  await share(ana, { chat_id: chat });
  const fences = [
    await draw(ben, { ...around(50), subject_id: ana.id }),
    await draw(ben, { ...around(50, { dwell_seconds: 86_400 }), chat_id: chat }),
  ];
  await decide(ana, fences[0]!, true);
  // all of this was an hour ago
  for (const [table, column] of [
    ['location_shares', 'created_at'],
    ['geofence_areas', 'created_at'],
    ['geofence_watches', 'decided_at'],
    ['chat_participants', 'joined_at'],
  ])
    await app.db.query(`UPDATE ${table} SET ${column} = ${column} - interval '1 hour'`);
  await stay(ana, 300, Date.now() - 600_000);
  await stay(ana, 0, Date.now() - 500_000);
  for (const { id } of fences) await api(app, ben).put(`/location/geofences/${id}`, { dwell_seconds: 60 });
  const dwells = (await eventsOf(ben)).filter(({ event_type }) => event_type === 'dwell');
  expect(dwells.map(({ geofence_id, reason }) => [geofence_id, reason]).sort()).toEqual(
    fences.map(({ id }) => [id, 'silence']),
  );
});

describe('a fence for a chat', () => {
  test('that awaits a stay asks for no others than those near it', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const chat_id = await buildGroup(app, ben, [ana]);
    await share(ana, { chat_id });
    const { id } = await draw(ben, { ...around(50, { dwell_seconds: 60 }), chat_id });
    for (const north of [1000, 2000]) await draw(ben, { ...circleAround(away(OFFICE, north), 50), chat_id });
    await walk(ana, 300);
    const asked = jest.spyOn(app.get(WatchesRepository), 'seeing');
    await app.get(CrossingsService).dwell(ana.id, id, new Date());
    expect((await asked.mock.results[0]!.value) as object[]).toMatchObject([{ id }]);
    asked.mockRestore();
  });

  test('that nobody has come near before finds who comes, stays, or goes straight through', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const chat = await buildGroup(app, ben, [ana]);
    await share(ana, { chat_id: chat });
    await draw(ben, { ...around(50), chat_id: chat });
    const at = async (...metres: number[]) => {
      const now = Date.now();
      const locations = metres.map((north, index) => ({
        ...away(OFFICE, north),
        accuracy: 5,
        recorded_at: new Date(now + index).toISOString(),
      }));
      expect((await api(app, ana).post('/location/batch', { locations })).body.refused).toBe(0);
      await app.settle();
    };
    await at(3000, 2000, 1000);
    expect(await app.db.query('SELECT FROM geofence_states WHERE user_id = $1', [ana.id])).toEqual([]);
    await at(-1000, -1100, -1200);
    expect((await eventsOf(ben)).map(({ event_type, reason }) => [event_type, reason])).toEqual([
      ['entry', 'passage'],
      ['exit', 'passage'],
    ]);
  });

  test('takes nobody for outside by one fix, which may be a jump', async () => {
    const [ana, bea, ben] = await people('ana', 'bea', 'ben');
    const chat = await buildGroup(app, ben, [ana, bea]);
    for (const sharer of [ana, bea]) await share(sharer, { chat_id: chat });
    await draw(ben, { ...around(50), chat_id: chat });
    const at = async (user: TestUser, north: number, minute: number) => {
      const recorded_at = new Date(Date.now() - 1000 + minute * 10_000).toISOString();
      await api(app, user).post('/location/update', { ...away(OFFICE, north), accuracy: 5, recorded_at });
      await app.settle();
    };
    for (const [index, north] of [200, 9, 8, 198, 9].entries()) await at(ana, north, index + 1);
    for (const [index, north] of [2000, 1900, 9, 8].entries()) await at(bea, north, index + 1);
    expect(inShort(await eventsOf(ben))).toEqual([['entry', bea.id]]);
  });

  test('is not changed by who is in the chat no more; he still sees it among his own, and can remove it', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const chat = await buildGroup(app, ana, [ben]);
    const fence = await draw(ben, { ...around(50), chat_id: chat });
    const path = `/location/geofences/${fence.id}`;
    expect((await api(app, ben).put(path, { name: 'Ours' })).status).toBe(200);
    await api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`);
    for (const change of [{ name: 'Mine' }, { radius: 500 }, { is_active: false }])
      expect(await api(app, ben).put(path, change)).toMatchObject({ status: 404, body: { code: 'chat.not_found' } });
    expect((await api(app, ana).get(path)).body).toMatchObject({ name: 'Ours', radius: 50, is_active: true });
    expect((await api(app, ben).get('/location/geofences')).body.geofences).toMatchObject([{ id: fence.id }]);
    expect((await api(app, ben).get(`/location/geofences?chat_id=${chat}`)).status).toBe(404);
    expect((await api(app, ben).delete(path)).status).toBe(204);
    expect((await api(app, ana).get(path)).status).toBe(404);
  });

  test('begins anew with a new share, a new yes, and with who comes back', async () => {
    const [ana, ben, cid] = await people('ana', 'ben', 'cid');
    const chat = await buildGroup(app, cid, [ana, ben]);
    await share(ana, { chat_id: chat });
    const fence = await draw(ben, { ...around(50), chat_id: chat });
    const participants = `/chats/${chat}/participants`;
    const goAndComeBack = async (user: TestUser) => {
      expect((await api(app, cid).delete(`${participants}/${user.id}`)).status).toBeLessThan(300);
      await app.settle();
      expect((await api(app, cid).post(participants, { user_ids: [user.id] })).status).toBeLessThan(300);
      await app.settle();
    };
    let at = 300;
    for (const change of [
      async () => {
        await stopAll(ana);
        await share(ana, { chat_id: chat });
      },
      async () => {
        await decide(ana, fence, false);
        await decide(ana, fence, true);
      },
      async () => {
        await goAndComeBack(ana);
        await share(ana, { chat_id: chat });
      },
      () => goAndComeBack(ben),
    ]) {
      await stay(ana, at);
      await change();
      at = 300 - at;
      await stay(ana, at);
      expect(await eventsOf(cid)).toEqual([]);
    }
    await walk(ana);
    expect(inShort(await eventsOf(cid))).toEqual([
      ['entry', ana.id],
      ['exit', ana.id],
    ]);
  });

  test('sees who shares with the chat, tells its members, and not who has said no', async () => {
    const [ana, ben, cid, dan, eve] = await people('ana', 'ben', 'cid', 'dan', 'eve');
    const chat = await buildGroup(app, ben, [ana, cid, dan]);
    expect((await api(app, eve).post('/location/geofences', { ...around(50), chat_id: chat })).status).toBe(404);
    const before = await share(ana, { chat_id: chat });
    const fence = await draw(ben, { ...around(50), chat_id: chat });
    await share(cid, { chat_id: chat });
    expect(await watching(ana)).toEqual([[fence.id, ben.id, 'accepted']]);
    for (const [user, status] of [
      [dan, 200],
      [eve, 404],
    ] as const)
      // oxfmt-ignore
      expect((await api(app, user).get(`/location/geofences?chat_id=${chat}`)).status).toBe(status);
    expect((await api(app, dan).get(`/location/geofences/${fence.id}`)).body).toMatchObject({ chat_id: chat });
    expect((await api(app, dan).put(`/location/geofences/${fence.id}`, { name: 'Mine' })).status).toBe(404);
    const dans = await connect(app, dan);
    await walk(ana);
    await walk(cid);
    await walk(dan);
    const crossed = [
      ['entry', ana.id],
      ['exit', ana.id],
      ['entry', cid.id],
      ['exit', cid.id],
    ];
    expect(inShort(await eventsOf(dan))).toEqual(crossed);
    expect(inShort(await eventsOf(ben))).toEqual(crossed);
    expect(await eventsOf(eve)).toEqual([]);
    await dans.next('geofence_event', ({ user_id, event_type }) => user_id === cid.id && event_type === 'exit');
    expect(dans.all('geofence_event')).toHaveLength(4);

    expect((await decide(cid, fence, false)).body.state).toBe('withdrawn');
    await walk(cid);
    expect(inShort(await eventsOf(dan))).toEqual(crossed.slice(0, 2));
    await api(app, ana).delete(`/location/shares/${before.id}`);
    expect(await eventsOf(dan)).toEqual([]);
    await decide(cid, fence, true);
    // far from any fence nothing is kept of anybody
    const far = await draw(ben, { ...around(50), center_latitude: 10, chat_id: chat });
    await walk(cid);
    expect(await app.db.query('SELECT FROM geofence_states WHERE geofence_id = $1', [far.id])).toEqual([]);
    expect(inShort(await eventsOf(dan)).slice(-2)).toEqual(crossed.slice(2));
    dans.close();
  });
});
