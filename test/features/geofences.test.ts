import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { circleAround, crossingsOf, drawFence, fix, OFFICE, lately, sendFixes } from 'test/factories/geofences';
import { away, endingNow, keepHistory, readTrack } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
let node: TestApp;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app });
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const LATELY = lately();

const draw = (user: TestUser, fence: object) => drawFence(app, user, fence);
const send = (user: TestUser, locations: object[], on = app) => sendFixes(on, user, locations);
const eventsOf = (user: TestUser, query = '') => crossingsOf(app, user, query);
const inShort = (events: GeofenceEventView[]) => events.map(({ event_type, recorded_at }) => [event_type, recorded_at]);

describe('fences', () => {
  test('one is drawn, read, listed, changed and removed by its owner; to others it does not exist', async () => {
    const [ana, eve] = await buildUsers(app, 'ana', 'eve');
    const fence = await draw(ana, circleAround(OFFICE, 150, { notify_on_exit: false }));
    expect(fence).toMatchObject({
      name: 'Office',
      center_latitude: OFFICE.latitude,
      radius_meters: 150,
      radius: 150,
      notify_on_entry: true,
      notify_on_exit: false,
      trigger_on_exit: false,
      is_active: true,
      is_inside: null,
    });
    const other = await draw(ana, {
      ...circleAround(OFFICE, 0),
      radius_meters: undefined,
      radius: 10,
      trigger_on_enter: false,
    });
    expect(other).toMatchObject({ radius_meters: 10, notify_on_entry: false, notify_on_exit: true });
    const path = `/location/geofences/${fence.id}`;
    expect((await api(node, ana).get(path)).body).toEqual(fence);
    const first = (await api(app, ana).get('/location/geofences?limit=1')).body;
    expect(first.geofences).toEqual([other]);
    const rest = (await api(app, ana).get(`/location/geofences?limit=1&cursor=${first.next_cursor}`)).body;
    expect(rest).toMatchObject({ items: [fence], next_cursor: null });
    const changed = await api(app, ana).put(path, { name: 'Work', notify_on_exit: true });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Work', radius: 150, notify_on_exit: true } });
    for (const reply of [
      await api(app, eve).get(path),
      await api(app, eve).put(path, { name: 'Mine' }),
      await api(app, eve).delete(path),
      await api(app, ana).get('/location/geofences/999999'),
    ])
      expect(reply).toMatchObject({ status: 404, body: { code: 'geofence.not_found' } });
    expect((await api(app, eve).get('/location/geofences')).body.items).toEqual([]);
    expect((await api(app, ana).delete(path)).status).toBe(204);
    expect((await api(app, ana).get(path)).status).toBe(404);
  });

  test.each<[string, object, string]>([
    ['no name', { name: '  ' }, 'name'],
    ['long name', { name: 'x'.repeat(101) }, 'name'],
    ['latitude', { center_latitude: 91 }, 'center_latitude'],
    ['no radius', { radius_meters: undefined }, 'radius_meters'],
    ['small radius', { radius_meters: 9.9 }, 'radius_meters'],
    ['large radius', { radius_meters: 100_001 }, 'radius_meters'],
    ['text for a flag', { notify_on_entry: 'yes' }, 'notify_on_entry'],
  ])('a fence with a bad %s is refused', async (_, fault, field) => {
    const ana = await buildUser(app, 'ana');
    const reply = await api(app, ana).post('/location/geofences', { ...circleAround(OFFICE, 50), ...fault });
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation.failed', errors: [{ field }] } });
  });

  test('a keyed POST draws one fence however often it comes', async () => {
    const ana = await buildUser(app, 'ana');
    const headers = { 'Idempotency-Key': 'fence-1' };
    const made = await Promise.all(
      [app, node, app].map((on) => api(on, ana).post('/location/geofences', circleAround(OFFICE, 50), { headers })),
    );
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect((await api(app, ana).get('/location/geofences')).body.items).toHaveLength(1);
  });
});

describe('crossings', () => {
  test('a recorded walk, point by point over a socket, enters and leaves at the right fixes, and is told at once', async () => {
    const ana = await buildUser(app, 'ana');
    // up to what follows the last leaving: that has just happened, the first was half an hour ago
    const walk = endingNow(readTrack('walk-cerknica').slice(0, 212));
    const once = await draw(ana, circleAround(walk[54]!, 50, { name: 'Once' }));
    const twice = await draw(ana, circleAround(walk[144]!, 50, { name: 'Twice' }));
    const never = await draw(ana, circleAround(away(walk[54]!, 5000), 50, { name: 'Never' }));
    const socket = await connect(node, ana);
    for (const point of walk) expect((await socket.ask('location_update', { ...point, accuracy: 5 })).ok).toBe(true);
    const events = await eventsOf(ana);
    // surely inside are the fixes 49–58, surely outside 61 on; of the other fence 140–148, 150 on, 198–202, 203 on (2 s apart)
    const expected = [
      [once, 'entry', 50, 49],
      [once, 'exit', 62, 61],
      [twice, 'entry', 141, 140],
      [twice, 'exit', 151, 150],
      [twice, 'entry', 200, 198],
      [twice, 'exit', 205, 203],
    ] as const;
    expect(
      events.map(({ geofence_id, event_type, recorded_at, crossed_at }) => [
        geofence_id,
        event_type,
        recorded_at,
        crossed_at,
      ]),
    ).toEqual(
      expected.map(([fence, type, at, first]) => [fence.id, type, walk[at]!.recorded_at, walk[first]!.recorded_at]),
    );
    expect(events[0]).toMatchObject({
      geofence_name: 'Once',
      location: { latitude: walk[50]!.latitude, longitude: walk[50]!.longitude, accuracy: 5 },
      timestamp: walk[50]!.recorded_at,
    });
    const toTell = events.filter(({ is_late }) => !is_late);
    for (const { id } of toTell) await socket.next('geofence_event', (event) => event.id === id);
    // at this pace each may be told by another node
    expect(socket.all('geofence_event').sort((a, b) => a.id - b.id)).toEqual(toTell);
    expect(events.map(({ is_late }) => is_late)).toEqual([true, true, false, false, false, false]);
    expect((await api(app, ana).get('/location/geofences')).body.items).toMatchObject([
      { id: never.id, is_inside: false },
      { id: twice.id, is_inside: false },
      { id: once.id, is_inside: false },
    ]);
    socket.close();
  });

  test('a recorded drive, in batches on two nodes, each in any order inside: the same', async () => {
    const ben = await buildUser(app, 'ben');
    const drive = endingNow(readTrack('drive-visnjan'));
    const fence = await draw(ben, circleAround(drive[60]!, 100));
    for (let start = 0; start < drive.length; start += 13) {
      const shuffled = drive.slice(start, start + 13).sort((a, b) => a.latitude - b.latitude);
      await send(ben, shuffled, start % 2 ? node : app);
    }
    const events = await eventsOf(ben);
    expect(events.map(({ geofence_id }) => geofence_id)).toEqual([fence.id, fence.id]);
    // inside are the fixes 55–81, which are a second or two apart: the third of them is certain; 82–84 lie five seconds apart
    expect(inShort(events)).toEqual([
      ['entry', drive[57]!.recorded_at],
      ['exit', drive[84]!.recorded_at],
    ]);
  });

  test('two devices, two workers and redelivery: each crossing once', async () => {
    const dan = await buildUser(app, 'dan');
    await draw(dan, circleAround(OFFICE, 50));
    const phone = [300, 150, 20, 10, 5, 10, 20, 150, 300].map((metres, index) => fix(metres, index * 30));
    const tablet = phone.map((point, index) => ({ ...point, recorded_at: fix(0, index * 30 + 1).recorded_at }));
    for (const [index] of phone.entries())
      await Promise.all([
        api(app, dan).post('/location/update', phone[index]),
        api(node, dan).post('/location/update', tablet[index]),
        api(node, dan).post('/location/update', phone[index]),
      ]);
    const once = await eventsOf(dan);
    expect(once.map(({ event_type }) => event_type)).toEqual(['entry', 'exit']);
    await Promise.all([app, node, app, node].map((on) => on.get(CrossingsService).evaluate(dan.id)));
    expect(await eventsOf(dan)).toEqual(once);
  });

  test('workers racing over one long walk: each crossing once, in order', async () => {
    const eli = await buildUser(app, 'eli');
    const fence = await draw(eli, circleAround(OFFICE, 50));
    const loops = Array.from({ length: 160 }, (_, index) => fix(index % 8 < 4 ? 200 : 5, index * 20));
    const pieces = Array.from({ length: 20 }, (_, index) => loops.slice(index * 8, index * 8 + 8));
    await Promise.all([
      ...pieces.map((piece, index) => send(eli, piece, index % 2 ? node : app)),
      ...pieces.map((_, index) => (index % 2 ? app : node).get(CrossingsService).evaluate(eli.id)),
    ]);
    const events = await eventsOf(eli, `&geofence_id=${fence.id}`);
    const keys = events.map(({ event_type, location_id }) => `${event_type}:${location_id}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(0);
    events.forEach(({ event_type }, index) => expect(event_type).toBe(index % 2 ? 'exit' : 'entry'));
    expect(events.map(({ recorded_at }) => recorded_at)).toEqual(events.map(({ recorded_at }) => recorded_at).sort());
  });

  test('late points are in the history and raise nothing', async () => {
    const fay = await buildUser(app, 'fay');
    await keepHistory(app, fay);
    await draw(fay, circleAround(OFFICE, 50));
    await send(fay, [fix(300, 0), fix(300, 600)]);
    await app.settle();
    await send(fay, [fix(5, 100), fix(5, 130), fix(5, 160), fix(300, 200), fix(300, 230)]);
    await app.settle();
    expect(await eventsOf(fay)).toEqual([]);
    expect(await app.db.query('SELECT id FROM user_locations WHERE user_id = $1', [fay.id])).toHaveLength(7);
    await send(fay, [fix(5, 630), fix(5, 660)]);
    expect(inShort(await eventsOf(fay))).toEqual([['entry', fix(0, 660).recorded_at]]);
  });

  test('being inside when a fence is drawn is no entry, nor is what was before it; leaving is an exit', async () => {
    const gus = await buildUser(app, 'gus');
    const now = (metres: number, ahead: number) => ({
      ...away(OFFICE, metres),
      recorded_at: new Date(Date.now() + ahead * 1000).toISOString(),
    });
    await send(gus, [now(300, -300), now(300, -200), now(5, -60), now(5, -1)]);
    await app.settle();
    const fence = await draw(gus, circleAround(OFFICE, 50));
    expect(fence.is_inside).toBe(true);
    await send(gus, [now(6, 10), now(200, 40), now(300, 70)]);
    expect((await eventsOf(gus)).map(({ event_type }) => event_type)).toEqual(['exit']);
    const moved = await api(app, gus).put(`/location/geofences/${fence.id}`, { radius: 1000 });
    expect(moved.body.is_inside).toBe(true);
    expect(await eventsOf(gus)).toHaveLength(1);
  });

  test('an inactive fence is not watched; switched on, it starts anew', async () => {
    const hal = await buildUser(app, 'hal');
    const fence = await draw(hal, circleAround(OFFICE, 50, { is_active: false }));
    await send(hal, [fix(300, 0), fix(5, 30), fix(5, 60)]);
    expect(await eventsOf(hal)).toEqual([]);
    const path = `/location/geofences/${fence.id}`;
    expect((await api(app, hal).put(path, { is_active: true })).body.is_inside).toBeNull();
    await send(hal, [fix(5, 80), fix(5, 90), fix(300, 120), fix(300, 150)]);
    expect((await eventsOf(hal)).map(({ event_type }) => event_type)).toEqual(['exit']);
  });

  test('events page newest first, by fence and by type, for their owner alone; they go with the fence', async () => {
    const [ida, eve] = await buildUsers(app, 'ida', 'eve');
    const small = await draw(ida, circleAround(OFFICE, 50));
    const large = await draw(ida, circleAround(OFFICE, 150));
    await send(
      ida,
      [500, 500, 5, 5, 500, 500, 5, 5].map((metres, index) => fix(metres, index * 30)),
    );
    expect(await eventsOf(ida)).toHaveLength(6);
    const page = async (query: string) => (await api(app, ida).get(`/location/geofences/events?${query}`)).body;
    const first = await page('limit=4');
    const rest = await page(`limit=4&cursor=${first.next_cursor}`);
    const ids = [...first.items, ...rest.items].map(({ id }: { id: number }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect([ids.length, rest.next_cursor]).toEqual([6, null]);
    expect((await page(`geofence_id=${large.id}&event_type=exit`)).events).toMatchObject([
      { geofence_id: large.id, event_type: 'exit' },
    ]);
    for (const bad of ['event_type=roam', 'start=yesterday', 'geofence_id=x', 'limit=0', 'cursor=forged'])
      expect((await api(app, ida).get(`/location/geofences/events?${bad}`)).status).toBe(422);
    const span = (await page(`start=${fix(0, 80).recorded_at}&end=${fix(0, 150).recorded_at}`)).events;
    expect(span.map(({ recorded_at }: GeofenceEventView) => recorded_at)).toEqual([
      fix(0, 90).recorded_at,
      fix(0, 90).recorded_at,
    ]);
    expect(await eventsOf(eve, `&geofence_id=${small.id}`)).toEqual([]);
    await api(app, ida).delete(`/location/geofences/${small.id}`);
    expect((await eventsOf(ida)).every(({ geofence_id }) => geofence_id === large.id)).toBe(true);
  });
});

describe('why', () => {
  test('each crossing says why it is believed, how surely, and by which points', async () => {
    const amy = await buildUser(app, 'amy');
    await draw(amy, circleAround(OFFICE, 50));
    const ids = await send(amy, [fix(300, 0), fix(200, 30), fix(20, 60), fix(5, 90), fix(-200, 120), fix(-300, 150)]);
    const [entry, exit] = await eventsOf(amy);
    expect(entry).toMatchObject({
      event_type: 'entry',
      reason: 'seconds',
      border_meters: -45,
      distance_meters: 5,
      location_id: ids[3],
      first_location_id: ids[2],
      crossed_at: fix(0, 60).recorded_at,
      is_late: true,
      evidence: [
        { location_id: ids[2], recorded_at: fix(0, 60).recorded_at, border_meters: -30 },
        { location_id: ids[3], recorded_at: fix(0, 90).recorded_at, border_meters: -45 },
      ],
    });
    expect(entry!.confidence).toBeGreaterThan(0.9);
    expect(exit).toMatchObject({ event_type: 'exit', evidence: [{ location_id: ids[4] }, { location_id: ids[5] }] });
  });

  test('a drive through between two points is an entry and an exit, though they come in separate requests', async () => {
    const bob = await buildUser(app, 'bob');
    await draw(bob, circleAround(OFFICE, 50));
    const ids: number[] = [];
    for (const point of [fix(-700, 0), fix(-300, 20), fix(300, 40), fix(700, 60)]) {
      ids.push(...(await send(bob, [point])));
      await app.settle();
    }
    const events = await eventsOf(bob);
    expect(events.map(({ event_type, reason }) => [event_type, reason])).toEqual([
      ['entry', 'passage'],
      ['exit', 'passage'],
    ]);
    expect(events[0]!.evidence.map(({ location_id }) => location_id)).toEqual(ids.slice(1));
    expect(events[0]!.crossed_at < events[1]!.crossed_at).toBe(true);
  });

  test('points that say themselves that they are made up move no fence', async () => {
    const cal = await buildUser(app, 'cal');
    await draw(cal, circleAround(OFFICE, 50));
    const mock = { is_mock: true };
    await send(cal, [fix(5, 0), fix(5, 30), { ...fix(300, 60), ...mock }, { ...fix(300, 90), ...mock }, fix(5, 120)]);
    expect(await eventsOf(cal)).toEqual([]);
  });
});

describe('staying', () => {
  // fixes of other tests are of an hour before the worker that runs these began
  const now = Date.now();
  const ago = (metres: number, seconds: number) => ({
    ...fix(metres, 0),
    recorded_at: new Date(now - seconds * 1000).toISOString(),
  });
  const cafe = (rest: object = {}) => circleAround(OFFICE, 50, { dwell_seconds: 60, ...rest });

  test('is told when it has lasted, though the phone is silent; once, on however many nodes', async () => {
    const dot = await buildUser(app, 'dot');
    const fence = await draw(dot, cafe());
    expect(fence).toMatchObject({ dwell_seconds: 60, notify_on_dwell: true, trigger_on_dwell: true });
    const socket = await connect(node, dot);
    const [, ...ids] = await send(dot, [ago(300, 310), ago(300, 300), ago(5, 200), ago(5, 190)]);
    const told = await socket.next('geofence_event', ({ event_type }) => event_type === 'dwell');
    expect(told).toMatchObject({
      reason: 'silence',
      crossed_at: ago(5, 200).recorded_at,
      recorded_at: ago(5, 140).recorded_at,
      location_id: ids[2],
      evidence: [{ location_id: ids[1] }, { location_id: ids[2] }],
    });
    const since = new Date(told.crossed_at);
    await Promise.all([app, node, app].map((on) => on.get(CrossingsService).dwell(dot.id, fence.id, since)));
    await send(dot, [ago(5, 100), ago(5, 50)]);
    expect((await eventsOf(dot)).map(({ event_type }) => event_type)).toEqual(['entry', 'dwell']);
    socket.close();
  });

  test('waits for its time, whatever wakes it; is none for who has left, nor in a fence that is not watched', async () => {
    const [eda, fin, gia] = await buildUsers(app, 'eda', 'fin', 'gia');
    const wake = async (user: TestUser, fence: GeofenceView) => {
      await app.settle();
      const { side_since: since } = (await api(app, user).get(`/location/geofences/${fence.id}`)).body;
      await app.get(CrossingsService).dwell(user.id, fence.id, new Date(since));
    };
    const early = await draw(eda, cafe({ dwell_seconds: 3600 }));
    await send(eda, [ago(300, 300), ago(5, 200), ago(5, 190)]);
    await wake(eda, early);
    const left = await draw(fin, cafe());
    await send(fin, [ago(300, 300), ago(5, 200), ago(5, 190), ago(300, 170), ago(300, 160)]);
    await wake(fin, left);
    const off = await draw(gia, cafe({ dwell_seconds: 3600 }));
    await send(gia, [ago(300, 300), ago(5, 200), ago(5, 190)]);
    await app.settle();
    const path = `/location/geofences/${off.id}`;
    await api(app, gia).put(path, { is_active: false, dwell_seconds: 60 });
    await wake(gia, off);
    for (const user of [eda, fin, gia])
      expect((await eventsOf(user)).filter(({ event_type }) => event_type === 'dwell')).toEqual([]);
    await api(app, eda).put(`/location/geofences/${early.id}`, { dwell_seconds: 60 });
    expect((await eventsOf(eda)).at(-1)).toMatchObject({ event_type: 'dwell', reason: 'silence' });
  });

  test('is awaited anew by a fence that ends later; one that goes on after its end starts anew', async () => {
    const [ian, joy] = await buildUsers(app, 'ian', 'joy');
    const soon = new Date(Date.now() + 60_000).toISOString();
    const fence = await draw(ian, cafe({ dwell_seconds: 3600, expires_at: soon }));
    await send(ian, [ago(300, 300), ago(5, 200), ago(5, 190)]);
    await app.settle();
    const clocks = async () =>
      (
        await app.db.query<{ run_at: Date }>(
          `SELECT run_at FROM outbox WHERE handler = 'geofence.dwell' AND payload->>'user_id' = $1`,
          [ian.id],
        )
      ).length;
    expect(await clocks()).toBe(0);
    await api(app, ian).put(`/location/geofences/${fence.id}`, { expires_at: null });
    await app.settle();
    expect(await clocks()).toBe(1);

    const ended = await draw(joy, circleAround(OFFICE, 50, { expires_at: soon }));
    await send(joy, [ago(300, 300), ago(300, 290)]);
    await app.settle();
    const end = ago(0, 250).recorded_at;
    await app.db.query('UPDATE geofence_areas SET expires_at = $2 WHERE id = $1', [ended.id, end]);
    await send(joy, [ago(5, 200), ago(5, 190)]);
    await app.settle();
    const revived = await api(app, joy).put(`/location/geofences/${ended.id}`, { expires_at: null });
    expect(revived.body.is_inside).toBe(true);
    await send(joy, [ago(5, 100), ago(5, 90)]);
    expect(await eventsOf(joy)).toEqual([]);
  });

  test('is told of in silence by a fence that is drawn after another was removed', async () => {
    const kit = await buildUser(app, 'kit');
    const first = await draw(kit, circleAround(OFFICE, 50));
    await send(kit, [ago(300, 300)]);
    await app.settle();
    await api(app, kit).delete(`/location/geofences/${first.id}`);
    await send(kit, [ago(5, 100)]);
    expect((await draw(kit, cafe())).is_inside).toBe(true);
    expect(await eventsOf(kit)).toMatchObject([{ event_type: 'dwell', reason: 'silence' }]);
  });

  test('counts from the drawing on for who is inside by then', async () => {
    const hew = await buildUser(app, 'hew');
    await send(hew, [ago(5, 100)]);
    const fence = await draw(hew, cafe());
    expect(fence).toMatchObject({ is_inside: true, side_since: ago(5, 100).recorded_at });
    expect(await eventsOf(hew)).toMatchObject([{ event_type: 'dwell', crossed_at: ago(5, 100).recorded_at }]);
  });
});

describe('telling', () => {
  const walkThrough = [300, 300, 5, 5, 300, 300].map((metres, index) => fix(metres, LATELY + index * 30));
  const pushesOf = (user: TestUser) =>
    app.db.query<{ dedupe_key: string; title: string; body: string; data: object }>(
      `SELECT * FROM push_notifications WHERE user_id = $1 ORDER BY (data->>'event_id')::int`,
      [user.id],
    );

  test('who has no open connection gets a push for each event, once, in his language', async () => {
    const jan = await buildUser(app, 'jan');
    await api(app, jan).put('/profile', { language: 'id' });
    const fence = await draw(jan, circleAround(OFFICE, 50, { name: 'Kantor' }));
    await send(jan, walkThrough);
    const events = await eventsOf(jan);
    await app.settle();
    expect(await pushesOf(jan)).toMatchObject(
      events.map(({ id, event_type }) => ({
        dedupe_key: `geofence:${id}`,
        notification_type: 'geofence',
        body: expect.stringContaining('Kantor'),
        data: { type: 'geofence', event_id: String(id), geofence_id: String(fence.id), event_type },
      })),
    );
    expect(events).toHaveLength(2);
  });

  test('who is connected hears it on all his devices, and gets no push', async () => {
    const kim = await buildUser(app, 'kim');
    await draw(kim, circleAround(OFFICE, 50));
    const devices = await Promise.all([connect(app, kim), connect(node, kim)]);
    await send(kim, walkThrough);
    const events = await eventsOf(kim);
    for (const device of devices) {
      await device.next('geofence_event', ({ event_type }) => event_type === 'exit');
      expect(device.all('geofence_event')).toEqual(events);
    }
    expect(await pushesOf(kim)).toEqual([]);
    devices.forEach((device) => device.close());
  });

  test('a fence tells only of what it is asked to; its events are kept all the same', async () => {
    const [leo, mia] = await buildUsers(app, 'leo', 'mia');
    await draw(leo, circleAround(OFFICE, 50, { notify_on_entry: false }));
    await draw(mia, circleAround(OFFICE, 50, { trigger_on_exit: false }));
    const leos = await connect(node, leo);
    await Promise.all([send(leo, walkThrough), send(mia, walkThrough)]);
    for (const user of [leo, mia])
      expect((await eventsOf(user)).map(({ event_type }) => event_type)).toEqual(['entry', 'exit']);
    await leos.next('geofence_event');
    expect(leos.all('geofence_event').map(({ event_type }) => event_type)).toEqual(['exit']);
    expect((await pushesOf(mia)).map(({ data }) => data)).toMatchObject([{ event_type: 'entry' }]);
    leos.close();
  });

  test('nobody is told of what became certain long ago, nor twice within the cooldown; both are kept', async () => {
    const [ned, oda] = await buildUsers(app, 'ned', 'oda');
    await draw(ned, circleAround(OFFICE, 50));
    await send(ned, [fix(300, 0), fix(300, 30), fix(5, 60), fix(5, 90)]);
    expect(await eventsOf(ned)).toMatchObject([{ event_type: 'entry', is_late: true }]);
    await draw(oda, circleAround(OFFICE, 50, { cooldown_seconds: 200 }));
    const metres = [300, 300, 5, 5, 300, 300, 5, 5, 300, 300, 5, 5];
    await send(
      oda,
      metres.map((away, index) => fix(away, LATELY + index * 30)),
    );
    expect((await eventsOf(oda)).map(({ event_type, is_late }) => [event_type, is_late])).toEqual([
      ['entry', false],
      ['exit', false],
      ['entry', false],
      ['exit', false],
      ['entry', false],
    ]);
    await app.settle();
    expect(await pushesOf(ned)).toEqual([]);
    // the second ones come 120 s after the first, the third entry 240 s
    const told = (await pushesOf(oda)).map(({ data }) => (data as { event_type: string }).event_type);
    expect(told).toEqual(['entry', 'exit', 'entry']);
  });

  test('a fence with an end is not watched after it', async () => {
    const pia = await buildUser(app, 'pia');
    const past = { expires_at: fix(0, 0).recorded_at };
    const refused = await api(app, pia).post('/location/geofences', circleAround(OFFICE, 50, past));
    expect(refused).toMatchObject({ status: 422, body: { code: 'geofence.ends_in_past' } });
    const now = Date.now();
    const ahead = (seconds: number) => new Date(now + seconds * 1000).toISOString();
    const fence = await draw(pia, circleAround(OFFICE, 50, { expires_at: ahead(60) }));
    expect(fence.expires_at).toBe(ahead(60));
    const at = (metres: number, seconds: number) => ({ ...fix(metres, 0), recorded_at: ahead(seconds) });
    await send(pia, [at(300, -70), at(300, -60), at(5, -30), at(5, -10), at(300, 61), at(300, 80)]);
    expect((await eventsOf(pia)).map(({ event_type }) => event_type)).toEqual(['entry']);
    const endless = await api(app, pia).put(`/location/geofences/${fence.id}`, { expires_at: null });
    expect(endless.body.expires_at).toBeNull();
  });
});
