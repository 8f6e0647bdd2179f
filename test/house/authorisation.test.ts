import { readFileSync } from 'node:fs';
import { requests } from 'src/contracts';
import { EVENTS, nameOfRoute, ROUTES } from 'test/hostile/rows';

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as { paths: Record<string, object> };

test('for every route and every socket request it is said who may: a row in test/hostile/rows', () => {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => nameOfRoute(method, path)),
  );
  expect(Object.keys(ROUTES).sort()).toEqual(routes.sort());
  expect(Object.keys(EVENTS).sort()).toEqual(Object.keys(requests).sort());
});
