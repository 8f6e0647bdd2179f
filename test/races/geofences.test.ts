import { circleAround, crossingsOf, drawFence, OFFICE, sendFixes } from 'test/factories/geofences';
import { away, endingNow, readTrack } from 'test/factories/locations';
import { buildUser, buildUsers } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// What is sent piece by piece is evaluated piece by piece, and however it was cut the same has happened.

let app: TestApp;
beforeAll(async () => {
  // nobody walks that fast
  app = await boot({ env: { LOCATION_JUMP_SPEED: '100000' } });
});
afterAll(() => app.close());

test('a recorded walk, wherever it is cut into what a worker sees at once, enters and leaves at the same fixes', async () => {
  const walk = endingNow(readTrack('walk-cerknica').slice(0, 212));
  const near = Array.from({ length: 24 }, (_, index) => 120 + index);
  const seen = await Promise.all(
    [near, ...near.map((place) => [110, place]), near.filter((place) => place % 3)].map(async (places, index) => {
      const user = await buildUser(app, `cut${index}`);
      await drawFence(app, user, circleAround(walk[144]!, 50));
      const ends = [1, ...places, walk.length];
      for (const [piece, end] of ends.entries()) {
        await sendFixes(app, user, walk.slice(ends[piece - 1] ?? 0, end));
        await app.settle();
      }
      return (await crossingsOf(app, user)).map(({ event_type, recorded_at }) => [event_type, recorded_at]);
    }),
  );
  const expected = [['entry', 141], ['exit', 151], ['entry', 200], ['exit', 205]] as const; // oxfmt-ignore
  for (const events of seen) expect(events).toEqual(expected.map(([type, at]) => [type, walk[at]!.recorded_at]));
});

test('a way, however it is cut, is the same to a fence for another and to one of one’s own', async () => {
  const seen = await Promise.all(
    Array.from({ length: 16 }, async (_, cuts) => {
      const [ana, ben] = await buildUsers(app, 'ana', 'ben');
      expect((await api(app, ana).post('/location/shares', { target_user_id: ben.id })).status).toBe(201);
      await app.settle();
      const { id, revision } = await drawFence(app, ben, { ...circleAround(OFFICE, 500), subject_id: ana.id });
      await api(app, ana).put(`/location/geofences/${id}/consent`, { accepted: true, revision });
      await drawFence(app, ana, circleAround(OFFICE, 500));
      const now = Date.now();
      // three beyond, one upon another, are as many as it takes; then he is inside
      const way = [5000, 5001, 5002, 0, 10].map((metres, index) => ({
        ...away(OFFICE, metres),
        accuracy: 5,
        recorded_at: new Date(now + 1 + index + (index > 2 ? index * 5000 : 0)).toISOString(),
      }));
      let piece: object[] = [];
      for (const [index, point] of way.entries()) {
        piece.push(point);
        if (!(cuts & (1 << index)) && index < 4) continue;
        await sendFixes(app, ana, piece);
        await app.settle();
        piece = [];
      }
      return [await crossingsOf(app, ben), await crossingsOf(app, ana)].map((events) =>
        events.map(({ event_type }) => event_type),
      );
    }),
  );
  expect(seen).toEqual(seen.map(() => [['entry'], ['entry', 'entry']]));
});
