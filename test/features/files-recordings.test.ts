import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { Storage } from 'src/core/storage/storage';
import { buildUser, type TestUser } from 'test/factories/users';
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

test('without ffmpeg a film is taken as it is, and the answer says that nothing is known of it', async () => {
  const usual = process.env.PATH;
  const bare = await boot();
  process.env.PATH = folder;
  try {
    const bob = await buildUser(bare, 'bob');
    const { body } = await upload(bare, bob, {
      name: 'a.mp4',
      bytes: Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2'),
    });
    await bare.settle();
    expect((await api(bare, bob).get(`/files/${body.id}/info`)).body).toMatchObject({
      status: 'ready',
      preview: 'none',
      thumbnail_url: null,
      duration_ms: null,
    });
    expect((await api(bare, bob).get(`/files/${body.id}/thumbnail`)).body.code).toBe('file.no_thumbnail');
  } finally {
    process.env.PATH = usual;
    await bare.close();
  }
});
