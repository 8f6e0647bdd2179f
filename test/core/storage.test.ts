import { Logger } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AppError } from 'src/core/errors/app-error';
import { createStorage } from 'src/core/storage/create-storage';
import type { ByteRange, Storage } from 'src/core/storage/storage';
import { storageFault } from 'src/core/storage/storage-fault';
import { startS3 } from 'test/support/s3';

const MEGABYTE = 1024 * 1024;
const NO_S3 = {
  AWS_S3_BUCKET: undefined,
  AWS_S3_ENDPOINT: undefined,
  AWS_S3_FORCE_PATH_STYLE: false,
  AWS_S3_TIMEOUT_MS: 10_000,
};
const NO_KEYS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

interface World {
  storage: Storage;
  /** What is kept of uploads that never ended. */
  leftovers(): Promise<string[]>;
  /** Makes the world outside stop answering. */
  breakDown(): Promise<void>;
  end(): Promise<void>;
}

async function diskWorld(): Promise<World> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'muster-disk-'));
  const root = path.join(home, 'files');
  return {
    storage: createStorage({ ...NO_S3, ...NO_KEYS, MUSTER_HOME: home }),
    leftovers: () => readdir(path.join(root, '.incoming')).catch(() => []),
    breakDown: async () => {
      await rm(root, { recursive: true, force: true });
      await writeFile(root, 'a file where the folder should be');
    },
    end: () => rm(home, { recursive: true }),
  };
}

async function s3World(): Promise<World> {
  const s3 = await startS3();
  const storage = createStorage({ ...s3.env, MUSTER_HOME: '/nowhere' });
  return {
    storage,
    leftovers: s3.openUploads,
    breakDown: () => s3.way.shut(),
    end: async () => {
      storage.close();
      await s3.stop();
    },
  };
}

describe.each([
  ['local disk', diskWorld],
  ['S3', s3World],
])('storage on %s', (_name, begin) => {
  let world: World;
  let storage: Storage;

  beforeEach(async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    world = await begin();
    storage = world.storage;
  });
  afterEach(() => world.end());

  const keep = (key: string, text: string, contentType = 'text/plain') =>
    storage.put(key, Buffer.from(text), { contentType });
  const read = async (key: string, range?: ByteRange) =>
    (await buffer((await storage.get(key, range)).body)).toString();
  const keys = async (prefix: string) => {
    const found: string[] = [];
    for await (const { key } of storage.list(prefix)) found.push(key);
    return found.sort();
  };

  it('gives back what was put, with its type', async () => {
    const before = Date.now() - 1000;
    expect(await keep('notes/one.txt', 'hello', 'text/plain; charset="utf-8"')).toEqual({ size: 5 });
    const { body, ...info } = await storage.get('notes/one.txt');
    expect((await buffer(body)).toString()).toBe('hello');
    expect(info).toMatchObject({ size: 5, contentType: 'text/plain; charset="utf-8"' });
    expect(info.etag).toMatch(/^[^"]+$/);
    expect(info.modifiedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(await storage.head('notes/one.txt')).toEqual(info);
  });

  it('keeps an empty object', async () => {
    expect(await keep('empty', '')).toEqual({ size: 0 });
    expect(await storage.head('empty')).toMatchObject({ size: 0, contentType: 'text/plain' });
    expect(await read('empty')).toBe('');
  });

  it.each([
    ['shorter than one piece', 200_000],
    ['of many pieces', 12 * MEGABYTE + 7],
  ])('stores a stream of unknown size byte by byte: %s', async (_title, size) => {
    const bytes = randomBytes(size);
    const pieces = Array.from({ length: Math.ceil(size / 65_536) }, (_, n) =>
      bytes.subarray(n * 65_536, (n + 1) * 65_536),
    );
    expect(await storage.put('large', Readable.from(pieces), { contentType: 'video/mp4' })).toEqual({ size });
    const { body, ...info } = await storage.get('large');
    expect(info.size).toBe(size);
    expect(sha256(await buffer(body))).toBe(sha256(bytes));
    expect(await world.leftovers()).toEqual([]);
  });

  it('reads ranges, and tells the size of the whole', async () => {
    await keep('digits', '0123456789');
    expect(await read('digits', { start: 2, end: 4 })).toBe('234');
    expect(await read('digits', { start: 7, end: 1000 })).toBe('789');
    const { body, size } = await storage.get('digits', { start: 0, end: 3 });
    expect([size, (await buffer(body)).toString()]).toEqual([10, '0123']);
    for (const range of [
      { start: 10, end: 12 },
      { start: 3, end: 2 },
      { start: -1, end: 2 },
    ])
      await expect(storage.get('digits', range)).rejects.toMatchObject({ code: 'storage.range_not_satisfiable' });
  });

  it('overwrites as a whole: until the new object is complete, readers get the old one', async () => {
    await keep('avatar', 'old', 'image/png');
    const { etag } = await storage.head('avatar');
    const sender = new PassThrough();
    const put = storage.put('avatar', sender, { contentType: 'image/webp' });
    if (!sender.write(Buffer.alloc(MEGABYTE))) await once(sender, 'drain');
    expect(await read('avatar')).toBe('old');
    sender.end();
    expect(await put).toEqual({ size: MEGABYTE });
    const info = await storage.head('avatar');
    expect(info).toMatchObject({ size: MEGABYTE, contentType: 'image/webp' });
    expect(info.etag).not.toBe(etag);
  });

  it('leaves an open reader in peace when its object is replaced and deleted', async () => {
    await keep('read', 'first');
    const { body } = await storage.get('read');
    await storage.delete('read');
    expect((await buffer(body)).toString()).toBe('first');
  });

  it.each([
    ['early', 10_000],
    ['late', 7 * MEGABYTE],
  ])('keeps nothing of an upload whose sender fails %s, and tells his error', async (_title, size) => {
    await keep('kept', 'old');
    for (const key of ['kept', 'fresh']) {
      const failing = Readable.from(failAfter(size, new Error('the sender is gone')));
      await expect(storage.put(key, failing, { contentType: 'a/b' })).rejects.toThrow('the sender is gone');
    }
    expect(await keys('')).toEqual(['kept']);
    expect(await read('kept')).toBe('old');
    expect(await world.leftovers()).toEqual([]);
  });

  it('keeps nothing of a sender who goes without a word', async () => {
    const sender = new PassThrough();
    const put = storage.put('silent', sender, { contentType: 'a/b' });
    if (!sender.write(Buffer.alloc(MEGABYTE))) await once(sender, 'drain');
    sender.destroy();
    await expect(put).rejects.toMatchObject({ code: 'storage.upload_incomplete' });
    expect(await keys('')).toEqual([]);
  });

  it.each([4, 6])('refuses 5 bytes where %d were announced', async (size) => {
    const put = storage.put('size', Buffer.from('12345'), { contentType: 'a/b', size });
    await expect(put).rejects.toMatchObject({ code: 'storage.upload_incomplete' });
    expect(await keys('')).toEqual([]);
    expect(await storage.put('size', Buffer.from('12345'), { contentType: 'a/b', size: 5 })).toEqual({ size: 5 });
  });

  it('says that an object is missing, and deletes it all the same', async () => {
    await expect(storage.get('none/here')).rejects.toMatchObject({ code: 'storage.object_not_found', status: 404 });
    await expect(storage.head('none/here')).rejects.toMatchObject({ code: 'storage.object_not_found' });
    await storage.delete('none/here');
    await keep('none/here', 'now');
    await storage.delete('none/here');
    await storage.delete('none/here');
    await expect(storage.head('none/here')).rejects.toMatchObject({ code: 'storage.object_not_found' });
  });

  it('lists by prefix', async () => {
    expect(await keys('')).toEqual([]);
    for (const key of ['b', 'a/2', 'a/10', 'a-b/1', 'a.txt', 'ab/c/d']) await keep(key, key);
    expect(await keys('')).toEqual(['a-b/1', 'a.txt', 'a/10', 'a/2', 'ab/c/d', 'b']);
    expect(await keys('a/')).toEqual(['a/10', 'a/2']);
    expect(await keys('a/1')).toEqual(['a/10']);
    expect(await keys('ab')).toEqual(['ab/c/d']);
    expect(await keys('none/')).toEqual([]);
    for await (const { key, size, modifiedAt } of storage.list('b'))
      expect([key, size, modifiedAt]).toEqual(['b', 1, (await storage.head('b')).modifiedAt]);
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    './a',
    '.incoming/a',
    'A',
    'a b',
    'a\\b',
    'é',
    'a\0',
    'a\n',
  ])('refuses the key %j everywhere', async (key) => {
    for (const attempt of [
      () => keep(key, 'x'),
      () => storage.get(key),
      () => storage.head(key),
      () => storage.delete(key),
    ])
      await expect(attempt()).rejects.toThrow('Not a storage key');
  });

  it('limits the length of keys, and refuses prefixes of none', async () => {
    const longest = `${'x'.repeat(170)}/${'y'.repeat(170)}/${'z'.repeat(170)}`;
    await keep(longest, 'x');
    expect(await keys('')).toEqual([longest]);
    await expect(keep(`${longest}z`, 'x')).rejects.toThrow('Not a storage key');
    for (const prefix of ['../', '/', '.', 'A']) await expect(keys(prefix)).rejects.toThrow('Not a storage key');
  });

  it('tells quickly that the world outside is away, and lets the sender go', async () => {
    await keep('a', 'x');
    await world.breakDown();
    const sender = Readable.from(failAfter(50 * MEGABYTE, new Error('read to the end')));
    const began = performance.now();
    const attempts = [storage.put('a', sender, { contentType: 'a/b' }), storage.get('a'), storage.head('a'), keys('')];
    const codes = (await Promise.allSettled(attempts)).map((result) => {
      return result.status === 'rejected' ? (result.reason as AppError).code : 'done';
    });
    expect(codes).toEqual(Array(4).fill('storage.unavailable'));
    expect(performance.now() - began).toBeLessThan(5000);
    expect(sender.destroyed).toBe(true);
  });
});

describe('storage on local disk', () => {
  it('leaves no folder when its last object goes, and never one short that is being put there', async () => {
    const world = await diskWorld();
    const { storage } = world;
    const root = storage.describe().replace('local disk at ', '');
    const put = (name: number) => storage.put(`a/b/${name}`, Buffer.from('x'), { contentType: 'text/plain' });
    await put(0);
    await storage.delete('a/b/0');
    expect(await readdir(root)).toEqual(['.incoming']);
    // whoever takes the last one away does not see who brings the next
    const fs = jest.requireActual<typeof import('node:fs/promises')>('node:fs/promises');
    const { rename } = fs;
    const brought = jest.spyOn(fs, 'rename').mockImplementationOnce(async (from, to) => {
      await rmdir(path.dirname(String(to)));
      return rename(from, to);
    });
    await put(1);
    brought.mockRestore();
    expect((await storage.head('a/b/1')).size).toBe(1);
    await storage.delete('a/b/1');
    expect(await readdir(root)).toEqual(['.incoming']);
    await world.end();
  });

  it('forgets what a process that died left behind, but not what another is writing', async () => {
    const world = await diskWorld();
    const fresh = world.storage.describe().replace('local disk at ', '');
    await world.storage.put('a', Buffer.from('x'), { contentType: 'a/b' });
    const [abandoned, underWay] = ['abandoned', 'under-way'].map((name) => path.join(fresh, '.incoming', name));
    for (const file of [abandoned!, underWay!]) await writeFile(file, 'half');
    const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(abandoned!, longAgo, longAgo);

    const next = createStorage({ ...NO_S3, ...NO_KEYS, MUSTER_HOME: path.dirname(fresh) });
    await next.put('b', Buffer.from('x'), { contentType: 'a/b' });
    expect(await world.leftovers()).toEqual(['under-way']);
    // by the same process, a day later
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 60 * 60 * 1000);
    await next.put('c', Buffer.from('x'), { contentType: 'a/b' });
    clock.mockRestore();
    expect(await world.leftovers()).toEqual([]);
    await world.end();
  });

  it('says where it is', () => {
    expect(createStorage({ ...NO_S3, ...NO_KEYS, MUSTER_HOME: '/var/muster' }).describe()).toBe(
      'local disk at /var/muster/files',
    );
  });
});

describe('storage on S3', () => {
  const at = (endpoint: string | undefined) =>
    createStorage({
      ...NO_KEYS,
      MUSTER_HOME: '/nowhere',
      AWS_S3_BUCKET: 'photos',
      AWS_S3_ENDPOINT: endpoint,
      AWS_S3_FORCE_PATH_STYLE: true,
      AWS_S3_TIMEOUT_MS: 10_000,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });

  it('says where it is', () => {
    expect(at('http://s3:3900').describe()).toBe('S3 bucket photos at http://s3:3900');
    expect(at(undefined).describe()).toBe('S3 bucket photos at Amazon, us-east-1');
  });

  it.each([
    [500, 'storage.unavailable', 3],
    [503, 'storage.unavailable', 3],
    [507, 'storage.full', 1],
    [403, undefined, 1],
  ])('takes an answer of %d as %s after %d attempts', async (status, code, attempts) => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    let asked = 0;
    const server = createServer((request, response) => {
      asked++;
      request.resume().once('end', () => response.writeHead(status).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const storage = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const error: unknown = await storage.put('a', Buffer.from('x'), { contentType: 'a/b' }).catch((e: unknown) => e);
    storage.close();
    server.close();
    expect((error as AppError).code).toBe(code);
    expect(asked).toBe(attempts);
  });
});

it.each([
  ['ENOSPC', 'storage.full'],
  ['EDQUOT', 'storage.full'],
  ['EIO', 'storage.unavailable'],
  ['EMFILE', 'storage.unavailable'],
])('takes %s of the disk as %s', (code, expected) => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  expect(storageFault(Object.assign(new Error('disk'), { code }))).toMatchObject({ code: expected });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function* failAfter(size: number, error: Error) {
  for (let sent = 0; sent < size; sent += 65_536) yield Buffer.alloc(Math.min(65_536, size - sent));
  throw error;
}
