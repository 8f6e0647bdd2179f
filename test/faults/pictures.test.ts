import sharp from 'sharp';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { startProcess, type NodeProcess } from 'test/support/process';
import { until } from 'test/support/until';

// The worker is a process of its own, which is killed.

let app: TestApp, other: TestApp | undefined, worker: NodeProcess;
beforeAll(async () => {
  app = await boot({ roles: ['api'], env: { JOB_LOCK_MS: '1500' } });
  worker = await startProcess({ beside: app, roles: ['worker'] });
}, 120_000);
afterAll(async () => {
  await worker.kill();
  await other?.close();
  await app.close();
});

test('a worker that is killed while it makes pictures: another one makes them, once', async () => {
  const ana = await buildUser(app, 'ana');
  // so that it takes its time
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 2000, height: 2000, channels: 3, background: '#888', noise } as const;
  const bytes = await sharp({ create }).jpeg({ quality: 90 }).toBuffer();
  const { body: file } = await upload(app, ana, { name: 'noise.jpg', bytes });
  const now = async () => {
    const sql = 'SELECT status, attempts, width FROM files WHERE id = $1';
    return (await app.db.query<{ status: string; attempts: number; width: number | null }>(sql, [file.id]))[0]!;
  };
  await until('the worker has begun', async () => (await now()).attempts === 1, 60);
  await worker.kill();
  expect(await now()).toEqual({ status: 'processing', attempts: 1, width: null });

  other = await boot({ beside: app, roles: ['worker'] });
  await until('another one has made them', async () => (await now()).status !== 'processing', 100);
  expect(await now()).toEqual({ status: 'ready', attempts: 2, width: 2000 });
  expect(await app.db.query('SELECT FROM file_renditions WHERE file_id = $1', [file.id])).toHaveLength(7);
  const { bytes: preview } = await download(app, ana, `/files/${file.id}/thumbnail?size=small`);
  expect((await sharp(preview).metadata()).width).toBe(240);
}, 180_000);
