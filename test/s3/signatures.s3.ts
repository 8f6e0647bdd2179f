import { Logger } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createStorage } from 'src/core/storage/create-storage';
import type { Storage } from 'src/core/storage/storage';
import { photograph, SECRET } from 'test/factories/pictures';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { startS3, type TestS3 } from 'test/support/s3';

// Against a server that checks signatures: `npm run test:s3`.

const MEGABYTE = 1024 * 1024;
const PLACE = { seconds: 60, contentType: 'application/octet-stream', size: 5 };

let s3: TestS3;
let storage: Storage;
beforeAll(async () => {
  s3 = await startS3();
  storage = createStorage({ ...s3.env, MUSTER_HOME: '/nowhere' });
});
afterAll(async () => {
  storage.close();
  await s3.stop();
});

const changed = (url: string, change: (parameters: URLSearchParams) => void) => {
  const link = new URL(url);
  change(link.searchParams);
  return link;
};
const send = (url: string | URL, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': PLACE.contentType, ...headers } });

test('a link to read holds for what it was made for, and for nothing else', async () => {
  for (const key of ['notes/mine.txt', 'notes/other.txt'])
    await storage.put(key, Buffer.from(`this is ${key}`), { contentType: 'text/plain' });
  const shown = { contentType: 'text/html; charset=utf-8', contentDisposition: `attachment; filename*=UTF-8''%C3%A9` };
  const link = (await storage.linkTo('notes/mine.txt', { seconds: 60, ...shown }))!;
  const good = await fetch(link, { headers: { range: 'bytes=8-' } });
  expect([good.status, await good.text()]).toEqual([206, 'notes/mine.txt']);
  expect([good.headers.get('content-type'), good.headers.get('content-disposition')]).toEqual(Object.values(shown));

  const { pathname } = new URL(link);
  const bent = [
    changed(link, (one) => one.set('X-Amz-Signature', '0'.repeat(64))),
    changed(link, (one) => one.set('X-Amz-Expires', '604800')),
    changed(link, (one) => one.set('response-content-type', 'text/javascript')),
    changed(link, (one) => one.delete('response-content-disposition')),
    Object.assign(new URL(link), { pathname: pathname.replace('mine', 'other') }),
  ];
  for (const url of bent) expect((await fetch(url)).status).toBe(403);
  expect((await fetch(link, { method: 'DELETE' })).status).toBe(403);
  expect((await fetch(new URL(pathname, link))).status).toBeGreaterThanOrEqual(400);
  await expect(storage.head('notes/other.txt')).resolves.toMatchObject({ size: 23 });
});

test('a link to write takes just that many bytes of that type, at that place', async () => {
  const link = (await storage.linkToPut('temp/place', PLACE))!;
  for (const [url, body, headers] of [
    [changed(link, (one) => one.set('X-Amz-Signature', '0'.repeat(64))), 'bytes', {}],
    [Object.assign(new URL(link), { pathname: new URL(link).pathname.replace('place', 'other') }), 'bytes', {}],
    [new URL(link), 'more bytes', {}],
    [new URL(link), 'bytes', { 'content-type': 'text/html' }],
  ] as const)
    expect((await send(url, body, headers)).status).toBe(403);
  await expect(storage.head('temp/place')).rejects.toMatchObject({ code: 'storage.object_not_found' });
  expect((await send(link, 'bytes')).status).toBe(200);
  await expect(storage.head('temp/place')).resolves.toMatchObject({ size: 5 });
});

test('a link has an end', async () => {
  await storage.put('soon', Buffer.from('x'), { contentType: 'text/plain' });
  const link = (await storage.linkTo('soon', { seconds: 1, contentType: 'text/plain', contentDisposition: 'inline' }))!;
  const past = new URL(link);
  const [date, time] = new Date(Date.now() - 7_200_000)
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .split('T') as [string, string];
  past.searchParams.set('X-Amz-Date', `${date}T${time}`);
  expect((await fetch(past)).status).toBe(403);
});

test('many pieces make one object, which can be copied', async () => {
  const bytes = randomBytes(11 * MEGABYTE);
  const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  await storage.put('temp/large', Readable.from([bytes.subarray(0, MEGABYTE), bytes.subarray(MEGABYTE)]), {
    contentType: 'video/mp4',
  });
  expect(await s3.openUploads()).toEqual([]);
  await storage.copy('temp/large', 'kept/large', { contentType: 'video/mp4' });
  await storage.delete('temp/large');
  await expect(storage.head('kept/large')).resolves.toMatchObject({ size: bytes.length, contentType: 'video/mp4' });
  const link = (await storage.linkTo('kept/large', {
    seconds: 60,
    contentType: 'video/mp4',
    contentDisposition: 'inline',
  }))!;
  expect(sha256(Buffer.from(await (await fetch(link)).arrayBuffer()))).toBe(sha256(bytes));
});

test('what was sent in one piece can be copied if it is still the same', async () => {
  const link = (await storage.linkToPut('temp/small', PLACE))!;
  expect((await send(link, 'bytes')).status).toBe(200);
  const { etag } = await storage.head('temp/small');
  const copy = (etag: string) => storage.copy('temp/small', 'kept/small', { etag, contentType: 'text/plain' });
  await expect(copy('0'.repeat(32))).rejects.toMatchObject({ code: 'storage.object_changed' });
  await copy(etag);
  await storage.delete('temp/small');
  await expect(storage.head('kept/small')).resolves.toMatchObject({ size: 5, contentType: 'text/plain' });
});

test('with a wrong secret nothing is done, and it is not taken for a passing fault', async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const wrong = createStorage({ ...s3.env, AWS_SECRET_ACCESS_KEY: 'wrong', MUSTER_HOME: '/nowhere' });
  const error: unknown = await wrong
    .put('a', Buffer.from('x'), { contentType: 'text/plain' })
    .catch((one: unknown) => one);
  wrong.close();
  expect(error).toMatchObject({ $metadata: { httpStatusCode: 403, attempts: 1 } });
  await expect(storage.head('a')).rejects.toMatchObject({ code: 'storage.object_not_found' });
});

describe('a whole Muster', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await boot({ env: Object.fromEntries(Object.entries(s3.env).map(([key, value]) => [key, String(value)])) });
  });
  afterAll(() => app.close());

  test('keeps a picture there, makes others of it, and hands them out by links', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat = await buildPrivateChat(app, ana, ben);
    const bytes = await photograph(6);
    const { body } = await upload(app, ana, { name: 'a.jpg', bytes }, { fields: { chat_id: String(chat) } });
    await app.settle();
    const follow = async (user: TestUser, path: string) => {
      const { status, headers } = await download(app, user, path);
      expect(status).toBe(302);
      return Buffer.from(await (await fetch(headers.get('location')!)).arrayBuffer());
    };
    expect((await follow(ana, body.file_url)).equals(bytes)).toBe(true);
    expect((await follow(ben, body.file_url)).includes(SECRET)).toBe(false);
    expect((await follow(ben, `${body.file_url}/thumbnail?size=small`)).length).toBeGreaterThan(100);
    await api(app, ana).delete(`/files/${body.id}`);
    await app.settle();
    const left: string[] = [];
    for await (const { key } of storage.list('chat-files/')) left.push(key);
    expect(left).toEqual([]);
  });
});
