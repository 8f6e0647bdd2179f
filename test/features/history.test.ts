import { Logger } from '@nestjs/common';
import { Readable } from 'node:stream';
import { readEnv } from 'src/config/env';
import { distanceMeters } from 'src/core/geo/sphere';
import { distanceFromWay } from 'src/core/geo/simplify';
import { Storage } from 'src/core/storage/storage';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { HistoryRepository } from 'src/modules/location/history.repository';
import { ImportsService } from 'src/modules/location/imports.service';
import { LocationWorkers } from 'src/modules/location/location.workers';
import { ImportsRepository } from 'src/modules/location/imports.repository';
import { fromBits } from 'src/modules/location/plausibility';
import { RetentionService } from 'src/modules/location/retention.service';
import { away, HERE, keepHistory, readTrack } from 'test/factories/locations';
import { buildUser, buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { waiting } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

let app: TestApp;
/** 200 MB, if nothing else is set. */
const LARGEST_IMPORT = 1_000_000;
const env = { LOCATION_BEFORE_ACCOUNT_DAYS: '36500', LOCATION_IMPORT_MAX_BYTES: String(LARGEST_IMPORT) };
beforeAll(async () => (app = await boot({ env })));
afterAll(() => app.close());

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const send = async (user: TestUser, locations: object[]) => {
  const { body } = await api(app, user).post('/location/batch', { locations });
  expect(body.refused).toBe(0);
};
const forever = (user: TestUser) => api(app, user).put('/location/settings', { history: 'forever' });
/** A user who keeps everything, and has a point so many metres north every ten seconds until now. */
async function buildWalker(points: number, step = 10) {
  const user = await buildUser(app, 'ana');
  await forever(user);
  const walk = Array.from({ length: points }, (_, n) => ({
    ...away(HERE, n * step),
    accuracy: 5,
    recorded_at: secondsAgo((points - 1 - n) * 10),
  }));
  for (let start = 0; start < points; start += 1000) await send(user, walk.slice(start, start + 1000));
  return { user, walk };
}
const raw = (user: TestUser, path: string) =>
  fetch(`${app.url}/api/v1${path}`, { headers: { authorization: `Bearer ${user.token}` } });
async function upload(user: TestUser, content: string, name = 'hike.gpx') {
  const form = new FormData();
  form.append('file', new Blob([content]), name);
  const headers = { authorization: `Bearer ${user.token}` };
  const reply = await fetch(`${app.url}/api/v1/location/imports`, { method: 'POST', headers, body: form });
  return { status: reply.status, body: (await reply.json()) as Record<string, any> };
}

describe('one’s own', () => {
  test('comes in pages, oldest first, from a moment on and up to another', async () => {
    const { user, walk } = await buildWalker(25);
    const times: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/location/history?limit=10${cursor && `&cursor=${cursor}`}`;
      const { body } = await api(app, user).get(path);
      expect(body.locations).toEqual(body.items);
      times.push(...body.items.map(({ recorded_at }: { recorded_at: string }) => recorded_at));
      cursor = body.next_cursor;
    }
    expect(times).toEqual(walk.map(({ recorded_at }) => recorded_at));
    const some = await api(app, user).get(
      `/location/history?start=${walk[5]!.recorded_at}&end_time=${walk[8]!.recorded_at}`,
    );
    expect(some.body.items).toMatchObject(walk.slice(5, 8));
    for (const bad of ['limit=0', 'limit=1001', 'cursor=x', 'start=yesterday', 'tolerance=-1', 'format=kml'])
      expect((await api(app, user).get(`/location/history?${bad}`)).status).toBe(422);
    const eve = await buildUser(app, 'eve');
    expect((await api(app, eve).get('/location/history')).body.items).toEqual([]);
    expect((await api(app, eve).get(`/location/history/${user.id}`)).body.code).toBe('location.history_not_shared');
  });

  test('as GeoJSON and GPX, whole and thinned, in any number', async () => {
    const { user, walk } = await buildWalker(2500, 1);
    const geojson = await raw(user, '/location/history?format=geojson');
    expect(geojson.headers.get('content-type')).toContain('application/geo+json');
    const { features } = (await geojson.json()) as { features: Record<string, any>[] };
    expect(features).toHaveLength(2500);
    expect(features[2499]).toMatchObject({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [walk[2499]!.longitude, walk[2499]!.latitude] },
      properties: { time: walk[2499]!.recorded_at, accuracy: 5 },
    });
    const gpx = await (await raw(user, '/location/history?format=gpx')).text();
    expect([...gpx.matchAll(/<trkpt /g)]).toHaveLength(2500);
    expect(gpx).toContain(`<time>${walk[0]!.recorded_at}</time>`);
    expect(gpx.trim().endsWith('</gpx>')).toBe(true);
    const thin = (await (await raw(user, '/location/history?format=geojson&tolerance=5')).json()) as typeof geojson & {
      features: Record<string, any>[];
    };
    expect(thin.features.length).toBeLessThanOrEqual(4);
    expect(thin.features[0]).toEqual(features[0]);
    expect(thin.features.at(-1)).toEqual(features[2499]);
  });

  test('a recorded walk that is thinned lies nowhere further off than was said', async () => {
    const user = await buildUser(app, 'ana');
    await forever(user);
    const track = readTrack('walk-cerknica');
    await send(user, track);
    const { body } = await api(app, user).get('/location/history?limit=1000&tolerance=10');
    const kept = body.items as { latitude: number; longitude: number; recorded_at: string }[];
    expect(kept.length).toBeLessThan(track.length / 2);
    const sorted = track.toSorted((a, b) => a.recorded_at.localeCompare(b.recorded_at));
    for (const point of sorted) {
      const after = kept.findIndex(({ recorded_at }) => recorded_at >= point.recorded_at);
      expect(distanceFromWay(point, kept[Math.max(0, after - 1)]!, kept[after]!)).toBeLessThanOrEqual(10);
    }
  });

  test('a span of it is deleted, and nothing else', async () => {
    const { user, walk } = await buildWalker(20);
    const [from, to] = [walk[5]!.recorded_at, walk[15]!.recorded_at];
    expect((await api(app, user).delete('/location/history')).status).toBe(422);
    expect((await api(app, user).delete(`/location/history?start=${from}`)).status).toBe(422);
    expect((await api(app, user).delete(`/location/history?start=${from}&end=${to}`)).body).toEqual({ deleted: 10 });
    const { items } = (await api(app, user).get('/location/history')).body;
    expect(items).toMatchObject([...walk.slice(0, 5), ...walk.slice(15)]);
    expect((await api(app, user).delete('/location/history?all=true')).body).toEqual({ deleted: 10 });
    expect((await api(app, user).get('/location/current')).status).toBe(200);
  });

  test('figures by the days of the user’s time zone; flagged points count for nothing', async () => {
    const ana = await buildUser(app, 'ana');
    await forever(ana);
    await api(app, ana).put('/profile', { timezone: 'Asia/Tokyo' });
    const at = (metres: number, time: string, rest = {}) => ({ ...away(HERE, metres), recorded_at: time, ...rest });
    const evening = Array.from({ length: 61 }, (_, n) =>
      at(n * 60, new Date(Date.parse('2026-03-01T14:30:00Z') + n * 60_000).toISOString()),
    );
    await send(ana, [...evening, at(90_000, '2026-03-01T14:45:30Z', { is_mock: true })]);
    const { body } = await api(app, ana).get('/location/stats?start=2026-03-01T00:00:00Z&end=2026-03-03T00:00:00Z');
    expect(body).toMatchObject({ timezone: 'Asia/Tokyo', points: 61, places: [] });
    expect(body.days.map(({ date }: { date: string }) => date)).toEqual(['2026-03-01', '2026-03-02']);
    expect(body.distance_meters).toBeCloseTo(3600, -1);
    expect(body.moving_seconds).toBe(3600);
    expect((await api(app, ana).get('/location/stats')).body).toMatchObject({ points: 0, days: [] });
    const long = await api(app, ana).get('/location/stats?start=2020-01-01T00:00:00Z&end=2026-01-01T00:00:00Z');
    expect(long.body.code).toBe('location.span_too_long');
  });
});

describe('another’s', () => {
  test('is shown by a share that says so, since it began, as precisely, without private places, and noted', async () => {
    const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
    await keepHistory(app, ana);
    const share = async (draft: object) => (await api(app, ana).post('/location/shares', draft)).body.id as number;
    await send(ana, [{ ...HERE, recorded_at: secondsAgo(600), battery: 50 }]);
    const plain = await share({ target_user_id: ben.id });
    const of = (user: TestUser, query = '') => api(app, user).get(`/location/history/${ana.id}${query}`);
    expect((await of(ben)).body.code).toBe('location.history_not_shared');
    await api(app, ana).put(`/location/shares/${plain}`, { shows_history: true });
    expect((await of(ben)).body.items).toEqual([]);
    await send(ana, [{ ...away(HERE, 100), recorded_at: secondsAgo(-1), battery: 50, client_id: 'secret' }]);
    const [seen] = (await of(ben)).body.items;
    expect(seen).toMatchObject({ ...away(HERE, 100), battery: null, client_id: null });
    await api(app, ana).put(`/location/shares/${plain}`, { precision: 'neighbourhood' });
    const [coarse] = (await of(ben, '?format=json')).body.items;
    expect(coarse).toMatchObject({ accuracy: 778 });
    expect(distanceMeters(coarse, seen)).toBeGreaterThan(0.5);
    const exported = await (await raw(ben, `/location/history/${ana.id}?format=gpx`)).text();
    expect(exported).toContain(`lat="${coarse.latitude}"`);
    expect(exported).toContain('<m:accuracy>778</m:accuracy>');
    const drawn = await (await raw(ben, `/location/history/${ana.id}?format=geojson`)).json();
    expect(drawn).toMatchObject({ features: [{ properties: { accuracy: 778 } }] });
    expect(exported).not.toContain(String(seen.latitude));
    await api(app, ana).post('/location/private-places', { name: 'x', ...away(HERE, 100) });
    expect((await of(ben)).body.items).toEqual([]);
    expect((await of(eve)).status).toBe(404);
    const log = (await api(app, ana).get('/location/watchers/log')).body.items;
    expect(log).toMatchObject([{ user: { id: ben.id }, exit: 'history', share_id: plain }]);
    await api(app, ana).delete('/location/shares');
    expect((await of(ben)).status).toBe(404);
    expect((await raw(ben, `/location/history/${ana.id}?format=gpx`)).status).toBe(404);
  });
});

test('a stream of another’s history ends when it is not shown any more', async () => {
  const { user: ana } = await buildWalker(2100, 1);
  const ben = await buildUser(app, 'ben');
  const shared = await api(app, ana).post('/location/shares', { target_user_id: ben.id, shows_history: true });
  const began = `UPDATE location_shares SET created_at = now() - interval '1 day' WHERE id = $1`;
  await app.db.query(began, [shared.body.id]);
  const read = async () => {
    let text = '';
    const { status, body } = await raw(ben, `/location/history/${ana.id}?format=gpx`);
    expect(status).toBe(200);
    try {
      for await (const bytes of body!) text += Buffer.from(bytes).toString();
    } catch {
      return { text, isWhole: false };
    }
    return { text, isWhole: true };
  };
  const pointsIn = (text: string) => [...text.matchAll(/<trkpt /g)].length;
  const whole = await read();
  expect([whole.isWhole, pointsIn(whole.text)]).toEqual([true, 2100]);
  const histories = app.get(HistoryRepository);
  const page = histories.page.bind(histories);
  jest.spyOn(histories, 'page').mockImplementationOnce(async (...asked) => {
    const rows = await page(...asked);
    await api(app, ana).delete('/location/shares');
    return rows;
  });
  const cut = await read();
  expect(cut.isWhole).toBe(false);
  expect(cut.text).not.toContain('</gpx>');
  expect(pointsIn(cut.text)).toBeLessThanOrEqual(2000);
});

test('neither the pages of another’s history nor where they end tell of what is hidden', async () => {
  const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  await keepHistory(app, ana);
  for (const user of [ben, cid])
    await api(app, ana).post('/location/shares', { target_user_id: user.id, shows_history: true });
  await api(app, ana).post('/location/private-places', { name: 'Home', ...HERE, radius_meters: 100 });
  const metres = [5000, 0, 1, 2, 6000, 6000, 3, 4, 7000, 5, 6];
  const walk = metres.map((north, n) => ({ ...away(HERE, north), accuracy: 5, recorded_at: secondsAgo(-1 - n) }));
  await send(ana, walk);
  const of = (user: TestUser, query: string) => api(app, user).get(`/location/history/${ana.id}${query}`);
  const numbers: number[][] = [];
  for (const limit of [1, 2, 3, 10]) {
    const seen: { id: number }[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const { body }: { body: Record<string, any> } = await of(ben, `?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items);
      cursor = body.next_cursor as string | null;
      if (cursor === null) continue;
      expect(body.items).toHaveLength(limit);
      expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/"at"|"id"|20\d\d-/);
      expect((await of(cid, `?cursor=${cursor}`)).body.code).toBe('validation.failed');
    }
    expect(seen).toMatchObject([5000, 6000, 7000].map((north) => ({ ...away(HERE, north), created_at: null })));
    numbers.push(seen.map(({ id }) => id));
    expect(pages).toBe(Math.ceil(3 / limit));
  }
  const { features } = (await (await raw(ben, `/location/history/${ana.id}?format=geojson`)).json()) as {
    features: { id: number }[];
  };
  numbers.push(features.map(({ id }) => id));
  expect(numbers).toEqual(Array.from({ length: 5 }, () => numbers[0]));
  // neither they nor what is between them tell of the others
  const stored = await app.db.query<{ id: number }>('SELECT id FROM user_locations WHERE user_id = $1', [ana.id]);
  expect(stored.map(({ id }) => Number(id))).not.toEqual(expect.arrayContaining([numbers[0]![0]]));
  expect(Math.abs(numbers[0]![1]! - numbers[0]![0]!)).toBeGreaterThan(1000);
  expect((await of(cid, '')).body.items.map(({ id }: { id: number }) => id)).not.toEqual(numbers[0]);
  const plain = Buffer.from(JSON.stringify({ at: walk[0]!.recorded_at, id: 1 })).toString('base64url');
  expect((await of(ben, `?cursor=${plain}`)).body.code).toBe('validation.failed');
});

describe('import', () => {
  const gpx = (points: { latitude: number; longitude: number; recorded_at?: string }[]) =>
    `<?xml version="1.0"?><gpx version="1.1"><trk><trkseg>${points
      .map(
        ({ latitude, longitude, recorded_at }) =>
          `<trkpt lat="${latitude}" lon="${longitude}"><ele>500</ele>${recorded_at ? `<time>${recorded_at}</time>` : ''}</trkpt>`,
      )
      .join('\n')}</trkseg></trk></gpx>`;
  const progress = async (user: TestUser, id: number) => {
    await app.settle();
    return (await api(app, user).get(`/location/imports/${id}`)).body;
  };

  test('a track of long ago gets into the history, once, however often it comes', async () => {
    const { user } = await buildWalker(1);
    const points = Array.from({ length: 2500 }, (_, n) => ({
      ...away(HERE, n),
      recorded_at: new Date(Date.parse('2015-06-01T08:00:00Z') + n * 1000).toISOString(),
    }));
    const bad = [
      { ...HERE },
      { ...HERE, recorded_at: 'noon' },
      { latitude: 91, longitude: 0, recorded_at: secondsAgo(9) },
    ];
    for (let time = 0; time < 2; time++) {
      const begun = await upload(user, gpx([...points, ...bad]), '/tmp/../hike.gpx');
      expect(begun).toMatchObject({ status: 201, body: { state: 'waiting', name: 'hike.gpx', progress: 0 } });
      const done = await progress(user, begun.body.id as number);
      expect(done).toMatchObject({ state: 'done', progress: 1, stored: 2500, refused: 3, fault: null });
    }
    const stored = await app.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM user_locations WHERE user_id = $1 AND source = 'gpx'`,
      [user.id],
    );
    expect(stored).toEqual([{ n: 2500 }]);
    const { items } = (await api(app, user).get('/location/history?end=2015-06-01T08:00:02Z')).body;
    expect(items).toMatchObject([
      { ...HERE, altitude: 500, source: 'gpx' },
      { recorded_at: '2015-06-01T08:00:01.000Z' },
    ]);
    expect((await api(app, user).get('/location/imports')).body.imports).toHaveLength(2);
    const eve = await buildUser(app, 'eve');
    const [{ id }] = (await api(app, user).get('/location/imports')).body.imports;
    expect((await api(app, eve).get(`/location/imports/${id}`)).body.code).toBe('location.import_not_found');
  });

  test('a point that nobody can have reached is flagged as from any other door, also if the reading began anew', async () => {
    const user = await buildUser(app, 'ana');
    await forever(user);
    const began = Date.parse('2015-06-01T08:00:00Z');
    const points = Array.from({ length: 2500 }, (_, n) => ({
      ...away(HERE, n % 1200 === 600 ? 900_000 : n),
      recorded_at: new Date(began + n * 1000).toISOString(),
    }));
    const imports = app.get(ImportsRepository);
    const store = imports.store.bind(imports);
    const killed = jest
      .spyOn(imports, 'store')
      .mockImplementationOnce(store)
      .mockRejectedValueOnce(new Error('killed'));
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const begun = await upload(user, gpx(points));
    await until('it is read again', async () => (await progress(user, begun.body.id as number)).state === 'done');
    expect(killed.mock.calls.length).toBeGreaterThan(3);
    killed.mockRestore();
    const rows = await app.db.query<{ n: number; flags: number }>(
      `SELECT extract(epoch FROM recorded_at - $2::timestamptz)::int AS n, flags FROM user_locations
       WHERE user_id = $1 AND flags <> 0 ORDER BY recorded_at`,
      [user.id, new Date(began)],
    );
    expect(rows.map(({ n, flags }) => [n, fromBits(flags)])).toEqual([
      [600, ['jump']],
      [1800, ['jump']],
    ]);
    const { body } = await api(app, user).get('/location/stats?start=2015-06-01T00:00:00Z&end=2015-06-02T00:00:00Z');
    expect(body.points).toBe(2498);
    expect(body.distance_meters).toBeLessThan(3000);
  });

  test('what one has exported oneself is there already, whatever door it came through', async () => {
    const { user } = await buildWalker(20);
    await send(user, [{ ...away(HERE, 9), recorded_at: secondsAgo(500), client_id: 'named' }]);
    const exported = await (await raw(user, '/location/history?format=gpx')).text();
    const twice = gpx(Array.from({ length: 2 }, () => ({ ...HERE, recorded_at: '2015-06-01T08:00:00.000Z' })));
    for (const file of [exported, twice]) {
      const begun = await upload(user, file);
      expect(await progress(user, begun.body.id as number)).toMatchObject({ state: 'done', refused: 0 });
    }
    expect((await api(app, user).get('/location/history')).body.items).toHaveLength(22);
  });

  test('what one has exported, deleted and given back is as accurate as it was', async () => {
    const { user } = await buildWalker(2);
    await send(user, [{ ...HERE, accuracy: 900, recorded_at: secondsAgo(500) }]);
    const kept = async () => {
      const { items } = (await api(app, user).get('/location/history')).body as { items: Record<string, unknown>[] };
      return items.map(({ latitude, accuracy, flags }) => ({ latitude, accuracy, flags }));
    };
    const before = await kept();
    expect(before).toMatchObject([{ accuracy: 900, flags: ['low_accuracy'] }, { accuracy: 5 }, { accuracy: 5 }]);
    const exported = await (await raw(user, '/location/history?format=gpx')).text();
    await api(app, user).delete('/location/history?all=true');
    await progress(user, (await upload(user, exported)).body.id as number);
    expect(await kept()).toEqual(before);
  });

  test('a time without a zone is of UTC, wherever the server stands; while a file is read one sees how far', async () => {
    const user = await buildUser(app, 'ana');
    await forever(user);
    const imports = app.get(ImportsRepository);
    const told = imports.progress.bind(imports);
    const seen: number[] = [];
    const telling = jest.spyOn(imports, 'progress').mockImplementation(async (id, counts) => {
      await told(id, counts);
      const { body } = await api(app, user).get(`/location/imports/${id}`);
      expect(body.state).toBe('running');
      seen.push(body.progress as number);
    });
    const { TZ } = process.env;
    process.env.TZ = 'Asia/Tokyo';
    expect(new Date().getTimezoneOffset()).toBe(-540);
    const times = ['2015-06-01T08:00:00', '2015-06-01', '1', ...Array.from({ length: 5000 }, () => 'noon')];
    const begun = await upload(user, gpx(times.map((recorded_at) => ({ ...HERE, recorded_at }))));
    const done = await progress(user, begun.body.id as number);
    telling.mockRestore();
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
    expect(done).toMatchObject({ state: 'done', progress: 1, stored: 1, refused: 5002 });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.filter((part) => part > 0 && part < 1)).not.toEqual([]);
    const { items } = (await api(app, user).get('/location/history')).body;
    expect(items).toMatchObject([{ recorded_at: '2015-06-01T08:00:00.000Z' }]);
  });

  test('what is chosen while a track is read holds for it too', async () => {
    const user = await buildUser(app, 'ana');
    await keepHistory(app, user);
    await app.settle();
    const imports = app.get(ImportsRepository);
    const store = imports.store.bind(imports);
    const stored = jest.spyOn(imports, 'store').mockImplementationOnce(async (...points) => {
      await forever(user);
      await app.get(RetentionService).applyChoice(user.id);
      await store(...points);
    });
    const begun = await upload(user, gpx([{ ...HERE, recorded_at: secondsAgo(86_400) }]));
    expect(await progress(user, begun.body.id as number)).toMatchObject({ state: 'done', stored: 1 });
    stored.mockRestore();
    const rows = await app.db.query('SELECT is_permanent FROM user_locations WHERE user_id = $1', [user.id]);
    expect(rows).toEqual([{ is_permanent: true }]);
  });

  test('what is deleted while a track is read is not brought back, at that moment or by reading it again', async () => {
    const user = await buildUser(app, 'ana');
    await forever(user);
    const [first, second, third] = [6000, 4000, 2000].map((seconds) => ({ ...HERE, recorded_at: secondsAgo(seconds) }));
    const remove = async ({ recorded_at: start }: { recorded_at: string }) => {
      const end = new Date(Date.parse(start) + 1).toISOString();
      return (await api(app, user).delete(`/location/history?start=${start}&end=${end}`)).body.deleted as number;
    };
    const imports = app.get(ImportsRepository);
    const store = imports.store.bind(imports);
    const removed: Promise<number>[] = [];
    jest.spyOn(imports, 'store').mockImplementationOnce(async (...points) => {
      removed.push(remove(first!));
      await until('the deletion waits for what is being stored', async () => (await waiting(app)) > 0);
      await store(...points);
    });
    jest.spyOn(imports, 'end').mockImplementationOnce(async () => {
      removed.push(remove(second!));
      await removed[1];
      throw new Error('killed');
    });
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const begun = await upload(user, gpx([first!, second!, third!]));
    await until('it is read again', async () => (await progress(user, begun.body.id as number)).state === 'done');
    expect(await Promise.all(removed)).toEqual([1, 1]);
    expect(await progress(user, begun.body.id as number)).toMatchObject({ stored: 1, refused: 2 });
    const { locations } = (await api(app, user).get('/location/history')).body;
    expect(locations).toMatchObject([third!]);
    // what is handed over afterwards is wanted again
    await upload(user, gpx([first!]));
    await app.settle();
    expect((await api(app, user).get('/location/history')).body.locations).toMatchObject([first!, third!]);
  });

  test('what is no GPX fails and says so; what cannot be kept is refused', async () => {
    const ana = await buildUser(app, 'ana');
    expect((await upload(ana, gpx([]))).body.code).toBe('location.history_off');
    await keepHistory(app, ana);
    const begun = await upload(ana, '<kml/>');
    expect(await progress(ana, begun.body.id as number)).toMatchObject({ state: 'failed', fault: 'not_gpx' });
    const old = await upload(ana, gpx([{ ...HERE, recorded_at: '2015-06-01T08:00:00Z' }]));
    expect(await progress(ana, old.body.id as number)).toMatchObject({ state: 'done', stored: 0, refused: 1 });
    expect((await api(app, ana).post('/location/imports', {})).status).toBe(415);
  });

  test('nothing is left of a file whose worker died right after the last point, or before there was a row', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const { user } = await buildWalker(1);
    const storage = app.get(Storage);
    const left = async () => {
      const keys: string[] = [];
      for await (const { key } of storage.list('imports/')) keys.push(key);
      return keys;
    };
    const dying = jest.spyOn(storage, 'delete').mockResolvedValueOnce();
    const { body } = await upload(user, gpx([{ ...HERE, recorded_at: secondsAgo(9) }]));
    expect(await progress(user, body.id as number)).toMatchObject({ state: 'done', stored: 1 });
    dying.mockRestore();
    expect(await left()).toHaveLength(1);
    await app.get(LocationWorkers).import({ import_id: body.id as number });
    expect(await left()).toEqual([]);

    const idle = await boot({ roles: ['api'], env: { MUSTER_HOME: app.settings.MUSTER_HOME! } });
    const bea = await buildUser(idle, 'bea');
    await keepHistory(idle, bea);
    await idle
      .get(ImportsService)
      .begin(principalOf(bea), { name: 'a.gpx', body: Readable.from([Buffer.from(gpx([]))]) });
    const [kept] = await left();
    await storage.put(`imports/${bea.id}/stray.gpx`, Buffer.from('x'), { contentType: 'application/gpx+xml' });
    await idle.get(SweeperService).sweepObjects(new Date(Date.now() + 2 * 24 * 3_600_000));
    expect(await left()).toEqual([kept]);
    await idle.close();
  });

  test('a file larger than may be is refused as soon as that is seen, and nothing of it is left', async () => {
    const { LOCATION_IMPORT_MAX_BYTES: _, ...usual } = app.settings;
    expect(readEnv(usual).LOCATION_IMPORT_MAX_BYTES).toBe(200 * 1024 * 1024);
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    let pieces = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(100_000, pieces++ ? ' ' : '<gpx>');
      })(),
    );
    const begun = app.get(ImportsService).begin(principalOf(ana), { name: 'endless.gpx', body: endless });
    await expect(begun).rejects.toMatchObject({ code: 'location.import_too_large', params: { limit: LARGEST_IMPORT } });
    expect(pieces).toBeLessThan(LARGEST_IMPORT / 100_000 + 50);
    for await (const { key } of app.get(Storage).list(`imports/${ana.id}/`)) expect(key).toBeUndefined();
    expect((await api(app, ana).get('/location/imports')).body.imports).toEqual([]);
    const over = await upload(ana, ' '.repeat(LARGEST_IMPORT + 1));
    expect(over).toMatchObject({ status: 413, body: { code: 'location.import_too_large' } });
  });
});
