import { ForgettingService } from 'src/modules/geofences/forgetting.service';
import type { GeofenceView } from 'src/modules/geofences/geofences.dto';
import { circleAround, decideOn, drawFence, OFFICE } from 'test/factories/geofences';
import { buildShare } from 'test/factories/locations';
import { buildUsers } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Ben asks Ana whether his fences may watch her, who shares with him.

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const people = async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  await buildShare(app, ana, ben);
  const fence = { ...circleAround(OFFICE, 50), subject_id: ana.id };
  return {
    ...{ ana, ben },
    draw: () => drawFence(app, ben, fence),
    tryToDraw: async () => (await api(app, ben).post('/location/geofences', fence)).body.code as string | undefined,
    remove: ({ id }: GeofenceView) => api(app, ben).delete(`/location/geofences/${id}`),
  };
};
const refusals = (user: { id: string }) => app.db.query('SELECT FROM geofence_refusals WHERE user_id = $1', [user.id]);

test('who has said no is not asked by the same one for an hour, though he removes the fence and draws it again', async () => {
  for (const before of [[], [true]]) {
    const { ana, draw, tryToDraw, remove } = await people();
    const fence = await draw();
    for (const accepted of [...before, false]) await decideOn(app, ana, fence, accepted);
    await remove(fence);
    expect(await tryToDraw()).toBe('geofence.asked_too_often');
    await app.get(ForgettingService).forgetOld();
    expect(await tryToDraw()).toBe('geofence.asked_too_often');
    await app.db.query(`UPDATE geofence_refusals SET refused_at = now() - interval '1 hour' WHERE user_id = $1`, [
      ana.id,
    ]);
    await draw();
    await app.get(ForgettingService).forgetOld();
    expect(await refusals(ana)).toEqual([]);
  }
});

test('one who is asked by as many fences as may be at once is so by those that are moved too', async () => {
  const { ben, draw, tryToDraw } = await people();
  const fences: GeofenceView[] = [];
  for (let n = 0; n < 20; n++) fences.push(await draw());
  expect(await tryToDraw()).toBe('geofence.too_many');
  const moved = await api(app, ben).put(`/location/geofences/${fences[7]!.id}`, { radius: 60 });
  expect(moved).toMatchObject({ status: 200, body: { radius: 60, watch_state: 'asked' } });
});
