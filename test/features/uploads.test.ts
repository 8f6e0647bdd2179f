import { Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Storage } from 'src/core/storage/storage';
import { DirectUploadsService } from 'src/modules/files/direct-uploads.service';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { buildPrivateChat } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { startS3 } from 'test/support/s3';
import type { WayFault } from 'test/support/way';

const LIMIT = 400_000;
const DAY_MS = 24 * 3_600_000;

let app: TestApp;
/** Of what was sent, without what was made of it. */
const keys = async (prefix = '') => {
  const found: string[] = [];
  for await (const { key } of app.get(Storage).list(prefix)) if (!key.includes('/thumbnails/')) found.push(key);
  return found;
};
/** Sends bytes to where the server said, as it said. */
const put = (place: { url: string; headers: object }, bytes: Buffer | string) =>
  fetch(new URL(place.url, app.url), {
    method: 'PUT',
    headers: place.headers as Record<string, string>,
    body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
  });

describe.each(['disk', 'S3'])('files on %s', (where) => {
  let ana: TestUser;
  let s3: Awaited<ReturnType<typeof startS3>> | undefined;
  beforeAll(async () => {
    s3 = where === 'S3' ? await startS3() : undefined;
    const quotas = {
      FILE_QUOTA_BYTES: '1000000',
      FILE_QUOTA_BYTES_PER_DAY: '1500000',
      MAX_FILE_SIZE: String(LIMIT),
      MAX_AUDIO_SIZE: '1000',
    };
    const bucket = s3 && Object.fromEntries(Object.entries(s3.env).map(([key, value]) => [key, String(value)]));
    app = await boot({ env: { ...quotas, ...bucket } });
  });
  beforeEach(async () => {
    ana = await buildUser(app, 'ana');
  });
  afterAll(async () => {
    await app.close();
    await s3?.stop();
  });

  test('are stored, handed out and taken away', async () => {
    const bytes = await photograph(1);
    const { body: file } = await upload(app, ana, { name: 'lake.jpg', bytes });
    const reply = await download(app, ana, file.file_url);
    if (where === 'S3') {
      expect(reply.status).toBe(302);
      expect(reply.headers.get('cache-control')).toBe('private, no-store');
      const link = reply.headers.get('location')!;
      expect(link).toMatch(/X-Amz-Expires=300/);
      const direct = await fetch(link, { headers: { range: 'bytes=0-99' } });
      expect([direct.status, direct.headers.get('content-type')]).toEqual([206, 'image/jpeg']);
      expect(direct.headers.get('content-disposition')).toContain('filename="lake.jpg"');
      expect(Buffer.from(await direct.arrayBuffer())).toEqual(bytes.subarray(0, 100));
      const etag = reply.headers.get('etag')!;
      expect((await download(app, ana, file.file_url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    } else expect(reply.bytes).toEqual(bytes);
    await api(app, ana).delete(`/files/${file.id}`);
    await app.settle();
    expect(await keys(`chat-files/${ana.id}`)).toEqual([]);
  });

  test('can be sent in three steps', async () => {
    const bytes = await photograph(1);
    const begun = await api(app, ana).post('/files/uploads', { file_name: '../lake.jpg', file_size: bytes.length });
    expect(begun).toMatchObject({ status: 201, body: { method: 'PUT' } });
    const { upload_id: id } = begun.body;
    const complete = () => api(app, ana).post(`/files/uploads/${id}/complete`);
    expect((await complete()).body).toMatchObject({ status: 409, code: 'file.upload_not_received' });
    expect((await api(app, ana).get(`/files/${id}`)).status).toBe(404);
    expect((await api(app, ana).get(`/files/${id}/info`)).status).toBe(404);

    expect((await put(begun.body, bytes)).ok).toBe(true);
    expect((await api(app, await buildUser(app)).post(`/files/uploads/${id}/complete`)).status).toBe(404);
    const done = await Promise.all([complete(), complete()]);
    for (const { status, body } of done)
      expect([status, body]).toMatchObject([
        201,
        { id, file_name: 'lake.jpg', file_size: bytes.length, content_type: 'image/jpeg', message_type: 'image' },
      ]);
    expect((await complete()).body.id).toBe(id);
    // whoever still has the link can't change what has been looked at
    await put(begun.body, Buffer.alloc(bytes.length, '<script>'));
    await app.settle();
    const [row] = await app.db.query('SELECT sha256 FROM files WHERE id = $1', [id]);
    expect(row).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex') });
    const link = await download(app, ana, `/files/${id}`);
    const got = link.status === 302 ? await fetch(link.headers.get('location')!) : undefined;
    expect(got ? Buffer.from(await got.arrayBuffer()) : link.bytes).toEqual(bytes);
    expect(await keys(`chat-files/${ana.id}`)).toHaveLength(1);
  });

  test('a direct upload is held to what was announced, and to what is allowed', async () => {
    const begin = (body: object) => api(app, ana).post('/files/uploads', body);
    expect((await begin({ file_name: 'a', file_size: LIMIT + 1 })).body.code).toBe('file.too_large');
    for (const file_size of [0, -1, 1.5, '7', null])
      expect((await begin({ file_name: 'a', file_size })).status).toBe(422);
    const { body: place } = await begin({ file_name: 'a.jpg', file_size: 10, client_id: 'x' });
    expect((await begin({ file_name: 'a.jpg', file_size: 10, client_id: 'x' })).body.upload_id).toBe(place.upload_id);
    expect((await begin({ file_name: 'a.jpg', file_size: 11, client_id: 'x' })).body.code).toBe('idempotency.mismatch');
    const complete = () => api(app, ana).post(`/files/uploads/${place.upload_id}/complete`);
    await put(place, 'too many bytes');
    expect((await complete()).body.code).toBe('file.upload_not_received');
    await put(place, 'MZ\x90\0\x03\0\0\0\0');
    expect((await complete()).body.code).toBe('file.type_not_allowed');
    const { body: sound } = await begin({ file_name: 'a.mp3', file_size: 1001 });
    await put(sound, Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64', 'latin1'), Buffer.alloc(987)]));
    const long = await api(app, ana).post(`/files/uploads/${sound.upload_id}/complete`);
    expect(long.body).toMatchObject({ status: 413, code: 'file.too_large', params: { limit: 1000 } });
    await put(place, 'ten words!');
    expect((await complete()).body).toMatchObject({ content_type: 'text/plain', file_size: 10 });
  });

  test('a page of another origin may read what it needs to go on with a file where it was broken off', async () => {
    const { body: file } = await upload(app, ana, { bytes: '0123456789' });
    const { status, headers } = await download(app, ana, file.file_url as string, {
      headers: { origin: 'https://app.example', ...(where === 'disk' && { range: 'bytes=5-' }) },
    });
    expect(status).toBe(where === 'disk' ? 206 : 302);
    const readable = headers.get('access-control-expose-headers')!.split(', ');
    expect(readable).toEqual(expect.arrayContaining(['ETag', 'Content-Range', 'Content-Disposition']));
  });

  test('a direct upload that took too long is begun again under its name', async () => {
    const begin = async () =>
      (await api(app, ana).post('/files/uploads', { file_name: 'a.txt', file_size: 3, client_id: 'y' })).body;
    const first = await begin();
    await app.db.query(`UPDATE files SET created_at = created_at - interval '2 hours' WHERE id = $1`, [
      first.upload_id,
    ]);
    const again = await begin();
    expect(again.upload_id).toBe(first.upload_id);
    expect(Date.parse(again.expires_at as string)).toBeGreaterThan(Date.now());
    expect((await put(again, 'abc')).ok).toBe(true);
    expect((await api(app, ana).post(`/files/uploads/${again.upload_id}/complete`)).status).toBe(201);
  });

  test('a direct upload that was completed unheard is begun again, and is told what came of it', async () => {
    const begin = (body: object = {}) =>
      api(app, ana).post('/files/uploads', { file_name: 'a.txt', file_size: 3, client_id: 'z', ...body });
    const { body: place } = await begin();
    expect(place.file).toBeNull();
    await put(place, 'abc');
    const { body: file } = await api(app, ana).post(`/files/uploads/${place.upload_id}/complete`);
    const again = await begin();
    expect(again).toMatchObject({ status: 201, body: { upload_id: place.upload_id, file: { id: file.id } } });
    expect((await begin({ file_size: 4 })).body.code).toBe('idempotency.mismatch');
  });

  test('who completes an upload while it is being completed hears that it is', async () => {
    const { body } = await api(app, ana).post('/files/uploads', { file_name: 'a.txt', file_size: 3 });
    await put(body, 'abc');
    const complete = () => api(app, ana).post(`/files/uploads/${body.upload_id}/complete`);
    meanwhile(app.get(DirectUploadsService), 'files', 'byId', complete);
    expect(await complete()).toMatchObject({ status: 201, body: { id: body.upload_id, status: 'ready' } });
    expect(await keys(`chat-files/${ana.id}`)).toHaveLength(1);
  });

  test('nobody can send to a place that was not given out', async () => {
    const { body } = await api(app, ana).post('/files/uploads', { file_name: 'a', file_size: 3 });
    const headers = { 'content-type': 'application/octet-stream' };
    const wrong = `/api/v1/files/uploads/${body.upload_id}/bytes/0199c5a0-7d2e-4b61-9d3c-2f6f0c6f4a11`;
    expect((await put({ url: wrong, headers }, 'abc')).status).toBe(404);
    expect((await put({ url: wrong, headers: { 'content-type': 'application/json' } }, '{}')).status).toBe(415);
    expect((await put({ url: '/api/v1/chats', headers }, 'abc')).status).toBeLessThan(500);
    const bytes = await api(app, ana).post('/chats', 'abc', { headers });
    expect(bytes.status).toBe(415);
  });

  test('quotas are counted over all ways, and tell the numbers', async () => {
    const text = (size: number) => Buffer.alloc(size, 'word ');
    for (const size of [LIMIT, LIMIT]) expect((await upload(app, ana, { bytes: text(size) })).status).toBe(201);
    const both = await Promise.all([0, 1].map((one) => upload(app, ana, { name: `${one}`, bytes: text(150_000) })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 413]);
    expect(both.find(({ status }) => status === 413)!.body).toMatchObject({
      code: 'file.quota_exceeded',
      params: { limit: 1_000_000, used: 950_000, size: 150_000 },
    });
    expect(await keys(`chat-files/${ana.id}`)).toHaveLength(3);
    const begun = await api(app, ana).post('/files/uploads', { file_name: 'a', file_size: 50_001 });
    expect(begun.body).toMatchObject({ status: 413, code: 'file.quota_exceeded' });

    for (const { id } of await app.db.query<{ id: number }>('SELECT id FROM files WHERE owner_id = $1', [ana.id]))
      await api(app, ana).delete(`/files/${id}`);
    expect((await upload(app, ana, { bytes: text(LIMIT) })).status).toBe(201);
    const late = await upload(app, ana, { bytes: text(200_000) });
    expect(late.body).toMatchObject({
      status: 429,
      code: 'file.daily_quota_exceeded',
      params: { limit: 1_500_000, used: 1_350_000, size: 200_000 },
    });
    expect(Number(late.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
    await app.db.query(`UPDATE file_days SET day = day - 1 WHERE user_id = $1`, [ana.id]);
    expect((await upload(app, ana, { bytes: text(200_000) })).status).toBe(201);
  });

  if (where === 'S3')
    describe('when the bucket’s server is not well', () => {
      let impatient: TestApp;
      beforeAll(async () => {
        jest.spyOn(Logger.prototype, 'warn').mockImplementation();
        impatient = await boot({ beside: app, roles: ['api'], env: { AWS_S3_TIMEOUT_MS: '600' } });
      });
      const mend = async () => {
        s3!.way.fault = undefined;
        await s3!.way.open();
      };
      afterEach(mend);
      afterAll(() => impatient.close());
      const swept = async () => {
        await app.get(SweeperService).sweepObjects(new Date(Date.now() + 2 * DAY_MS));
        return (await keys(`chat-files/${ana.id}`)).sort();
      };
      /** Who waits for silence to end does not wait long; else a busy machine would be one that is silent. */
      const asked = (fault: WayFault | 'shut') => (fault === 'silent' || fault === 'deaf' ? impatient : app);
      const rows = async () => {
        const sql = 'SELECT storage_key FROM files WHERE owner_id = $1 ORDER BY storage_key';
        return (await app.db.query<{ storage_key: string }>(sql, [ana.id])).map(({ storage_key }) => storage_key);
      };

      test.each<[string, WayFault | 'shut', number]>([
        ['fails', 'fails', 0],
        ['is silent', 'silent', 0],
        ['breaks off', 'breaks', 0],
        ['gets other bytes than were sent', 'flips', 0],
        ['stores, but cannot say so', 'deaf', 1],
        ['refuses', 'shut', 0],
      ])(
        'and %s: an upload is refused, goes through later, and rows and objects agree',
        async (_title, fault, left) => {
          if (fault === 'shut') await s3!.way.shut();
          else s3!.way.fault = fault;
          const send = (on: TestApp) => upload(on, ana, { bytes: 'words' }, { headers: { 'idempotency-key': 'one' } });
          const { status, headers, body } = await send(asked(fault));
          expect([status, body.code]).toEqual([503, 'storage.unavailable']);
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
          await mend();
          expect(await rows()).toEqual([]);
          expect(await keys(`chat-files/${ana.id}`)).toHaveLength(left);
          expect((await send(app)).status).toBe(201);
          expect(await swept()).toEqual(await rows());
          expect(await rows()).toHaveLength(1);
        },
      );

      test.each<WayFault>(['fails', 'deaf'])('and %s: a confirmation can be repeated', async (fault) => {
        const { body: place } = await api(app, ana).post('/files/uploads', { file_name: 'a', file_size: 5 });
        expect((await put(place, 'words')).ok).toBe(true);
        s3!.way.fault = fault;
        const complete = (on: TestApp) => api(on, ana).post(`/files/uploads/${place.upload_id}/complete`);
        expect((await complete(asked(fault))).body).toMatchObject({ status: 503, code: 'storage.unavailable' });
        await mend();
        expect((await complete(app)).body).toMatchObject({ id: place.upload_id, file_size: 5 });
        expect(await swept()).toEqual(await rows());
        const [sent] = /temp\/[\w-]+/.exec(place.url)!;
        expect(await keys('temp/')).not.toContain(sent);
      });
    });

  test('the sweeper removes what nothing refers to after a day, and brings rows and objects into agreement', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const storage = app.get(Storage);
    const [young, old, lost] = await Promise.all(
      ['young', 'old', 'lost'].map(async (bytes) => (await upload(app, ana, { bytes })).body.id as number),
    );
    const { body: begun } = await api(app, ana).post('/files/uploads', { file_name: 'a', file_size: 3 });
    await put(begun, 'abc');
    await storage.put('chat-files/1/stray.txt', Readable.from(['x']), { contentType: 'text/plain' });
    await storage.put('elsewhere/not-ours.txt', Readable.from(['x']), { contentType: 'text/plain' });
    const [{ storage_key: lostKey }] = (await app.db.query('SELECT storage_key FROM files WHERE id = $1', [lost])) as [
      { storage_key: string },
    ];
    await storage.delete(lostKey);

    const sweeper = app.get(SweeperService);
    const left = async () => {
      await sweeper.sweepRows();
      await app.settle();
      const rows = await app.db.query<{ id: number }>('SELECT id FROM files WHERE owner_id = $1 ORDER BY id', [ana.id]);
      return rows.map(({ id }) => id);
    };
    expect(await left()).toEqual([young, old, lost, begun.upload_id].sort((a, b) => a! - b!));
    await app.db.query('UPDATE files SET look_at = now() WHERE id <> $1', [young]);
    expect(await left()).toEqual([young]);

    await sweeper.sweepObjects();
    expect(await keys('chat-files/1/')).toHaveLength(1);
    await sweeper.sweepObjects(new Date(Date.now() + DAY_MS + 60_000));
    expect(await keys('chat-files/1/')).toEqual([]);
    expect(await keys(`chat-files/${ana.id}`)).toHaveLength(1);
    expect(await keys('temp/')).toEqual([]);
    expect(await keys('elsewhere/')).toHaveLength(1);
    expect((await download(app, ana, `/files/${young}`)).status).toBe(where === 'S3' ? 302 : 200);
  });

  test('of files of which none is in storage, as when it is another one, no row goes, however few are due at a time', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const bob = await buildUser(app, 'bob');
    const uploads = Array.from({ length: 10 }, (_, n) => upload(app, bob, { bytes: `number ${n}` }));
    const ids = (await Promise.all(uploads)).map(({ body }) => body.id as number);
    await app.settle();
    // each is used: none goes for want of that
    const chat = await buildPrivateChat(app, bob, ana);
    for (const id of ids) {
      const sent = await api(app, bob).post(`/chats/${chat}/messages`, { message_type: 'file', file_id: id });
      expect(sent.status).toBe(201);
    }
    for (const { storage_key: key } of await app.db.query<{ storage_key: string }>('SELECT storage_key FROM files'))
      await app.get(Storage).delete(key);
    await app.db.query('UPDATE files SET look_at = now() WHERE id = ANY($1)', [ids.slice(0, 3)]);
    await app.get(SweeperService).sweepRows();
    expect(told).toHaveBeenCalledWith(expect.stringContaining('is it the right one?'));
    const left = await app.db.query('SELECT id FROM files WHERE id = ANY($1) AND deleted_at IS NULL', [ids]);
    expect(left).toHaveLength(10);
    await app.db.query('UPDATE files SET deleted_at = now() WHERE deleted_at IS NULL');
  });

  test('a database that knows none of the objects, as before it is restored, has none of them removed', async () => {
    const uploads = Array.from({ length: 10 }, (_, n) => upload(app, ana, { bytes: `number ${n}` }));
    const ids = (await Promise.all(uploads)).map(({ body }) => body.id as number);
    // more than are looked at together, of which the last few alone would not seem odd
    for (let n = 0; n < 195; n++)
      await app.get(Storage).put(`chat-files/1/${n}.txt`, Readable.from(['x']), { contentType: 'text/plain' });
    const before = await keys();
    const env = Object.fromEntries(Object.entries(app.settings).filter(([key]) => /^(AWS_|MUSTER_HOME)/.test(key)));
    const empty = await boot({ roles: ['api'], env });
    const told = jest.spyOn(Logger.prototype, 'error');
    await empty.get(SweeperService).sweepObjects(new Date(Date.now() + 2 * DAY_MS));
    expect(told).toHaveBeenCalledWith(expect.stringContaining('is it the right database?'));
    await empty.close();
    expect(await keys('chat-files/')).toEqual(before.filter((key) => key.startsWith('chat-files/')));
    expect((await download(app, ana, `/files/${ids[0]}`)).status).toBe(where === 'S3' ? 302 : 200);
  });
});
