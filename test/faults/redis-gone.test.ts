import { Logger } from '@nestjs/common';
import sharp from 'sharp';
import { OutboxRelay } from 'src/core/jobs/relay';
import { Presence } from 'src/core/realtime/presence';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { buildGroup } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { buildUsers } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { OwnRedis } from 'test/support/own-redis';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// Redis is killed and refuses connections for longer than a worker holds a job, and it knows nothing any more of who is there.

const JOB_LOCK_MS = 500;

let redis: OwnRedis;
let app: TestApp, node: TestApp;
beforeAll(async () => {
  redis = await OwnRedis.start();
  app = await boot({ env: { REDIS_URL: redis.url, JOB_LOCK_MS: String(JOB_LOCK_MS) } });
  node = await boot({ beside: app, roles: ['api'] });
});
afterAll(async () => {
  await node.close();
  await app.close();
  await redis.stop();
});

test('it is gone for longer than locks and presence last, then back: what was said, begun and due is there, once', async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  const chat = await buildGroup(app, ana, [ben, cid]);
  const [anas, bens, cids] = await Promise.all([connect(app, ana), connect(app, ben), connect(node, cid)]);
  const ready = async () =>
    (await Promise.all([app, node].map((at) => api(at).get('//health/ready')))).map((it) => it.status);
  const profile = () => api(app, ana).get('/profile');

  // a job is under way
  const renderer = app.get(PictureRenderer);
  const render = renderer.render.bind(renderer);
  let release = () => {};
  let runs = 0;
  jest.spyOn(renderer, 'render').mockImplementation(async (task) => {
    const rendered = await render(task);
    if (++runs === 1) await new Promise<void>((resolve) => (release = resolve));
    return rendered;
  });
  const { body: picture } = await upload(app, ana, { name: 'a.jpg', bytes: await photograph(1) });
  await until('it is under way', () => runs === 1);

  await redis.stop();
  const gone = Date.now();
  const said: number[] = [];
  await until('all locks have run out', async () => {
    const { status, body } = await api(app, ana).post(`/chats/${chat}/messages`, { content: `message ${said.length}` });
    expect(status).toBe(201);
    said.push(body.id as number);
    await bens.next('new_message', ({ id }) => id === body.id);
    expect((await api(app).get('//health/live')).status).toBe(200);
    return Date.now() - gone > 2 * JOB_LOCK_MS;
  });
  expect(await ready()).toEqual([503, 503]);
  expect((await profile()).status).toBe(200);

  await redis.comeBack();
  await until('both nodes are ready', async () => (await ready()).join() === '200,200');
  expect([anas, bens, cids].map(({ raw }) => raw.connected)).toEqual([true, true, true]);
  for (const at of [app, node]) await at.get(Presence).beat(); // every 15 s by itself
  expect(await node.get(Presence).online([ana.id, cid.id])).toEqual(new Set([ana.id, cid.id]));
  const { body } = await api(node, cid).post('/sync', { chats: { [chat]: 0 } });
  const told = body.chats[0].events.map(({ data }: { data: { id: number } }) => data.id);
  expect(told.filter((id: number) => said.includes(id))).toEqual(said);

  // half a minute later another run begins, and both end
  await app.db.query(`UPDATE outbox SET run_at = run_at - interval '1 min', queued_at = queued_at - interval '1 min'`);
  await app.get(OutboxRelay).recover();
  await until('the picture is made anew', async () => {
    return (await api(app, ana).get(`/files/${picture.id}/info`)).body.status === 'ready';
  });
  release();
  await app.settle();
  const { bytes } = await download(app, ana, `/files/${picture.id}/thumbnail?size=small`);
  expect((await sharp(bytes).metadata()).format).toBe('webp');
});
