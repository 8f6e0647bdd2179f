import { Logger } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { draftOf } from 'src/modules/chats/messages.plan';
import { SendingService } from 'src/modules/chats/sending.service';
import { Storage } from 'src/core/storage/storage';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { ZipFile } from 'yazl';

let app: TestApp;
let root: TestUser;
let ana: TestUser;
beforeAll(async () => {
  app = await boot();
  [root, ana] = await buildUsers(app, 'root', 'ana');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
});
afterAll(() => app.close());

const get = async (path: string, user = ana) => (await api(app, user).get(`/media/stickers${path}`)).body;
const find = async (q: string): Promise<any[]> => (await get(`?q=${encodeURIComponent(q)}`)).stickers;
const emojis = (stickers: any[]) => stickers.map(({ emoji }: { emoji: string }) => emoji);
const keys = async () => {
  const found: string[] = [];
  for await (const { key } of app.get(Storage).list('stickers/')) found.push(key);
  return found;
};

describe('what comes with Muster', () => {
  test('are packs that name their licence', async () => {
    const { packs } = await get('/packs');
    expect(packs.map(({ name }: { name: string }) => name)).toEqual(['Emotions', 'Reactions', 'Animals', 'Outdoors']);
    for (const pack of packs) expect(pack).toMatchObject({ license: 'CC BY 4.0', is_built_in: true });
    const pack = await get(`/packs/${packs[2].id}`);
    expect(pack.stickers).toHaveLength(packs[2].sticker_count);
    expect(emojis(pack.stickers).slice(0, 3)).toEqual(['🐱', '🐶', '🐼']);
  });

  test('another start brings nothing twice', async () => {
    const again = await boot({ roles: ['api'], beside: app });
    await again.close();
    expect((await get('/packs')).packs).toHaveLength(4);
  });

  test('are drawn when they are first asked for, and again if they were lost', async () => {
    const [bat] = await find('bat');
    const first = await download(app, ana, bat.image_url);
    expect(await sharp(first.bytes).metadata()).toMatchObject({ format: 'webp', width: bat.width, height: bat.height });
    expect((await sharp(first.bytes).stats()).isOpaque).toBe(false);
    const etag = first.headers.get('etag')!;
    const headers = { 'if-none-match': etag };
    const held = await download(app, ana, bat.image_url, { headers });
    expect([held.status, held.bytes.length]).toEqual([304, 0]);
    for (const key of await keys()) await app.get(Storage).delete(key);
    expect((await download(app, ana, bat.image_url)).bytes).toEqual(first.bytes);
    expect((await download(app, undefined, bat.image_url)).status).toBe(401);
  });
});

describe('finding', () => {
  test.each([
    ['🦇', ['🦇']],
    ['❤️', ['❤']],
    ['BAT', ['🦇']],
    ['kucin', ['🐱']],
    ['猫', ['🐱', '🦉']],
    ['박쥐', ['🦇']],
    ['コーヒー', ['☕']],
    ['%', []],
    ['_', []],
    ["' OR 1=1", []],
  ])('%s finds %j', async (q, found) => {
    expect(emojis(await find(q))).toEqual(found);
  });

  test('lists all, page by page', async () => {
    const all: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: any = await get(`?limit=40${cursor && `&cursor=${cursor}`}`);
      all.push(...page.stickers.map(({ id }: { id: number }) => id));
      cursor = page.next_cursor;
    }
    const { packs } = await get('/packs');
    const total = packs.reduce((sum: number, { sticker_count: count }: any) => sum + count, 0);
    expect([all.length, new Set(all).size]).toEqual([total, total]);
  });

  test.each(['?q=a%00', '?q=%20', '?limit=0', '?cursor=x', '/x', '/0'])('%s is refused', async (path) => {
    expect((await api(app, ana).get(`/media/stickers${path}`)).status).toBe(422);
  });
});

describe('favorites and recent ones', () => {
  test('are kept in their order, once each, for oneself', async () => {
    const me = api(app, ana);
    const [bat, cat] = [(await find('🦇'))[0], (await find('🐱'))[0]];
    for (const { id } of [bat, cat, bat]) {
      expect((await me.put(`/media/stickers/favorites/${id}`)).status).toBe(204);
      expect((await me.post(`/media/stickers/${id}/use`)).status).toBe(204);
    }
    expect((await get('/favorites')).stickers).toEqual([cat, bat]);
    expect((await get('/recent')).stickers).toEqual([bat, cat]);
    expect((await get('/favorites', root)).stickers).toEqual([]);
    expect((await get('/recent', root)).stickers).toEqual([]);
    await me.delete(`/media/stickers/favorites/${bat.id}`);
    expect((await me.delete(`/media/stickers/favorites/${bat.id}`)).status).toBe(204);
    expect((await get('/favorites')).stickers).toEqual([cat]);
  });

  test('of recent ones the last fifty', async () => {
    const { stickers } = await get('?limit=55');
    for (const { id } of stickers) await api(app, root).post(`/media/stickers/${id}/use`);
    const recent = (await get('/recent', root)).stickers;
    expect(recent).toEqual(stickers.slice(-50).reverse());
  });

  test('of what is sent at once all stickers and files are asked for together, and the last sent was used last', async () => {
    const chat = await buildGroup(app, ana, [root]);
    const { stickers } = await get('?limit=6');
    const files: number[] = [];
    for (let n = 0; n < 6; n++) files.push((await upload(app, ana, { bytes: `${n}` })).body.id);
    const context = { traceId: '0'.repeat(32), tenantId: 'default', language: 'en' };
    const sends = [...stickers.keys()].flatMap((n) => [
      { draft: draftOf(ana.id, chat, { message_type: 'sticker', sticker_id: stickers[n].id }), context },
      { draft: draftOf(ana.id, chat, { message_type: 'file', file_id: files[n]! }), context },
    ]);
    const sending = app.get(SendingService) as unknown as { append(sends: object[]): Promise<{ ok: boolean }[]> };
    const send = (some: object[]) => () =>
      app.db.tx(async () => expect((await sending.append(some)).every(({ ok }) => ok)).toBe(true));
    const one = await countQueries(app, send(sends.slice(0, 2)));
    expect(await countQueries(app, send(sends.slice(2)))).toBe(one);
    expect((await get('/recent')).stickers.slice(0, 6)).toEqual([...stickers].reverse());
    const { messages } = (await api(app, ana).get(`/chats/${chat}/messages`)).body;
    expect(messages.filter((one: any) => one.message_type === 'file').map((one: any) => one.file_id)).toEqual(
      files.reverse(),
    );
  });

  test('of favorites two hundred', async () => {
    const { packs } = await get('/packs');
    const rows = await app.db.query<{ id: number }>(
      `INSERT INTO stickers (pack_id, place, emoji, keywords, storage_key, width, height, is_animated)
       SELECT $1, 1000 + n, '🦇', '{}', 'x', 1, 1, false FROM generate_series(1, 201) n RETURNING id`,
      [packs[0].id],
    );
    const ids = rows.map(({ id }) => id);
    await app.db.query('INSERT INTO sticker_favorites SELECT $1, unnest($2::bigint[])', [root.id, ids.slice(0, 200)]);
    const refused = await api(app, root).put(`/media/stickers/favorites/${ids[200]}`);
    expect([refused.status, refused.body.code]).toEqual([422, 'sticker.too_many_favorites']);
    expect((await api(app, root).put(`/media/stickers/favorites/${ids[0]}`)).status).toBe(204);
    await app.db.query('DELETE FROM stickers WHERE id = ANY($1)', [ids]);
    expect((await get('/favorites', root)).stickers).toEqual([]);
  });

  test('what is not there is not found', async () => {
    for (const [method, path] of [
      ['put', '/favorites/999999'],
      ['post', '/999999/use'],
      ['get', '/999999'],
      ['get', '/999999/image'],
      ['get', '/packs/999999'],
    ] as const)
      expect((await api(app, ana)[method](`/media/stickers${path}`)).status).toBe(404);
  });
});

type Entries = Record<string, Buffer | string>;

async function zipOf(entries: Entries): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}
const manifest = (stickers: unknown, more = {}) => JSON.stringify({ name: 'Bats', stickers, ...more });
const ONE = [{ file: 'a.png', emoji: '🦇', keywords: ['Bat', 'netopir'] }];
const packed = (stickers: unknown = ONE, files: Entries = { 'a.png': image('with-alpha.png') }) =>
  zipOf({ 'pack.json': manifest(stickers), ...files });

async function bring(archive: Promise<Buffer> | Buffer, user = root, key?: string) {
  const response = await fetch(`${app.url}/api/v1/media/stickers/packs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${user.token}`,
      'content-type': 'application/octet-stream',
      ...(key && { 'idempotency-key': key }),
    },
    body: new Uint8Array(await archive),
  });
  return { status: response.status, body: (await response.json()) as any };
}

describe('packs of admins', () => {
  test('come as a ZIP, are drawn anew, and go with all that is theirs', async () => {
    const frames = [10, 20].map((red) => ({ create: { width: 600, height: 300, channels: 3 as const, background: { r: red * 10, g: 0, b: 0 } } })); // oxfmt-ignore
    const animated = await sharp(frames.map((frame) => ({ ...frame })) as never, { join: { animated: true } })
      .gif()
      .toBuffer();
    const entries = { 'pictures/a.png': image('with-alpha.png'), 'b.gif': animated };
    const stickers = [
      { file: 'pictures/a.png', emoji: '🦇', keywords: ['Netopir'] },
      { file: 'b.gif', emoji: '🔴', keywords: [] },
    ];
    const text = manifest(stickers, { author: 'Ana', license: 'CC0', license_url: 'https://example.org/' });
    const before = await keys();
    const { status, body: pack } = await bring(zipOf({ 'pack.json': text, ...entries }));
    expect(status).toBe(201);
    expect(pack).toMatchObject({ name: 'Bats', author: 'Ana', license: 'CC0', is_built_in: false, sticker_count: 2 });
    expect(pack.stickers[1]).toMatchObject({ is_animated: true, width: 512, height: 256 });
    const drawn = await sharp((await download(app, ana, pack.stickers[1].image_url)).bytes).metadata();
    expect(drawn).toMatchObject({ format: 'webp', pages: 2 });
    expect(await find('netop')).toEqual([pack.stickers[0]]);
    await api(app, ana).put(`/media/stickers/favorites/${pack.stickers[0].id}`);

    expect((await api(app, ana).delete(`/media/stickers/packs/${pack.id}`)).status).toBe(403);
    expect((await api(app, root).delete(`/media/stickers/packs/${pack.id}`)).status).toBe(204);
    await app.settle();
    expect(await find('netop')).toEqual([]);
    expect(await keys()).toEqual(before);
    expect((await api(app, root).delete(`/media/stickers/packs/${pack.id}`)).status).toBe(404);
  });

  test('brought again under the same key are one, with one set of pictures', async () => {
    const archive = await packed();
    const before = await keys();
    const { status, body: pack } = await bring(archive, root, 'bats');
    expect(status).toBe(201);
    const there = await keys();
    expect(there).toHaveLength(before.length + 1);
    expect(await bring(archive, root, 'bats')).toEqual({ status: 201, body: pack });
    const other = await bring(packed([{ ...ONE[0], emoji: '🐱' }]), root, 'bats');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.mismatch']);
    expect((await get('/packs')).packs.filter(({ name }: { name: string }) => name === 'Bats')).toHaveLength(1);
    expect((await keys()).sort()).toEqual(there.sort());
    expect((await download(app, ana, pack.stickers[0].image_url)).status).toBe(200);
    await api(app, root).delete(`/media/stickers/packs/${pack.id}`);
    await app.settle();
  });

  test('pictures that no sticker has go after a day, those of stickers stay', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const { body: pack } = await bring(packed());
    await download(app, ana, (await find('bat'))[0].image_url);
    const before = await keys();
    const stray = 'stickers/packs/stray/0.webp';
    await app.get(Storage).put(stray, Buffer.from('x'), { contentType: 'image/webp' });
    const sweeper = app.get(SweeperService);
    await sweeper.sweepObjects();
    expect((await keys()).sort()).toEqual([...before, stray].sort());
    await sweeper.sweepObjects(new Date(Date.now() + 2 * 24 * 3_600_000));
    expect(await keys()).toEqual(before);
    await api(app, root).delete(`/media/stickers/packs/${pack.id}`);
    await app.settle();
  });

  test('are for admins to bring; those of Muster stay', async () => {
    expect((await bring(packed(), ana)).status).toBe(403);
    const { packs } = await get('/packs');
    const refused = await api(app, root).delete(`/media/stickers/packs/${packs[0].id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'sticker.pack_built_in']);
  });

  const renamed = (zip: Buffer, from: string, to: string) =>
    Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
  const smallBomb = () => packed(ONE, { 'a.png': Buffer.alloc(30_000_000) });
  const manyBombs = () =>
    packed(ONE, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.png`, Buffer.alloc(2_000_000)])));
  /** Says of the second entry that it unpacks to one byte. */
  const lying = async () => {
    const zip = await packed(ONE, { 'a.png': Buffer.alloc(1_000_000) });
    const directory = zip.lastIndexOf('PK\x01\x02');
    zip.writeUInt32LE(1, directory + 24);
    return zip;
  };

  test.each<[string, () => Promise<Buffer> | Buffer, number, string]>([
    ['nothing', () => Buffer.alloc(0), 422, 'sticker.pack_unreadable'],
    ['no ZIP', () => image('with-alpha.png'), 422, 'sticker.pack_unreadable'],
    ['half a ZIP', async () => (await packed()).subarray(0, -30), 422, 'sticker.pack_unreadable'],
    ['a way out', async () => renamed(await packed(), 'a.png', '../ag'), 422, 'sticker.pack_unreadable'],
    ['a root', async () => renamed(await packed(), 'a.png', '/a.pn'), 422, 'sticker.pack_unreadable'],
    ['a lying size', lying, 422, 'sticker.pack_unreadable'],
    ['a bomb', smallBomb, 413, 'sticker.pack_too_large'],
    ['a bomb in pieces', manyBombs, 413, 'sticker.pack_too_large'],
    ['too many bytes', () => Buffer.alloc(21 * 1024 * 1024), 413, 'sticker.pack_too_large'],
    ['no pack.json', () => zipOf({ 'a.png': image('with-alpha.png') }), 422, 'sticker.file_missing'],
    ['a pack.json that is none', () => zipOf({ 'pack.json': '{' }), 422, 'sticker.pack_unreadable'],
    ['no stickers', () => packed([]), 422, 'validation.failed'],
    ['a NUL', () => packed([{ ...ONE[0], emoji: '\0' }]), 422, 'validation.failed'],
    ['too many', () => packed(Array.from({ length: 121 }, () => ONE[0])), 422, 'validation.failed'],
    ['a missing picture', () => packed(ONE, { 'b.png': 'x' }), 422, 'sticker.file_missing'],
    ['no picture', () => packed(ONE, { 'a.png': 'x' }), 422, 'sticker.picture_unusable'],
    ['an SVG', () => packed(ONE, { 'a.png': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' }), 422, 'sticker.picture_unusable'], // oxfmt-ignore
    ['half a picture', () => packed(ONE, { 'a.png': image('with-alpha.png').subarray(0, 500) }), 422, 'sticker.picture_unusable'], // oxfmt-ignore
  ])('%s is refused, and nothing is kept', async (_title, archive, status, code) => {
    const [before, packs] = [await keys(), (await get('/packs')).packs];
    const refused = await bring(archive());
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect([await keys(), (await get('/packs')).packs]).toEqual([before, packs]);
  });
});
