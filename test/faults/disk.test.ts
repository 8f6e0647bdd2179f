import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { download, upload } from 'test/support/files';

// A disk of one megabyte. To make one takes root, and the right to mount.

const disk = mkdtempSync(path.join(tmpdir(), 'muster-disk-'));
const isThere = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status === 0;
if (!isThere) process.stderr.write('No right to mount a small disk: the test of a full one is left out.\n');

let app: TestApp | undefined;
afterAll(async () => {
  await app?.close();
  if (isThere) spawnSync('umount', ['-l', disk]);
  rmdirSync(disk);
});

const filesOnDisk = () =>
  readdirSync(disk, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(path.join(disk, name)).isFile());

(isThere ? test : test.skip)(
  'a full disk: the upload is refused, nothing half-written stays, and with room it goes on',
  async () => {
    app = await boot({ roles: ['api'], env: { MUSTER_HOME: disk } });
    const ana = await buildUser(app, 'ana');
    const send = (name: string) => upload(app!, ana, { name, bytes: `${name} `.repeat(50_000) });
    const sent = [await send('one.txt'), await send('two.txt')];
    expect(sent.map(({ status }) => status)).toEqual([201, 201]);
    const kept = filesOnDisk();
    const refused = await send('three.txt');
    expect(refused).toMatchObject({ status: 507, body: { code: 'storage.full' } });
    expect(filesOnDisk()).toEqual(kept);
    expect(await app.db.query('SELECT FROM files')).toHaveLength(2);
    expect((await api(app).get('//health/live')).status).toBe(200);
    expect((await download(app, ana, `/files/${sent[0]!.body.id}`)).status).toBe(200);

    spawnSync('mount', ['-o', 'remount,size=8m', disk]);
    expect((await send('three.txt')).status).toBe(201);
  },
);
