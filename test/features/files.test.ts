import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect as dial } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { FilesService } from 'src/modules/files/files.service';
import { Storage } from 'src/core/storage/storage';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { until } from 'test/support/until';

const LIMIT = 300_000;

let app: TestApp;
let ana: TestUser;
let ben: TestUser;
beforeAll(async () => {
  const ALLOWED_FILE_EXTENSIONS = 'jpg,png,gif,mp4,pdf,docx,zip,txt,csv,svg,html';
  app = await boot({ env: { MAX_FILE_SIZE: String(LIMIT), MAX_VIDEO_SIZE: '1000', ALLOWED_FILE_EXTENSIONS } });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(() => app.close());

const stored = async () => {
  await app.settle();
  const keys: string[] = [];
  for await (const { key } of app.get(Storage).list('')) keys.push(key);
  return keys;
};
const keep = async (user: TestUser, bytes: Buffer | string, name = 'a.txt') => {
  const { status, body } = await upload(app, user, { name, bytes });
  expect([status, body.code]).toEqual([201, undefined]);
  return body;
};

describe('uploading', () => {
  test('stores the bytes and tells what they are', async () => {
    const file = await keep(ana, image('with-alpha.png'), 'hut in the snow.png');
    expect(file).toMatchObject({
      file_url: `/api/v1/files/${file.id}`,
      file_name: 'hut in the snow.png',
      file_size: image('with-alpha.png').length,
      content_type: 'image/png',
      message_type: 'image',
    });
    await app.settle();
    const after = { status: 'ready', preview: 'ready', thumbnail_url: `${file.file_url}/thumbnail` };
    expect((await api(app, ana).get(`/files/${file.id}/info`)).body).toMatchObject({ id: file.id, ...after });
    expect((await download(app, ana, file.file_url)).bytes).toEqual(image('with-alpha.png'));
  });

  test.each([
    ['a picture called a document', 'Landscape_1.jpg', 'thesis.pdf', 'image/jpeg', 'image'],
    ['a picture called a picture of another kind', 'with-alpha.png', 'a.gif', 'image/png', 'image'],
  ])('the content decides: %s', async (_title, data, name, contentType, kind) => {
    const { body } = await upload(app, ana, { name, bytes: image(data) });
    expect(body).toMatchObject({ content_type: contentType, message_type: kind, file_name: name });
  });

  test.each([
    ['a program called a picture', Buffer.from('MZ\x90\0\x03'), 'a.jpg', 'exe'],
    ['noise', Buffer.from([1, 0, 2, 0xff, 0xfe, 0]), 'a.txt', 'bin'],
    ['a picture of a kind that is not allowed', image('4.webp'), 'a.jpg', 'webp'],
  ])('%s is refused, and nothing is kept', async (_title, bytes, name, type) => {
    const before = await stored();
    const { status, body } = await upload(app, ana, { name, bytes });
    expect([status, body.code, body.params]).toEqual([415, 'file.type_not_allowed', { type }]);
    expect(await stored()).toEqual(before);
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a\u202egpj.txt', 'agpj.txt'],
    ['..', 'file'],
    ['', 'file'],
    ['a\u0007b.txt', 'ab.txt'],
    [`${'x'.repeat(5000)}.txt`, `${'x'.repeat(251)}.txt`],
    ['Пещера 洞窟 🏔.txt', 'Пещера 洞窟 🏔.txt'],
  ])('the name %# is only shown, as a name', async (given, shown) => {
    const file = await keep(ana, 'words', given);
    expect(file.file_name).toBe(shown);
    const { headers, bytes } = await download(app, ana, file.file_url);
    expect(bytes.toString()).toBe('words');
    expect(decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(headers.get('content-disposition')!)![1]!)).toBe(shown);
    for (const key of await stored())
      expect(key).toMatch(/^chat-files\/[0-9a-f-]{36}\/(thumbnails\/)?[0-9a-f-]{36}\w*\.\w+$/);
  });

  test('one byte too many is refused, and nothing is kept; the largest is taken', async () => {
    const text = Buffer.alloc(LIMIT, 'word ');
    expect((await keep(ana, text)).file_size).toBe(LIMIT);
    const before = await stored();
    const { status, body } = await upload(app, ana, { bytes: Buffer.concat([text, Buffer.from('!')]) });
    expect([status, body.code, body.params]).toEqual([413, 'file.too_large', { limit: LIMIT }]);
    const far = await upload(app, ana, { bytes: Buffer.alloc(20 * LIMIT, 'word ') });
    expect([far.status, far.body.code]).toEqual([413, 'file.too_large']);
    expect(await stored()).toEqual(before);
  });

  test('a kind of files may have a limit of its own', async () => {
    const film = (size: number) =>
      Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2'), Buffer.alloc(size - 24)]);
    expect((await upload(app, ana, { name: 'a.mp4', bytes: film(1000) })).status).toBe(201);
    const { status, body } = await upload(app, ana, { name: 'a.txt', bytes: film(1001) });
    expect([status, body.code, body.params]).toEqual([413, 'file.too_large', { limit: 1000 }]);
  });

  test('an upload may take its time, other bodies may not', async () => {
    const impatient = await boot({ beside: app, roles: ['api'], env: { REQUEST_BODY_SECONDS: '1' } });
    const { hostname, port } = new URL(impatient.url);
    const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nword';
    const tail = 's\r\n--x--\r\n';
    const begin = (path: string, type: string, size: number, first: string) => {
      const socket = dial(Number(port), hostname);
      const lines = [`POST /api/v1${path} HTTP/1.1`, 'host: localhost', `authorization: Bearer ${ana.token}`];
      lines.push(`content-type: ${type}`, `content-length: ${size}`, 'connection: close', '', first);
      socket.write(lines.join('\r\n'));
      return socket;
    };
    const slowUpload = begin('/files/upload', 'multipart/form-data; boundary=x', head.length + tail.length, head);
    const slowBody = begin('/files/uploads', 'application/json', 100, '{"file_name":');
    expect(await textOf(slowBody)).toMatch(/^HTTP\/1.1 408 [^]*"code":"request.too_slow"/);
    slowUpload.write(tail);
    expect(await textOf(slowUpload)).toMatch(/^HTTP\/1.1 201 [^]*"file_size":5/);
    await impatient.close();
  });

  test('what is no upload is told so', async () => {
    expect((await upload(app, ana, { bytes: '' })).body).toMatchObject({ status: 422, code: 'file.empty' });
    expect((await upload(app, ana, [])).body).toMatchObject({
      status: 422,
      errors: [{ field: 'file', code: 'required' }],
    });
    expect((await api(app, ana).post('/files/upload', { file: 'x' })).body).toMatchObject({ status: 415 });
    expect((await upload(app, undefined, { bytes: 'x' })).status).toBe(401);
    const late = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords\r\n--x\r\ncontent-disposition: form-data; name="chat_id"\r\n\r\n1\r\n--x--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const before = await stored();
    const reply = await api(app, ana).post('/files/upload', late, { headers });
    expect(reply.body).toMatchObject({ status: 422, errors: [{ field: 'chat_id', code: 'after_file' }] });
    for (const broken of ['', '--x', '--x\r\n\r\n', late.slice(0, 80), late.slice(0, 30), 'noise'])
      expect([400, 422]).toContain((await api(app, ana).post('/files/upload', broken, { headers })).status);
    expect(await stored()).toEqual(before);
  });

  test('a client that goes in the middle leaves nothing behind', async () => {
    const before = await stored();
    const { hostname, port } = new URL(app.url);
    const socket = dial(Number(port), hostname);
    const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
    socket.write(
      `POST /api/v1/files/upload HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${ana.token}\r\n` +
        `content-type: multipart/form-data; boundary=x\r\ncontent-length: 250000\r\n\r\n${head}${'word '.repeat(20_000)}`,
    );
    const incoming = `${app.settings.MUSTER_HOME}/files/.incoming`;
    await until('it is being stored', async () => (await readdir(incoming)).length > 0);
    socket.destroy();
    await until('nothing is left', async () => (await readdir(incoming)).length === 0);
    expect(await stored()).toEqual(before);
  });

  test('a name of the upload that is none, or longer than can be kept, is refused', async () => {
    for (const client_id of ['', 'x'.repeat(129), randomBytes(6000).toString('hex')]) {
      const reply = await upload(app, ana, { bytes: 'hi' }, { fields: { client_id } });
      expect(reply).toMatchObject({ status: 422, body: { errors: [{ field: 'client_id' }] } });
    }
  });

  test('a retry with the same key makes no second file; other bytes are refused', async () => {
    const headers = { 'idempotency-key': 'one-1' };
    const first = await upload(app, ana, { bytes: 'same' }, { headers });
    const before = await stored();
    expect((await upload(app, ana, { bytes: 'same' }, { headers })).body).toEqual(first.body);
    expect((await upload(app, ana, { bytes: 'other' }, { headers })).body.code).toBe('idempotency.mismatch');
    expect(await stored()).toEqual(before);
    expect((await upload(app, ben, { bytes: 'other' }, { headers })).status).toBe(201);
  });
});

describe('downloading', () => {
  const bytes = randomBytes(100_000);
  let url: string;
  beforeAll(async () => {
    url = (await keep(ana, Buffer.concat([Buffer.from('%PDF-1.7\n'), bytes]), 'map.pdf')).file_url;
  });
  const whole = Buffer.concat([Buffer.from('%PDF-1.7\n'), bytes]);
  const size = whole.length;

  test('nobody but the owner finds it', async () => {
    for (const [method, path] of [
      ['GET', url],
      ['HEAD', url],
      ['GET', `${url}/info`],
      ['DELETE', url],
    ] as const)
      expect((await download(app, ben, path, { method })).status).toBe(404);
    expect((await download(app, undefined, url)).status).toBe(401);
    for (const id of ['0', '-1', 'x', '9'.repeat(17), '%00', '1e3'])
      expect((await download(app, ana, `/files/${id}`)).status).toBe(422);
    expect((await download(app, ana, '/files/999999999')).status).toBe(404);
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=10-19', 10, 20],
    ['bytes=99000-', 99_000, size],
    ['bytes=-100', size - 100, size],
    ['bytes=5-999999999', 5, size],
    [`bytes=-${size * 2}`, 0, size],
  ])('%s', async (range, start, end) => {
    const part = await download(app, ana, url, { headers: { range } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`);
    expect(part.headers.get('content-length')).toBe(String(end - start));
    expect(part.bytes).toEqual(whole.subarray(start, end));
  });

  test('ranges past the end are 416, those not understood are ignored', async () => {
    for (const range of [`bytes=${size}-`, 'bytes=-0']) {
      const reply = await download(app, ana, url, { headers: { range } });
      expect([reply.status, reply.headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
    }
    for (const range of [
      'bytes=5-4',
      'bytes=a-b',
      'lines=1-2',
      'bytes=0-1,5-6',
      `bytes=${'9'.repeat(400)}x-`,
      'bytes=-',
    ])
      expect((await download(app, ana, url, { headers: { range } })).status).toBe(200);
  });

  test('a client that has it is not sent it again', async () => {
    const first = await download(app, ana, url);
    expect(first.bytes).toEqual(whole);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const held of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await download(app, ana, url, { headers: { 'if-none-match': held } });
      expect([again.status, again.bytes.length, again.headers.get('etag')]).toEqual([304, 0, etag]);
    }
    expect((await download(app, ana, url, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    const headers = { range: 'bytes=0-9', 'if-range': etag };
    expect((await download(app, ana, url, { headers })).status).toBe(206);
    expect((await download(app, ana, url, { headers: { ...headers, 'if-range': '"x"' } })).status).toBe(200);
  });

  test('HEAD tells all but the bytes', async () => {
    const { status, headers, bytes: none } = await download(app, ana, url, { method: 'HEAD' });
    expect([status, headers.get('content-length'), headers.get('accept-ranges'), none.length]).toEqual([
      200,
      String(size),
      'bytes',
      0,
    ]);
  });

  test('browsers may show pictures, and run nothing', async () => {
    const policy = /default-src 'none'.*sandbox/;
    for (const [name, content, type, how] of [
      ['a.png', image('with-alpha.png'), 'image/png', 'inline'],
      ['a.txt', 'plain', 'text/plain; charset=utf-8', 'inline'],
      [
        'a.svg',
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        'image/svg+xml',
        'attachment',
      ],
      ['b.txt', '<?xml version="1.0"?><svg onload="alert(1)"/>', 'image/svg+xml', 'attachment'],
      ['a.html', '<!doctype html><script>alert(1)</script>', 'text/html', 'attachment'],
      ['c.txt', `${' '.repeat(500)}<script >alert(1)</script>`, 'text/html', 'attachment'],
      ['a.pdf', '%PDF-1.7', 'application/pdf', 'attachment'],
      ['a.csv', 'a,b\n1,2', 'text/csv', 'attachment'],
    ] as const) {
      const file = await keep(ana, content, name);
      const { headers } = await download(app, ana, file.file_url);
      expect([name, headers.get('content-type')]).toEqual([name, type]);
      expect(headers.get('content-disposition')).toContain(`${how}; filename="${name}"`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(policy);
      const saved = await download(app, ana, `${file.file_url}?download=true`);
      expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/);
    }
  });
});

describe('deleting', () => {
  test('takes the bytes away, once', async () => {
    const file = await keep(ana, 'soon gone');
    const before = await stored();
    expect((await api(app, ana).delete(`/files/${file.id}`)).status).toBe(204);
    expect((await download(app, ana, file.file_url)).status).toBe(404);
    expect((await api(app, ana).delete(`/files/${file.id}`)).status).toBe(404);
    await app.settle();
    expect(await stored()).toHaveLength(before.length - 1);
    expect(await app.db.query('SELECT id FROM files WHERE id = $1', [file.id])).toEqual([]);
  });
});

describe('several at once', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `${n}.txt`, bytes: `number ${n}` }));
  const to = '/files/upload-multiple';

  test('up to ten are taken, in their order; a retry makes no more', async () => {
    const headers = { 'idempotency-key': 'ten' };
    const { status, body } = await upload(app, ana, many(10), { to, headers });
    expect(status).toBe(201);
    expect(body.files.map((file: { file_name: string }) => file.file_name)).toEqual(many(10).map(({ name }) => name));
    const before = await stored();
    expect((await upload(app, ana, many(10), { to, headers })).body).toEqual(body);
    expect(await stored()).toEqual(before);
  });

  test('one that is refused takes the others with it, and eleven are too many', async () => {
    const before = await stored();
    const bad = await upload(app, ana, [...many(3), { name: 'a.txt', bytes: 'MZ\x90\0' }], { to });
    expect(bad.body.code).toBe('file.type_not_allowed');
    const tooMany = { status: 413, code: 'request.too_many_files', params: { limit: 10 } };
    expect((await upload(app, ana, many(11), { to })).body).toMatchObject(tooMany);
    expect(await stored()).toEqual(before);
  });
});

describe('for other features', () => {
  test('only an owner’s own finished files are attachable', async () => {
    const eve = await buildUser(app, 'eve');
    const [mine, theirs] = [await keep(ana, 'mine'), await keep(eve, 'theirs')];
    const files = app.get(FilesService);
    const { message: _, ...view } = mine;
    const { message: __, ...other } = theirs;
    const wanted = [mine.id, theirs.id, 999_999, mine.id].map((fileId) => ({ ownerId: ana.id, fileId }));
    const ask = () => app.db.tx(() => files.attachable([...wanted, { ownerId: eve.id, fileId: theirs.id }]));
    const missing = { code: 'file.not_found' };
    expect(await ask()).toMatchObject([view, missing, missing, view, other]);
    expect(await countQueries(app, ask)).toBe(1);
    expect([...(await files.views([mine.id, theirs.id, 999_999])).keys()]).toEqual([mine.id, theirs.id]);
  });

  test('what is released and not used goes', async () => {
    const file = await keep(ana, 'released');
    await app.db.tx(() => app.get(FilesService).release([file.id, 999_999]));
    await app.settle();
    expect((await api(app, ana).get(`/files/${file.id}/info`)).status).toBe(404);
    expect(await app.db.query('SELECT id FROM files WHERE id = $1', [file.id])).toEqual([]);
  });
});
