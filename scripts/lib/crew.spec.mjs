import { Crew } from './crew.mjs';

test('a crew is dismissed newest first, after what needs others', async () => {
  const crew = new Crew();
  const ended = [];
  const start = (name, options) =>
    crew.start(name, 'sleep', ['60'], options).ended.then(({ signal }) => ended.push(`${name} ${signal}`));
  const all = [start('server', { needsOthers: true }), start('database'), start('queue')];
  await crew.dismiss();
  await Promise.all(all);
  expect(ended).toEqual(['server SIGTERM', 'queue SIGTERM', 'database SIGTERM']);
});
