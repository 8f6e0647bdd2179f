import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { Storage } from 'src/core/storage/storage';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { cornersOf, photograph, SECRET, signed } from 'test/factories/pictures';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

let app: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot();
  ana = await buildUser(app, 'ana');
});
afterAll(() => app.close());

const stateOf = async (id: number) => (await api(app, ana).get(`/files/${id}/info`)).body;
const send = async (bytes: Buffer, name = 'a.jpg') => {
  const { status, body } = await upload(app, ana, { name, bytes });
  expect(status).toBe(201);
  expect(body).toMatchObject({ status: 'processing', preview: 'pending', thumbnail_url: null });
  await app.settle();
  return stateOf(body.id);
};

interface Made {
  variant: string;
  format: string;
  width: number;
  height: number;
  bytes: Buffer;
}
/** All that was made of a file, the bytes as they are in storage. */
const madeOf = async (id: number): Promise<Made[]> => {
  const rows = await app.db.query<Made & { storage_key: string }>(
    'SELECT * FROM file_renditions WHERE file_id = $1 ORDER BY id',
    [id],
  );
  return Promise.all(
    rows.map(async (row) => ({ ...row, bytes: await buffer((await app.get(Storage).get(row.storage_key)).body) })),
  );
};
const previews = ['large', 'medium', 'small'].flatMap((size) => [`${size}.webp`, `${size}.jpeg`]);

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a photograph of orientation %d is upright for others, and tells nothing',
  async (n) => {
    const bytes = await photograph(n);
    expect(bytes.includes(SECRET)).toBe(true);
    expect((await sharp(bytes).metadata()).orientation).toBe(n);
    const file = await send(bytes);
    expect(file).toMatchObject({ status: 'ready', preview: 'ready', width: 96, height: 64, is_animated: false });
    expect(Buffer.from(file.thumbhash, 'base64').length).toBeGreaterThan(10);
    const made = await madeOf(file.id);
    expect(made.map(({ variant, format }) => `${variant}.${format}`).sort()).toEqual(
      ['clean.jpeg', ...previews].sort(),
    );
    for (const { bytes: rendition, width, height } of made) {
      expect(await cornersOf(rendition)).toEqual(['red', 'green', 'blue', 'white']);
      const { exif, orientation, xmp, iptc, ...about } = await sharp(rendition).metadata();
      expect([exif, orientation, xmp, iptc]).toEqual([undefined, undefined, undefined, undefined]);
      expect([about.width, about.height]).toEqual([width, height]);
      expect(rendition.includes(SECRET)).toBe(false);
    }
    expect((await download(app, ana, file.file_url)).bytes.equals(bytes)).toBe(true);
  },
);

test('real photographs come out in all sizes, none enlarged, and can be fetched', async () => {
  const { width, height } = (await sharp(image('2569067123_aca715a2ee_o.jpg')).metadata()).autoOrient;
  expect(width).toBeGreaterThan(1600);
  const file = await send(image('2569067123_aca715a2ee_o.jpg'));
  expect(file).toMatchObject({ width, height });
  const sizes = Object.fromEntries((await madeOf(file.id)).map((one) => [`${one.variant}.${one.format}`, one.width]));
  expect(sizes).toEqual({
    'clean.jpeg': width,
    'large.webp': 1600,
    'large.jpeg': 1600,
    'medium.webp': 640,
    'medium.jpeg': 640,
    'small.webp': 240,
    'small.jpeg': 240,
  });
  for (const [query, type, width] of [
    ['', 'image/webp', 640],
    ['?size=small', 'image/webp', 240],
    ['?size=large&format=jpeg', 'image/jpeg', 1600],
  ] as const) {
    const { status, headers, bytes } = await download(app, ana, `${file.thumbnail_url}${query}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect((await sharp(bytes).metadata()).width).toBe(width);
  }
  expect((await download(app, ana, `${file.thumbnail_url}?size=huge`)).status).toBe(422);
});

test.each([
  ['gif', 'animated-loop-3.gif'],
  ['webp', 'animated.webp'],
])('what moves goes on moving: %s', async (format, name) => {
  const gif = image('animated-loop-3.gif');
  const bytes = format === 'gif' ? gif : await sharp(gif, { animated: true }).webp().toBuffer();
  const before = await sharp(bytes, { animated: true }).metadata();
  const file = await send(bytes, name);
  expect(file).toMatchObject({ is_animated: true, width: before.width, height: before.pageHeight });
  for (const one of await madeOf(file.id)) {
    const after = await sharp(one.bytes, { animated: true }).metadata();
    expect([one.variant, one.format, after.pages ?? 1]).toEqual([
      one.variant,
      one.format,
      one.format === 'jpeg' ? 1 : before.pages,
    ]);
    if (one.format !== 'jpeg') expect(after.loop).toBe(before.loop);
  }
});

test('CMYK becomes RGB, transparency stays where the format has it', async () => {
  const print = await send(image('Channel_digital_image_CMYK_color_no_profile.jpg'));
  const asRgb = sharp(image('Channel_digital_image_CMYK_color_no_profile.jpg')).toColourspace('srgb');
  const reference = await sharp(await asRgb.png().toBuffer()).stats();
  for (const { bytes } of await madeOf(print.id)) {
    expect((await sharp(bytes).metadata()).space).toBe('srgb');
    const { channels } = await sharp(bytes).stats();
    channels
      .slice(0, 3)
      .forEach(({ mean }, index) => expect(Math.abs(mean - reference.channels[index]!.mean)).toBeLessThan(8));
  }
  const logo = await send(image('with-alpha.png'), 'logo.png');
  const alpha = (await madeOf(logo.id)).map(async ({ variant, format, bytes }) => [
    `${variant}.${format}`,
    (await sharp(bytes).metadata()).hasAlpha,
  ]);
  const found = Object.fromEntries((await Promise.all(alpha)) as [string, boolean][]);
  expect(found).toMatchObject({ 'clean.png': true, 'small.webp': true, 'small.jpeg': false });
});

test.each([
  ['corrupt', 'corrupt-header.jpg'],
  ['truncated', 'truncated.jpg'],
  ['of 65536 × 65536 pixels', '65536-uint32-limit.png'],
])('a picture that is %s fails, and its owner keeps the original', async (_title, name) => {
  const file = await send(image(name), name);
  expect(file).toMatchObject({ status: 'processing_failed', preview: 'failed', thumbnail_url: null, width: null });
  expect((await download(app, ana, file.file_url)).bytes.equals(image(name))).toBe(true);
  const { status, bytes } = await download(app, ana, `/files/${file.id}/thumbnail`);
  expect([status, JSON.parse(bytes.toString()).code]).toEqual([409, 'file.processing_failed']);
  expect(await madeOf(file.id)).toEqual([]);
  // and the next is served
  expect((await send(await photograph(1))).status).toBe('ready');
});

test('more frames than may be are refused before they are decoded', async () => {
  const frame = { create: { width: 4, height: 4, channels: 3 as const, background: '#000' } };
  const one = await sharp(frame).png().toBuffer();
  const two = await sharp({ ...frame, create: { ...frame.create, background: '#fff' } })
    .png()
    .toBuffer();
  const frames = Array.from({ length: 1002 }, (_, index) => (index % 2 ? one : two));
  const gif = await sharp(frames, { join: { animated: true } })
    .gif({ effort: 1 })
    .toBuffer();
  expect((await send(gif, 'a.gif')).status).toBe('processing_failed');
});

test('what is hidden behind a picture, or within it, does not reach others', async () => {
  const behind = Buffer.concat([await photograph(1), Buffer.from('<script>alert(1)</script>PK\x03\x04')]);
  const within = await signed(sharp(image('with-alpha.png')))
    .png()
    .toBuffer();
  for (const [name, bytes] of [
    ['a.html', behind],
    ['a.png', within],
  ] as const) {
    const file = await send(bytes, name);
    expect(file.status).toBe('ready');
    for (const made of await madeOf(file.id)) {
      expect(made.bytes.includes('<script>')).toBe(false);
      expect(made.bytes.includes(SECRET)).toBe(false);
    }
  }
});

test('a decoder that is killed takes nothing with it: the picture is rendered again', async () => {
  const renderer = app.get(PictureRenderer);
  const render = renderer.render.bind(renderer);
  let kills = 0;
  const spy = jest.spyOn(renderer, 'render').mockImplementation((task) => {
    const result = render(task);
    if (kills++ === 0)
      setImmediate(() => (renderer as unknown as { child: { kill(signal: string): void } }).child.kill('SIGKILL'));
    return result;
  });
  const file = await send(await photograph(3));
  spy.mockRestore();
  expect(kills).toBe(2);
  expect(file.status).toBe('ready');
  expect(await madeOf(file.id)).toHaveLength(7);
});

test('of two runs over the same picture the late one takes nothing away', async () => {
  const renderer = app.get(PictureRenderer);
  const render = renderer.render.bind(renderer);
  let release = () => {};
  let isHeld = false;
  const spy = jest.spyOn(renderer, 'render').mockImplementationOnce(async (task) => {
    const rendered = await render(task);
    isHeld = true;
    await new Promise<void>((resolve) => (release = resolve));
    return rendered;
  });
  const { body } = await upload(app, ana, { name: 'a.jpg', bytes: await photograph(1) });
  await until('the first run has lost its lock', () => isHeld);
  await app.get(FilesWorkers).process({ file_id: body.id });
  expect(await stateOf(body.id)).toMatchObject({ status: 'ready' });
  release();
  await app.settle();
  spy.mockRestore();
  const made = await madeOf(body.id);
  expect(made).toHaveLength(7);
  for (const { bytes } of made) expect(await cornersOf(bytes)).toEqual(['red', 'green', 'blue', 'white']);
});

test('a deleted picture takes with it what was made of it', async () => {
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of app.get(Storage).list(`chat-files/${ana.id}/`)) found.push(key);
    return found;
  };
  const before = await keys();
  const file = await send(await photograph(1));
  expect(await keys()).toHaveLength(before.length + 8);
  await api(app, ana).delete(`/files/${file.id}`);
  await app.settle();
  expect(await keys()).toEqual(before);
});
