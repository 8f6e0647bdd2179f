import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { GeofencesRepository } from 'src/modules/geofences/geofences.repository';
import { TrailsService } from 'src/modules/location/trails.service';
import { buildGroup } from 'test/factories/chats';
import { circleAround, crossingsOf, drawFence, fix, OFFICE, sendFixes } from 'test/factories/geofences';
import { away, endingNow, keepHistory, readTrack } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { race } from 'test/support/barrier';
import { api, type Reply } from 'test/support/http';
import { until } from 'test/support/until';
import { countQueries } from 'test/support/queries';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(async () => {
  await app.close();
});

const draw = (user: TestUser, fence: object) => drawFence(app, user, fence);
const send = (user: TestUser, locations: object[]) => sendFixes(app, user, locations);
const eventsOf = (user: TestUser) => crossingsOf(app, user);

describe('polygons', () => {
  const position = (east: number, north: number) => {
    const { longitude, latitude } = away(OFFICE, north, east);
    return [longitude, latitude];
  };
  const square = (half: number, east = 0) =>
    [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([x, y]) => position(east + x! * half, y! * half)); // oxfmt-ignore
  const polygon = (...coordinates: number[][][]) => ({ name: 'Yard', geometry: { type: 'Polygon', coordinates } });

  test('a polygon is drawn, changed, made a circle and back', async () => {
    const ana = await buildUser(app, 'ana');
    const shape = polygon(square(100), square(20));
    const fence = await draw(ana, shape);
    expect(fence.geometry).toEqual(shape.geometry);
    expect(fence.center_latitude).toBeCloseTo(OFFICE.latitude, 6);
    expect(fence.radius_meters).toBeCloseTo(141.4, 0);
    const put = (body: object) => api(app, ana).put(`/location/geofences/${fence.id}`, body);
    expect((await put({ radius: 100 })).body).toMatchObject({
      code: 'validation.failed',
      errors: [{ field: 'geometry' }],
    });
    expect((await put({ name: 'Field' })).body.geometry).toEqual(shape.geometry);
    expect((await put({ ...shape, name: 'Lawn' })).body).toMatchObject({ name: 'Lawn', revision: fence.revision });
    expect((await put({ geometry: null })).status).toBe(422);
    const { name: _, ...circle } = circleAround(OFFICE, 80);
    expect((await put({ geometry: null, ...circle })).body).toMatchObject({ geometry: null, radius_meters: 80 });
    expect((await put(polygon(square(50)))).body).toMatchObject(polygon(square(50)));
  });

  test.each<[string, object, string]>([
    ['of a circle too', { radius: 100 }, 'validation.failed'],
    ['of another type', { geometry: { type: 'Point', coordinates: [1, 2] } }, 'validation.failed'],
    ['off the Earth', { geometry: { type: 'Polygon', coordinates: [[[200, 0], [0, 0], [0, 1], [200, 0]]] } }, 'validation.failed'], // oxfmt-ignore
    ['without rings', { geometry: { type: 'Polygon', coordinates: [] } }, 'validation.failed'],
    ['of an empty ring', { geometry: { type: 'Polygon', coordinates: [[]] } }, 'validation.failed'],
    [
      'that is open',
      { geometry: { type: 'Polygon', coordinates: [square(50).slice(0, 4)] } },
      'geofence.invalid_polygon',
    ],
    ['that crosses itself', { geometry: polygon([square(50)[0]!, square(50)[2]!, square(50)[1]!, square(50)[3]!, square(50)[0]!]).geometry }, 'geofence.invalid_polygon'], // oxfmt-ignore
  ])('one %s is refused', async (_, fault, code) => {
    const eve = await buildUser(app, 'eve');
    const reply = await api(app, eve).post('/location/geofences', { ...polygon(square(50)), ...fault });
    expect(reply).toMatchObject({ status: 422, body: { code } });
  });

  test('who walks through one enters and leaves, and leaves into its hole', async () => {
    const joe = await buildUser(app, 'joe');
    await draw(joe, polygon(square(200), square(60)));
    const metres = [-400, -300, -130, -125, 0, 0, 125, 130, 300, 400];
    await send(joe, metres.map((north, index) => fix(north, index * 60))); // oxfmt-ignore
    const events = await eventsOf(joe);
    expect(events.map(({ event_type, border_meters }) => [event_type, border_meters])).toEqual([
      ['entry', expect.closeTo(-65, 0)],
      ['exit', expect.closeTo(60, 0)],
      ['entry', expect.closeTo(-70, 0)],
      ['exit', expect.closeTo(200, 0)],
    ]);
  });

  test('over the antimeridian', async () => {
    const tui = await buildUser(app, 'tui');
    const dateline = { latitude: -17, longitude: 180 };
    await draw(tui, {
      name: 'Taveuni',
      geometry: { type: 'Polygon', coordinates: [[[179.9, -17.1], [-179.9, -17.1], [-179.9, -16.9], [179.9, -16.9], [179.9, -17.1]]] },
    }); // oxfmt-ignore
    await draw(tui, circleAround(dateline, 5000));
    const at = (longitude: number, seconds: number) => ({ ...fix(0, seconds), latitude: -17, longitude });
    await send(tui, [
      at(179, 0),
      at(179.1, 600),
      at(179.99, 3000),
      at(-179.99, 3020),
      at(-179.85, 3300),
      at(-179.8, 3500),
    ]);
    expect((await eventsOf(tui)).map(({ event_type }) => event_type)).toEqual(['entry', 'entry', 'exit', 'exit']);
  });
});

describe('many fences', () => {
  /** A regular polygon around the office. */
  const ring = (radius: number, corners: number) => {
    const places = Array.from({ length: corners }, (_, index) => {
      const angle = (2 * Math.PI * index) / corners;
      return away(OFFICE, radius * Math.sin(angle), radius * Math.cos(angle));
    });
    const coordinates = [[...places, places[0]!].map(({ longitude, latitude }) => [longitude, latitude])];
    return { name: 'Round', geometry: { type: 'Polygon', coordinates } };
  };
  const post = (user: TestUser, fence: object) => api(app, user).post('/location/geofences', fence);
  const claim = (id: number, positions: number) =>
    app.db.query('UPDATE geofence_areas SET positions = $2 WHERE id = $1', [id, positions]);
  const refused = (code: string, limit: number) => ({ status: 422, body: { code, params: { limit } } });

  test('may have so many positions together, of one user and of one chat', async () => {
    const [kim, lea] = await buildUsers(app, 'kim', 'lea');
    const full = refused('geofence.too_many_positions', 200_000);
    const large = await draw(kim, ring(100, 10));
    expect(await app.db.query('SELECT positions FROM geofence_areas WHERE id = $1', [large.id])).toEqual([
      { positions: 11 },
    ]);
    await claim(large.id, 199_995);
    expect(await post(kim, ring(100, 5))).toMatchObject(full);
    const small = await draw(kim, ring(100, 4));
    await draw(kim, circleAround(OFFICE, 100));
    const put = (corners: number) => api(app, kim).put(`/location/geofences/${small.id}`, ring(90, corners));
    expect(await put(5)).toMatchObject(full);
    expect((await put(3)).status).toBe(200);

    const chat_id = await buildGroup(app, lea, [kim]);
    const ours = await draw(lea, { ...ring(100, 10), chat_id });
    await claim(ours.id, 200_000);
    await app.db.query('UPDATE geofence_areas SET positions = 0 WHERE user_id = $1', [kim.id]);
    expect(await post(kim, { ...ring(100, 4), chat_id })).toMatchObject(full);
    expect((await post(kim, ring(100, 4))).status).toBe(201);
  });

  test('of many positions are not in memory all at once', async () => {
    const max = await buildUser(app, 'max');
    for (let index = 0; index < 12; index++) await draw(max, ring(100 + index, 1999));
    await draw(max, circleAround(OFFICE, 100));
    const read = jest.spyOn(app.get(GeofencesRepository), 'boundaries');
    await send(max, [fix(400, 0), fix(300, 60), fix(5, 120), fix(5, 180)]);
    expect((await eventsOf(max)).map(({ event_type }) => event_type)).toEqual(Array(13).fill('entry'));
    expect(Math.max(...read.mock.calls.map(([ids]) => ids.length))).toBe(10);
    read.mockRestore();
  });

  test.each(['user', 'chat'])('are too many above 10,000 of one %s', async (whose) => {
    const [nia, oto] = await buildUsers(app, 'nia', 'oto');
    const chat_id = await buildGroup(app, nia, [oto]);
    const repository = app.get(GeofencesRepository);
    const full = { fences: 10_000, positions: 0 };
    const counted = jest.spyOn(repository, whose === 'user' ? 'drawnBy' : 'drawnIn').mockResolvedValue(full);
    const fence = { ...circleAround(OFFICE, 100), ...(whose === 'chat' && { chat_id }) };
    expect(await post(nia, fence)).toMatchObject(refused('geofence.too_many', 10_000));
    counted.mockResolvedValue({ ...full, fences: 9999 });
    expect((await post(nia, fence)).status).toBe(201);
    counted.mockRestore();
  });

  test('may be no more of one chat by two who draw or move at the same moment', async () => {
    const [jon, kai] = await buildUsers(app, 'jon', 'kai');
    const chat_id = await buildGroup(app, jon, [kai]);
    const old = await draw(jon, { ...ring(100, 10), chat_id });
    const large = await draw(jon, { ...circleAround(OFFICE, 100), chat_id });
    const lock = { sql: 'LOCK TABLE geofence_areas IN SHARE MODE', parameters: [] };
    // room for one more ring of 11 positions, not for more
    const both = async (others: number, first: () => Promise<Reply>) => {
      await claim(large.id, 200_000 - others - 12);
      const another = () => post(kai, { ...ring(100, 10), chat_id });
      return (await race(app, lock, [first, another])).map(({ status }) => status);
    };
    const enlarge = () => api(app, jon).put(`/location/geofences/${old.id}`, ring(100, 13));
    expect(await both(11, enlarge)).toEqual([200, 422]);
    expect(await both(14, () => post(jon, { ...ring(100, 10), chat_id }))).toEqual([201, 422]);
  });

  test('ask for no more statements than one, and those near are found among them', async () => {
    const [one, many] = await buildUsers(app, 'uma', 'vic');
    const states = async (user: TestUser, fences: number) => {
      for (let index = 0; index < fences; index++) await draw(user, circleAround(away(OFFICE, index * 1000), 50));
      await send(user, [fix(-500, -30), fix(-500, 0)]);
      await app.settle();
      await app.db.query(
        `INSERT INTO location_fixes (user_id, recorded_at, id, latitude, longitude, accuracy)
         SELECT $1, $2::timestamptz + make_interval(secs => n * 60), 1000000 + n, $3, $4, 5 FROM generate_series(0, 1) n`,
        [user.id, fix(0, 60).recorded_at, OFFICE.latitude, OFFICE.longitude],
      );
      return countQueries(app, () => app.get(CrossingsService).evaluate(user.id));
    };
    const counts = [await states(one, 1), await states(many, 30)];
    expect(counts[1]).toBe(counts[0]);
    for (const user of [one, many])
      expect(await eventsOf(user)).toMatchObject([
        { event_type: 'entry', geofence_name: 'Office', border_meters: -50 },
      ]);
    const sides = (await api(app, many).get('/location/geofences')).body.items.map(
      ({ is_inside }: GeofenceView) => is_inside,
    );
    expect(sides.filter((inside: boolean) => inside)).toHaveLength(1);
  });
});

describe('trials', () => {
  const inShort = (events: GeofenceEventView[]) =>
    events.map(({ event_type, recorded_at }) => [event_type, recorded_at]);
  const gpxOf = (points: { latitude: number; longitude: number; recorded_at: string }[]) =>
    `<gpx><trk><trkseg>${points
      .map(
        (point) => `<trkpt lat="${point.latitude}" lon="${point.longitude}"><time>${point.recorded_at}</time></trkpt>`,
      )
      .join('')}</trkseg></trk></gpx>`;
  const upload = async (user: TestUser, gpx: string, fields: Record<string, string>) => {
    const form = new FormData();
    Object.entries(fields).forEach(([name, value]) => form.append(name, value));
    form.append('file', new Blob([gpx]), 'track.gpx');
    const reply = await fetch(`${app.url}/api/v1/location/geofences/dry-run/gpx`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${user.token}` },
      body: form,
    });
    return { status: reply.status, body: (await reply.json()) as any };
  };
  test('a fence tried on a recorded walk has the events that it has in life, and keeps nothing', async () => {
    const wes = await buildUser(app, 'wes');
    const drive = endingNow(readTrack('drive-visnjan'));
    const geofence = circleAround(drive[60]!, 100, { dwell_seconds: 60 });
    const tried = await api(app, wes).post('/location/geofences/dry-run', { geofence, points: drive.toReversed() });
    expect(tried.status).toBe(200);
    expect((await api(app, wes).get('/location/geofences')).body.items).toEqual([]);
    const fence = await draw(wes, geofence);
    await send(wes, drive);
    const lived = (await eventsOf(wes)).filter(({ reason }) => reason !== 'silence');
    const inShort = (events: Pick<GeofenceEventView, 'event_type' | 'recorded_at' | 'reason' | 'confidence'>[]) =>
      events.map(({ event_type, recorded_at, reason, confidence }) => [event_type, recorded_at, reason, confidence]);
    expect(inShort(tried.body.events)).toEqual(inShort(lived));
    expect(tried.body).toMatchObject({ is_inside: false });
    expect(tried.body.events.length).toBeGreaterThan(1);
    const again = await api(app, wes).post('/location/geofences/dry-run', { geofence_id: fence.id, points: drive });
    expect(inShort(again.body.events)).toEqual(inShort(lived));
    expect(await eventsOf(wes)).toHaveLength(lived.length);
  });

  test('needs one fence, the caller’s own, and points with times', async () => {
    const [xia, eve] = await buildUsers(app, 'xia', 'eve');
    const fence = await draw(xia, circleAround(OFFICE, 50));
    const points = [fix(0, 0)];
    const dryRun = (user: TestUser, body: object) => api(app, user).post('/location/geofences/dry-run', body);
    expect((await dryRun(eve, { geofence_id: fence.id, points })).status).toBe(404);
    for (const body of [
      { points },
      { geofence_id: fence.id, geofence: circleAround(OFFICE, 50), points },
      { geofence_id: fence.id, points: [] },
      { geofence_id: fence.id },
      { geofence_id: fence.id, points, start: points[0]!.recorded_at },
      { geofence_id: fence.id, points: [OFFICE] },
      { geofence_id: fence.id, points: Array.from({ length: 5001 }, () => points[0]) },
    ])
      expect((await dryRun(xia, body)).status).toBe(422);
    const tried = { events: [], points: 1, is_complete: true, is_inside: true };
    expect((await dryRun(xia, { geofence_id: fence.id, points })).body).toEqual(tried);
  });

  test('what would be flagged drives no fence, in points, a history or a file; and each way gives the same events', async () => {
    const yan = await buildUser(app, 'yan');
    await keepHistory(app, yan);
    const there = [5, 6, 7].map((metres, index) => fix(metres, 300 + index * 30));
    const way = [
      ...[300, 301].map((metres, index) => fix(metres, index * 30)),
      ...[8, 9, 10].map((metres, index) => ({ ...fix(metres, 90 + index * 30), is_mock: true })),
      ...[8, 9, 10].map((metres, index) => fix(metres, 190 + index * 30, 5000)),
      { ...away(OFFICE, 50_000), accuracy: 5, recorded_at: fix(0, 295).recorded_at },
      ...there,
      ...[300, 301, 302].map((metres, index) => fix(metres, 500 + index * 30)),
    ];
    const fence = await draw(yan, circleAround(OFFICE, 50));
    await send(yan, way);
    const lived = (await eventsOf(yan)).map(({ event_type, recorded_at }) => [event_type, recorded_at]);
    expect(lived).toEqual([
      ['entry', there[1]!.recorded_at],
      ['exit', fix(0, 530).recorded_at],
    ]);
    const dryRun = (body: object) =>
      api(app, yan).post('/location/geofences/dry-run', { geofence_id: fence.id, ...body });
    const span = { start: way[0]!.recorded_at, end: fix(0, 600).recorded_at };
    for (const body of [{ points: way }, span]) {
      const tried = (await dryRun(body)).body;
      expect(inShort(tried.events)).toEqual(lived);
      expect(tried).toMatchObject({ points: 8, is_complete: true, is_inside: false });
    }
    expect((await dryRun({ ...span, end: there[0]!.recorded_at })).body).toMatchObject({ events: [], points: 2 });
    const eve = await buildUser(app, 'eve');
    const other = { geofence: circleAround(OFFICE, 50), ...span };
    expect((await api(app, eve).post('/location/geofences/dry-run', other)).body.points).toBe(0);

    const believed = way.filter((point) => !('is_mock' in point) && point.accuracy === 5);
    const { status, body } = await upload(yan, gpxOf(believed), { geofence_id: String(fence.id) });
    expect({ status, events: inShort(body.events), points: body.points }).toEqual({
      status: 200,
      events: lived,
      points: 8,
    });
    const drawn = { geofence: JSON.stringify(circleAround(OFFICE, 50)) };
    expect(inShort((await upload(yan, gpxOf(believed), drawn)).body.events)).toEqual(lived);
  });

  test('goes over so much of a history and of a file, and no further than somebody waits', async () => {
    const zac = await buildUser(app, 'zac');
    const dryRun = (body: object) =>
      api(app, zac).post('/location/geofences/dry-run', { geofence: circleAround(OFFICE, 50), ...body });
    const tooLong = { status: 422, body: { code: 'location.span_too_long', params: { days: 366 } } };
    expect(await dryRun({ start: '2020-01-01T00:00:00Z' })).toMatchObject(tooLong);
    expect(await dryRun({ start: '2020-01-01T00:00:00Z', end: '2021-01-02T00:00:01Z' })).toMatchObject(tooLong);
    for (const span of [
      { end: '2021-01-02T00:00:00Z' },
      { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' },
    ])
      expect(await dryRun(span)).toMatchObject({ status: 200, body: { points: 0 } });

    const comment = `<!--${' '.repeat(900_000)}-->`;
    const large = await upload(zac, `<gpx>${comment.repeat(Math.ceil((50 * 1024 * 1024) / 900_000))}</gpx>`, {
      geofence: JSON.stringify(circleAround(OFFICE, 50)),
    });
    expect(large).toMatchObject({ status: 413, body: { code: 'geofence.track_too_large' } });

    const leaves = new AbortController();
    let isLeft = false;
    const endless = async function* () {
      try {
        for (let id = 1; ; id++) {
          if (id === 1000) leaves.abort();
          yield Promise.resolve({ id, ...OFFICE, accuracy: 5, recordedAt: new Date(id * 1000) });
        }
      } finally {
        isLeft = true;
      }
    };
    const history = jest.spyOn(app.get(TrailsService), 'ofHistory').mockImplementation(endless);
    const asked = fetch(`${app.url}/api/v1/location/geofences/dry-run`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${zac.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ geofence: circleAround(OFFICE, 50), end: '2021-01-02T00:00:00Z' }),
      signal: leaves.signal,
    });
    await expect(asked).rejects.toThrow();
    await until('it has stopped', () => isLeft);
    history.mockRestore();
  });

  test('a file that is no track, or comes without a fence, is refused', async () => {
    const zoe = await buildUser(app, 'zoe');
    const drawn = { geofence: JSON.stringify(circleAround(OFFICE, 50)) };
    expect(await upload(zoe, 'no track', drawn)).toMatchObject({ status: 422, body: { code: 'location.not_a_track' } });
    const wrong: Record<string, string>[] = [
      {},
      { geofence: '{' },
      { geofence_id: 'x' },
      { ...drawn, geofence_id: '1' },
    ];
    for (const fields of wrong) expect((await upload(zoe, gpxOf([]), fields)).status).toBe(422);
    expect((await upload(zoe, gpxOf([]), { geofence_id: '999999' })).status).toBe(404);
    expect((await upload(zoe, gpxOf([]), drawn)).body).toMatchObject({ events: [], points: 0, is_inside: null });
  });
});
