import { Logger } from '@nestjs/common';
import { AppError } from 'src/core/errors/app-error';
import { AccountWorkers } from 'src/modules/account/account.workers';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { photograph } from 'test/factories/pictures';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, closeAll, type TestApp } from 'test/support/boot';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';
import { startS3, type TestS3 } from 'test/support/s3';
import type { ReadFault } from 'test/support/way';

// The bucket takes what it is given, but can't be read. What happens when it can't be written: features/uploads.

const warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
let s3: TestS3;
let app: TestApp, impatient: TestApp;
let ana: TestUser;
beforeAll(async () => {
  s3 = await startS3();
  const env = Object.fromEntries(Object.entries(s3.env).map(([key, value]) => [key, String(value)]));
  // without a worker: each job is done when it is said
  app = await boot({ roles: ['api'], env });
  impatient = await boot({ beside: app, roles: ['api'], env: { AWS_S3_TIMEOUT_MS: '300' } });
  ana = await buildUser(app, 'ana');
});
afterEach(mend);
afterAll(async () => {
  await closeAll(impatient, app);
  await s3.stop();
});

const FAULTS = ['fails', 'silent', 'breaks', 'shut'] as const;
async function bring(fault: ReadFault | 'shut') {
  if (fault === 'shut') await s3.way.shut();
  else s3.way.readFault = fault;
}
/** Who waits for silence to end does not wait long; else a busy machine would be one that is silent. */
const asked = () => (s3.way.readFault === 'silent' ? impatient : app);
async function mend() {
  s3.way.readFault = undefined;
  await s3.way.open();
}
const isUnavailable = ({ status, code }: { status: number; code: unknown }) =>
  expect([status, code]).toEqual([503, 'storage.unavailable']);

test.each(FAULTS)('%s: a picture waits until it can be read, however often that is tried', async (fault) => {
  const { body: file } = await upload(app, ana, { name: 'a.jpg', bytes: await photograph(1) });
  const process = () => asked().get(FilesWorkers).process({ file_id: file.id });
  await bring(fault);
  for (let time = 0; time < 5; time++) {
    const error = await process().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(AppError); // that would be the end of the job
  }
  const state = async () => (await api(app, ana).get(`/files/${file.id}/info`)).body.status as string;
  expect(await state()).toBe('processing');
  await mend();
  await process();
  expect(await state()).toBe('ready');
});

test.each(FAULTS)('%s: an export is refused or breaks off, and can be fetched later', async (fault) => {
  const eve = await buildUser(app, 'eve');
  await api(app, eve).post('/settings/account/export');
  const [row] = await app.db.query<{ id: number }>('SELECT id FROM data_exports WHERE user_id = $1', [eve.id]);
  await app.get(AccountWorkers).makeExport({ export_id: row!.id });
  const { download_url, size_bytes } = (await api(app, eve).get('/profile/export')).body;
  const fetched = () => fetch(`${asked().url}${download_url.slice(download_url.indexOf('/api/'))}`);

  await bring(fault);
  const reply = await fetched();
  if (fault === 'breaks') await expect(reply.arrayBuffer()).rejects.toThrow();
  else {
    isUnavailable({ status: reply.status, code: ((await reply.json()) as { code: string }).code });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await api(app).get('//health/live')).status).toBe(200);
  await mend();
  expect((await (await fetched()).arrayBuffer()).byteLength).toBe(size_bytes);
});

test.each([
  ['fails', /^\w+: /],
  ['silent', /^ETIMEDOUT: /],
  ['shut', /^ECONNREFUSED: /],
] as const)('%s: an upload in three steps ends later, and it is told why', async (fault, reason) => {
  const { body: place } = await api(app, ana).post('/files/uploads', { file_name: 'a', file_size: 5 });
  expect((await fetch(place.url, { method: 'PUT', headers: place.headers, body: 'words' })).ok).toBe(true);
  const complete = () => api(asked(), ana).post(`/files/uploads/${place.upload_id}/complete`);
  warnings.mockClear();
  await bring(fault);
  const { status, body } = await complete();
  isUnavailable({ status, code: body.code });
  expect(warnings.mock.calls.map(([what]) => String(what))).toContainEqual(expect.stringMatching(reason));
  const figures = (await api(asked()).get('//metrics')).body;
  expect(figures).toMatch(/muster_http_seconds_count\{[^}]*complete"[^}]*status="503"\} [1-9]/);
  await mend();
  expect((await complete()).body).toMatchObject({ id: place.upload_id, file_size: 5 });
});
