import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import sharp from 'sharp';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { photograph } from 'test/factories/pictures';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { download, upload } from 'test/support/files';

// A disk of one megabyte, for each test anew. To make one takes root, and the right to mount.

const disk = mkdtempSync(path.join(os.tmpdir(), 'muster-disk-'));
const mount = (...options: string[]) => spawnSync('mount', [...options, 'tmpfs', disk]).status === 0;
const unmount = () => spawnSync('umount', ['-l', disk]);
const isThere = mount('-t', 'tmpfs', '-o', 'size=1m');
if (isThere) unmount();
else process.stderr.write('No right to mount a small disk: the test of a full one is left out.\n');

const withDisk = isThere ? test : test.skip;
const withFfmpeg = isThere && spawnSync('ffmpeg', ['-version']).status === 0 ? test : test.skip;

let app: TestApp | undefined;
beforeEach(() => isThere && mount('-t', 'tmpfs', '-o', 'size=1m'));
afterEach(async () => {
  jest.restoreAllMocks();
  await app?.close();
  if (isThere) unmount();
});
afterAll(() => rmdirSync(disk));

const filesOnDisk = () =>
  readdirSync(disk, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(path.join(disk, name)).isFile());

withDisk('a full disk: the upload is refused, nothing half-written stays, and with room it goes on', async () => {
  app = await boot({ roles: ['api'], env: { MUSTER_HOME: disk } });
  const ana = await buildUser(app, 'ana');
  const send = (name: string) => upload(app!, ana, { name, bytes: `${name} `.repeat(50_000) });
  const sent = [await send('one.txt'), await send('two.txt')];
  expect(sent.map(({ status }) => status)).toEqual([201, 201]);
  const kept = filesOnDisk();
  const warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const refused = await send('three.txt');
  expect(refused).toMatchObject({ status: 507, body: { code: 'storage.full' } });
  expect(warnings).toHaveBeenCalledWith(expect.stringMatching(/^ENOSPC: /));
  expect((await api(app).get('//metrics')).body).toMatch(/muster_http_seconds_count\{[^}]*status="507"\} 1/);
  expect(filesOnDisk()).toEqual(kept);
  expect(await app.db.query('SELECT FROM files')).toHaveLength(2);
  expect((await api(app).get('//health/live')).status).toBe(200);
  expect((await download(app, ana, `/files/${sent[0]!.body.id}`)).status).toBe(200);

  mount('-o', 'remount,size=8m');
  expect((await send('three.txt')).status).toBe(201);
});

/** What becomes of a file, of which there is room on the disk only for itself: however often, and then with more. */
async function lookedInto(name: string, bytes: Buffer) {
  expect(bytes.length).toBeGreaterThan(400_000);
  expect(bytes.length).toBeLessThan(1_000_000);
  app = await boot({ roles: ['api'] });
  const ana = await buildUser(app, 'ana');
  const { body: file } = await upload(app, ana, { name, bytes });
  jest.spyOn(os, 'tmpdir').mockReturnValue(disk);
  const state = async () => (await api(app!, ana).get(`/files/${file.id}/info`)).body.status;
  const process = () => app!.get(FilesWorkers).process({ file_id: file.id });
  for (let time = 0; time < 6; time++) await expect(process()).rejects.toThrow('No space left on device');
  expect(await state()).toBe('processing');
  expect(filesOnDisk()).toEqual([]);
  mount('-o', 'remount,size=64m');
  await process();
  return state();
}

withDisk('no room to make the previews of a picture: they are made when there is', async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 1100, height: 1100, channels: 3, background: '#888', noise } as const;
  const bytes = await sharp({ create }).jpeg({ quality: 70 }).toBuffer();
  expect(await lookedInto('noise.jpg', bytes)).toBe('ready');
});

withFfmpeg('no room to make the clean copy of a film: it is made when there is', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-film-'));
  const film = path.join(folder, 'a.mp4');
  const noise = ['-f', 'lavfi', '-i', 'nullsrc=duration=1:size=320x240:rate=10,geq=random(1)*255:128:128'];
  execFileSync('ffmpeg', ['-v', 'error', ...noise, '-c:v', 'mpeg4', '-q:v', '4', film]);
  const bytes = readFileSync(film);
  rmSync(folder, { recursive: true });
  expect(await lookedInto('a.mp4', bytes)).toBe('ready');
});

test('what was given up is tried again half an hour later, and waits in no more than one place', async () => {
  app = await boot({ roles: ['api'] });
  const ana = await buildUser(app, 'ana');
  const ids = [];
  for (const name of ['a.jpg', 'b.jpg'])
    ids.push((await upload(app, ana, { name, bytes: await photograph(1) })).body.id as number);
  const work = () =>
    app!.db.query(
      `SELECT (payload ->> 'file_id')::int AS id, parked_at IS NOT NULL AS parked FROM outbox WHERE handler = 'files.process' ORDER BY 1`,
    );
  await app.db.query(`UPDATE outbox SET parked_at = now() WHERE payload ->> 'file_id' = $1`, [String(ids[0])]);
  await app.db.query(`DELETE FROM outbox WHERE payload ->> 'file_id' = $1`, [String(ids[1])]);
  const sweep = async () => {
    await app!.get(SweeperService).sweepRows();
    return work();
  };
  expect(await sweep()).toEqual([{ id: ids[0], parked: true }]);
  await app.db.query(`UPDATE files SET updated_at = now() - interval '31 minutes'`);
  const both = ids.map((id) => ({ id, parked: false }));
  expect([await sweep(), await sweep()]).toEqual([both, both]);
});
