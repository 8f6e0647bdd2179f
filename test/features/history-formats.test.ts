import type { OpenAPIObject } from '@nestjs/swagger';
import { text } from 'node:stream/consumers';
import { openApi } from 'src/core/http/docs';
import { GeoJsonHistory, GpxHistory } from 'src/modules/location/history.dto';
import { LocationView } from 'src/modules/location/location.dto';
import { toFile, type TrackFormat } from 'src/modules/location/tracks';
import { HERE } from 'test/factories/locations';
import { buildUsers } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
let document: OpenAPIObject;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  document = openApi(app.app, { APP_NAME: 'Muster' });
});
afterAll(() => app.close());

const declared = (path: string) => {
  const success = document.paths[path]!.get!.responses['200'] as { content: Record<string, { example?: unknown }> };
  return success.content;
};

test('the document knows each form in which a history is answered, and has an example of it', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  await api(app, ana).put('/location/settings', { history: 'forever' });
  await api(app, ana).post('/location/shares', { target_user_id: ben.id, shows_history: true });
  await api(app, ana).post('/location/update', { ...HERE, altitude: 560.5, accuracy: 8, battery: 81 });
  await api(app, ana).post('/location/update', HERE);
  const of = async (user: typeof ana, path: string, format: string) => {
    const headers = { authorization: `Bearer ${user.token}` };
    const reply = await fetch(`${app.url}/api/v1/location/history${path}?format=${format}`, { headers });
    expect(reply.status).toBe(200);
    return { mediaType: reply.headers.get('content-type')!.split(';')[0]!, body: await reply.text() };
  };
  for (const [user, path, route] of [
    [ana, '', ''],
    [ben, `/${ana.id}`, '/{user_id}'],
  ] as const) {
    const content = declared(`/api/v1/location/history${route}`);
    const answers = await Promise.all(['json', 'geojson', 'gpx'].map((format) => of(user, path, format)));
    expect(answers.map(({ mediaType }) => mediaType)).toEqual(Object.keys(content));
    const features = GeoJsonHistory.parse(JSON.parse(answers[1]!.body)).features;
    expect(features[0]!.geometry.coordinates).toHaveLength(3);
    expect(content['application/geo+json']!.example).toEqual(GeoJsonHistory.meta()!.example);
    expect(content['application/gpx+xml']!.example).toEqual(GpxHistory.meta()!.example);
  }
});

test('the examples are what is answered of such a point', async () => {
  const point = LocationView.meta()!.example as LocationView;
  const row = { ...point, recorded_at: new Date(point.recorded_at) };
  async function* rows() {
    yield await Promise.resolve(row as never);
  }
  const file = (format: TrackFormat) => text(toFile(rows(), format));
  expect(GeoJsonHistory.parse(JSON.parse(await file('geojson')))).toEqual(GeoJsonHistory.meta()!.example);
  expect(await file('gpx')).toBe(GpxHistory.meta()!.example);
});
