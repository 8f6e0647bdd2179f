import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { Storage } from 'src/core/storage/storage';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';

const WHERE = '+45.7722+014.3577/';
const withFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0 ? test : test.skip;

let app: TestApp;
let ana: TestUser;
let folder: string;
beforeAll(async () => {
  app = await boot();
  ana = await buildUser(app, 'ana');
  folder = mkdtempSync(path.join(os.tmpdir(), 'muster-recordings-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await app.close();
});

const record = (name: string, ...args: string[]) => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, path.join(folder, name)]);
  return readFileSync(path.join(folder, name));
};
const send = async (name: string, bytes: Buffer, fields: Record<string, string> = {}) => {
  const { status, body } = await upload(app, ana, { name, bytes }, { fields });
  expect([status, body.code]).toEqual([201, undefined]);
  await app.settle();
  return (await api(app, ana).get(`/files/${body.id}/info`)).body;
};
const film = (name: string, ...more: string[]) =>
  record(
    name,
    '-f',
    'lavfi',
    '-i',
    'testsrc=duration=2:size=320x240:rate=10',
    ...more,
    '-metadata',
    `location=${WHERE}`,
    '-metadata',
    `comment=${WHERE}`,
  );

withFfmpeg.each([['a.mp4'], ['a.mov']])(
  'of a film its length, size and a still are known, and others get it without its place: %s',
  async (name) => {
    const bytes = film(name, '-c:v', 'mpeg4');
    expect(bytes.includes(WHERE)).toBe(true);
    const file = await send(name, bytes);
    expect(file).toMatchObject({ message_type: 'video', status: 'ready', preview: 'ready', width: 320, height: 240 });
    expect(file.duration_ms).toBeGreaterThan(1900);
    expect(file.duration_ms).toBeLessThan(2200);
    const still = await sharp((await download(app, ana, `${file.thumbnail_url}?size=small`)).bytes).metadata();
    expect([still.width, still.height, still.format]).toEqual([240, 180, 'webp']);
    const sql = `SELECT storage_key FROM file_renditions WHERE file_id = $1 AND variant = 'clean'`;
    const [{ storage_key }] = (await app.db.query(sql, [file.id])) as [{ storage_key: string }];
    const clean = await buffer((await app.get(Storage).get(storage_key)).body);
    expect(clean.includes(WHERE)).toBe(false);
    expect(clean.length).toBeGreaterThan(1000);
  },
);

withFfmpeg('of a voice message its length and how loud it is are known, if the client has not said', async () => {
  const bytes = record(
    'a.wav',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=440:duration=1',
    '-af',
    'volume=0:enable=lt(t\\,0.5)',
  );
  const file = await send('a.wav', bytes);
  expect(file).toMatchObject({ message_type: 'audio', status: 'ready', preview: 'none', duration_ms: 1000 });
  expect(file.waveform).toHaveLength(64);
  expect(Math.max(...file.waveform.slice(0, 30))).toBeLessThan(20);
  expect(Math.min(...file.waveform.slice(34))).toBeGreaterThan(150);
  expect((await send('b.wav', bytes, { waveform: '[0, 128, 255]' })).waveform).toEqual([0, 128, 255]);
  for (const waveform of ['[]', '[256]', '[-1]', '[1.5]', 'loud', '{}', `[${Array(257).fill(1).join()}]`])
    expect((await upload(app, ana, { name: 'c.wav', bytes }, { fields: { waveform } })).status).toBe(422);
});

withFfmpeg('a film that is none fails, and cannot make ffmpeg read other files', async () => {
  const head = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2');
  expect((await send('a.mp4', Buffer.concat([head, Buffer.alloc(5000, 'x')]))).status).toBe('processing_failed');
});

describe('without ffmpeg', () => {
  let bare: TestApp;
  let bob: TestUser;
  let eve: TestUser;
  let chat: number;
  const usual = process.env.PATH;
  beforeAll(async () => {
    process.env.PATH = folder;
    bare = await boot();
    [bob, eve] = await buildUsers(bare, 'bob', 'eve');
    chat = await buildGroup(bare, bob, [eve]);
  });
  afterAll(async () => {
    process.env.PATH = usual;
    await bare.close();
  });
  const give = async (name: string, bytes: Buffer) => {
    const { status, body } = await upload(bare, bob, { name, bytes }, { fields: { chat_id: String(chat) } });
    expect([status, body.code]).toEqual([201, undefined]);
    await bare.settle();
    return (await api(bare, bob).get(`/files/${body.id}/info`)).body;
  };
  const box = (type: string, ...inside: (Buffer | string)[]) => {
    const body = Buffer.concat(inside.map((part) => Buffer.from(part as string, 'latin1')));
    const head = Buffer.from(`\0\0\0\0${type}`, 'latin1');
    head.writeUInt32BE(body.length + 8);
    return Buffer.concat([head, body]);
  };
  const FTYP = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1');
  const track = (handler: string, ...more: Buffer[]) =>
    box('trak', box('tkhd', 'x'.repeat(84)), box('mdia', box('hdlr', '\0'.repeat(8), handler, 'rest')), ...more);

  test('a film is taken, and the answer says that nothing is known of it', async () => {
    const file = await give('a.mp4', FTYP);
    const nothing = { status: 'ready', preview: 'none', thumbnail_url: null, duration_ms: null };
    expect(file).toMatchObject(nothing);
    expect((await api(bare, bob).get(`/files/${file.id}/thumbnail`)).body.code).toBe('file.no_thumbnail');
  });

  test('others get a film without its place, and all of its picture and sound where they were', async () => {
    const place = [box('udta', box('\xa9xyz', WHERE)), box('meta', WHERE), box('uuid', WHERE)];
    const plain = [box('mvhd', 'm'.repeat(100)), track('vide'), track('soun', box('udta', WHERE))];
    const film = Buffer.concat([FTYP, box('moov', ...plain, ...place), box('free', WHERE), box('mdat', 'p'.repeat(9))]);
    const { file_url } = await give('a.mp4', film);
    const clean = await download(bare, eve, file_url);
    expect([clean.status, clean.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    expect(clean.bytes.includes('+45')).toBe(false);
    const emptied = Buffer.from(
      film
        .toString('latin1')
        .replaceAll(WHERE, '\0'.repeat(WHERE.length))
        .replaceAll(/udta|meta|uuid/g, 'free'),
      'latin1',
    );
    emptied.fill(0, emptied.indexOf('\xa9xyz', 0, 'latin1') - 4, emptied.indexOf('\xa9xyz', 0, 'latin1') + 4);
    expect(clean.bytes.equals(emptied)).toBe(true);
    expect((await download(bare, bob, file_url)).bytes.equals(film)).toBe(true);
  });

  const EBML = Buffer.from(
    '1a45dfa3a34286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff',
    'hex',
  );
  test.each([
    ['with a track of places', 'a.mp4', Buffer.concat([FTYP, box('moov', track('vide'), track('meta'))])],
    ['that ends within a box', 'a.mp4', Buffer.concat([FTYP, box('moov', track('vide')).subarray(0, 90)])],
    ['with tags', 'a.webm', Buffer.concat([EBML, Buffer.from('1254c36780', 'hex')])],
  ])('a film %s stays its owner’s', async (_title, name, bytes) => {
    const file = await give(name, bytes);
    expect(file).toMatchObject({ message_type: 'video', status: 'processing_failed' });
    const refused = await download(bare, eve, file.file_url);
    expect([refused.status, JSON.parse(refused.bytes.toString()).code]).toEqual([409, 'file.processing_failed']);
    expect((await download(bare, bob, file.file_url)).bytes.equals(bytes)).toBe(true);
  });

  test('a film from a browser, which writes nothing else, is passed on', async () => {
    const { file_url } = await give('a.webm', EBML);
    expect((await download(bare, eve, file_url)).bytes.equals(EBML)).toBe(true);
  });
});
