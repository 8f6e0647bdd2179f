import { Logger } from '@nestjs/common';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AccountWorkers } from 'src/modules/account/account.workers';
import { ExportArchive } from 'src/modules/account/export-archive';
import { ExportsService } from 'src/modules/account/exports.service';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { PAGE } from 'src/core/personal-data/register';
import { Storage } from 'src/core/storage/storage';
import { UsersService } from 'src/modules/users/users.service';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';
import { mailsOf } from 'test/support/mailbox';
import { startCounting } from 'test/support/queries';
import { startS3 } from 'test/support/s3';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';
import { rowsOf, unzip } from 'test/support/unzip';

const POINTS = 20_000;

let app: TestApp;
/** Has a long history. */
let walker: TestUser;
beforeAll(async () => {
  app = await boot({ env: { PUBLIC_URL: 'https://muster.example.org/' } });
  walker = await buildUser(app, 'walker');
  await addPoints(walker.id, POINTS);
});
afterAll(() => app.close());

const current = async (user: TestUser, at = app) => (await api(at, user).get('/profile/export')).body;
const start = (user: TestUser, at = app) => api(at, user).post('/settings/account/export');

async function made(user: TestUser): Promise<string> {
  await start(user);
  await app.settle();
  return pathOf((await current(user)).download_url);
}
const pathOf = (url: string) => url.slice(url.indexOf('/exports/'));
const download = (link: string, headers: Record<string, string> = {}, at = app) =>
  fetch(`${at.url}/api/v1${link}`, { headers });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

async function addPoints(userId: string, count: number) {
  await app.db.query(
    `INSERT INTO user_locations (id, is_permanent, user_id, latitude, longitude, recorded_at)
     SELECT nextval('user_locations_id_seq'), false, $1, 45 + random(), 14 + random(), now() - (n / 3) * interval '1 second'
     FROM generate_series(1, $2::int) n`,
    [userId, count],
  );
  await app.db.query('ANALYZE user_locations'); // as the autovacuum does in time; without it every page is sorted anew
}

test('all that belongs to the user is in a ZIP: his rows by section, nothing of others, no secrets', async () => {
  const [ana, ben] = [walker, await buildUser(app, 'ben')];
  const socket = await connect(app, ana);
  const [me, him] = [api(app, ana), api(app, ben)];
  await me.put('/profile', { language: 'ja', bio: 'walks' });
  await app.db.query('UPDATE users SET is_verified = true WHERE id = $1', [ana.id]);
  const chat = await buildPrivateChat(app, ana, ben);
  for (const content of ['one', 'zwei "two"\n', '三']) await me.post(`/chats/${chat}/messages`, { content });
  await him.post(`/chats/${chat}/messages`, { content: 'what Ben says' });
  await me.post('/location/shares', { target_user_id: ben.id, duration_minutes: 60 });
  await me.post('/location/geofences', { name: 'Home', center_latitude: 45, center_longitude: 14, radius_meters: 100 });
  await me.post('/push-notifications/device-tokens', { token: 'a-token-of-the-device', device_type: 'web' });

  expect(await current(ana)).toMatchObject({ download_url: null, size_bytes: null });
  const news = await socket.next('export_ready');
  await app.settle();
  const view = await current(ana);
  expect(view).toMatchObject({ status: 'ready', expires_at: news.expires_at, size_bytes: news.size_bytes });
  expect(Date.parse(view.expires_at) - Date.parse(view.ready_at)).toBe(24 * 3_600_000);
  expect(view.download_url).toMatch(/^https:\/\/muster\.example\.org\/api\/v1\/exports\/\d+-[\w-]{43}$/);
  const mail = (await mailsOf(app)).find((one) => one.includes(`To: ${ana.email}`))!;
  expect(mail).toContain('Subject: Muster のデータの準備ができました');
  expect(mail).toContain(view.download_url);

  const reply = await download(pathOf(view.download_url));
  expect(reply.headers.get('content-type')).toBe('application/zip');
  expect(reply.headers.get('content-disposition')).toMatch(/^attachment/);
  const zip = await bytesOf(reply);
  expect(zip.length).toBe(view.size_bytes);
  const files = await unzip(zip);
  expect(rowsOf(files, 'profile')).toMatchObject([{ id: ana.id, email: ana.email, bio: 'walks' }]);
  expect(rowsOf(files, 'messages').map(({ content }) => content)).toEqual(['one', 'zwei "two"', '三']);
  const points = rowsOf(files, 'locations');
  expect(new Set(points.map(({ id }) => id)).size).toBe(POINTS);
  const times = points.map(({ recorded_at: at }) => at);
  expect(times.every((at, index) => index === 0 || times[index - 1] <= at)).toBe(true);
  for (const [section, count] of Object.entries({
    location_shares: 1,
    geofences: 1,
    devices: 1,
    chats: 1,
    sessions: 1,
  }))
    expect({ [section]: rowsOf(files, section).length }).toEqual({ [section]: count });
  const all = [...files].map(([name, bytes]) => name + bytes.toString()).join('\n');
  for (const secret of ['what Ben says', ben.email, 'a-token-of-the-device', 'password', '$2b$'])
    expect({ [secret]: all.includes(secret) }).toEqual({ [secret]: false });
  const manifest = JSON.parse(files.get('manifest.json')!.toString());
  expect(manifest.sections).toContainEqual({ file: 'data/locations.jsonl', rows: POINTS });
  expect(files.get('README.txt')!.toString()).toContain('walker さん');
  socket.close();
});

test('files are named so that any disk can take them', async () => {
  const ana = await buildUser(app);
  await upload(app, ana, { name: `${'写真'.repeat(120)}.txt`, bytes: 'words' });
  const files = await unzip(await bytesOf(await download(await made(ana))));
  const [name] = [...files.keys()].filter((one) => one.startsWith('files/'));
  expect(name).toMatch(/^files\/00001-(写?真|写真写?)+\.txt$/);
  expect(Buffer.byteLength(name!) - 'files/'.length).toBeLessThanOrEqual(255);
});

test('who does not read holds up the reading of the database: only a few pages of rows are in memory', async () => {
  const user = await app.get(UsersService).get(walker.id);
  const pages = startCounting(app, /FROM user_locations/);
  const archive = app.get(ExportArchive).of(user);
  archive.once('readable', () => archive.read(1));
  let [before, looks] = [0, 0];
  await until('nothing more is asked for', () => {
    looks = pages.count === before ? looks + 1 : 0;
    before = pages.count;
    return before > 0 && looks > 30;
  });
  expect(pages.count).toBeLessThan(POINTS / PAGE / 3);
  let size = 0;
  for await (const chunk of archive) size += (chunk as Buffer).length;
  expect(size).toBeGreaterThan(100_000);
  expect(pages.count).toBe(POINTS / PAGE + 1);
  pages.stop();
});

test('who goes away in the middle leaves nothing open', async () => {
  const ana = await buildUser(app);
  await addPoints(ana.id, 5000);
  const broken = app.get(ExportArchive).of(await app.get(UsersService).get(ana.id));
  broken.destroy();
  await until('it is closed', () => broken.closed);
});

describe('the link', () => {
  test('is good for parts, for who has it alone, for a day, and while the account is open', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const [link, other] = [await made(ana), await made(ben)];
    const whole = await bytesOf(await download(link));
    const part = await download(link, { range: 'bytes=10-19' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${whole.length}`]);
    expect(await bytesOf(part)).toEqual(whole.subarray(10, 20));
    const end = await download(link, { range: 'bytes=-5', 'if-range': part.headers.get('etag')! });
    expect(await bytesOf(end)).toEqual(whole.subarray(-5));
    expect((await download(link, { range: `bytes=${whole.length}-` })).status).toBe(416);

    const [id, mac] = /(\d+)-(.*)/.exec(link)!.slice(1) as [string, string];
    const [otherId] = /\d+/.exec(other)!;
    for (const token of [`${otherId}-${mac}`, id, `${id}-`, `0-${mac}`, `${id}-${mac}x`, 'x', '%00', '9'.repeat(90)])
      expect({ token, status: (await download(`/exports/${token}`)).status }).toEqual({ token, status: 404 });

    await api(app, ben).post('/settings/account/deactivate');
    expect((await download(other)).status).toBe(404);
    await app.db.query(`UPDATE data_exports SET expires_at = now() - interval '1 s' WHERE user_id = $1`, [ana.id]);
    expect((await download(link)).status).toBe(404);
    await app.get(AccountWorkers).forgetExports();
    await expect(app.get(Storage).head(`exports/${id}.zip`)).rejects.toMatchObject({ status: 404 });
    expect(await app.db.query('SELECT id FROM data_exports WHERE user_id = $1', [ana.id])).toEqual([]);
  });

  test('is not mailed to an address that nobody has verified', async () => {
    const ana = await buildUser(app);
    await made(ana);
    const mail = (await mailsOf(app)).find((one) => one.includes(`To: ${ana.email}`))!;
    expect(mail).toContain('ready');
    expect(mail).not.toContain('/exports/');
  });
});

test('one at a time, and three a day', async () => {
  // without a worker: each is made when it is said
  const waiting = await boot({ roles: ['api'] });
  const ana = await buildUser(waiting);
  const made = () =>
    waiting.db.query<{ id: number }>('SELECT id FROM data_exports WHERE user_id = $1 ORDER BY id', [ana.id]);
  for (const one of [1, 2, 3]) {
    const replies = await Promise.all(Array.from({ length: 10 }, () => start(ana, waiting)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(await made()).toHaveLength(one);
    await waiting.get(AccountWorkers).makeExport({ export_id: (await made()).at(-1)!.id });
  }
  const refused = await start(ana, waiting);
  expect([refused.status, refused.body.code]).toEqual([429, 'rate_limit.exceeded']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(80_000);
  expect((await current(ana, waiting)).status).toBe('ready');
  expect((await api(waiting).get('/profile/export')).status).toBe(401);
  await waiting.close();
});

test('is made again when the worker died over it, and when the storage was away', async () => {
  const ana = await buildUser(app);
  const home = path.join(app.settings.MUSTER_HOME!, 'files');
  const link = await made(ana);
  const [id] = /\d+/.exec(link)!;
  // as a worker leaves it that dies before it has said that it is done
  await app.db.query(`UPDATE data_exports SET status = 'running', ready_at = NULL, expires_at = NULL WHERE id = $1`, [
    id,
  ]);
  await app.get(Storage).delete(`exports/${id}.zip`);
  await app.get(AccountWorkers).makeExport({ export_id: Number(id) });
  expect(rowsOf(await unzip(await bytesOf(await download(link))), 'profile')).toHaveLength(1);
  await app.settle();

  await rename(home, `${home}-away`);
  await writeFile(home, '');
  await start(ana);
  await until('it has failed', async () => (await current(ana)).status === 'failed');
  await rm(home);
  await rename(`${home}-away`, home);
  await app.settle();
  expect((await current(ana)).status).toBe('ready');
});

test('nothing stays of an export whose user goes while it is made, wherever the worker stands or dies', async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const idle = await boot({ roles: ['api'] });
  const storage = idle.get(Storage);
  const make = (id: number) => idle.get(AccountWorkers).makeExport({ export_id: id });
  const begin = async (user: TestUser) => {
    await start(user, idle);
    const sql = 'SELECT id FROM data_exports WHERE user_id = $1';
    return (await idle.db.query<{ id: number }>(sql, [user.id]))[0]!.id;
  };
  const left = async () => {
    const keys: string[] = [];
    for await (const { key } of storage.list('exports/')) keys.push(key);
    return keys;
  };
  const [ana, ben] = await buildUsers(idle, 'ana', 'ben');
  const hers = await begin(ana);
  const remove = storage.delete.bind(storage);
  const spy = jest.spyOn(storage, 'delete').mockImplementationOnce(async (key) => {
    await remove(key);
    await make(hers);
    expect(await left()).toEqual([`exports/${hers}.zip`]);
  });
  await idle.get(ExportsService).removeAll(ana.id);
  spy.mockRestore();
  expect(await left()).toEqual([]);

  const abandoned = { contentType: 'application/zip' };
  await storage.put(`exports/${hers}.zip`, Buffer.from('x'), abandoned);
  await make(hers);
  expect(await left()).toEqual([]);

  const his = await begin(ben);
  await make(his);
  for (const name of ['999999.zip', 'stray']) await storage.put(`exports/${name}`, Buffer.from('x'), abandoned);
  await idle.get(SweeperService).sweepObjects(new Date(Date.now() + 2 * 24 * 3_600_000));
  expect(await left()).toEqual([`exports/${his}.zip`]);
  await idle.close();
});

test('it is kept in a bucket just as well', async () => {
  const s3 = await startS3();
  const env = Object.fromEntries(Object.entries(s3.env).map(([key, value]) => [key, String(value)]));
  const far = await boot({ env });
  const ana = await buildUser(far);
  await start(ana, far);
  await far.settle();
  const link = pathOf((await current(ana, far)).download_url);
  const bytes = await bytesOf(await download(link, {}, far));
  expect(rowsOf(await unzip(bytes), 'profile')).toMatchObject([{ id: ana.id }]);
  expect(await bytesOf(await download(link, { range: 'bytes=0-3' }, far))).toEqual(bytes.subarray(0, 4));
  await far.close();
  await s3.stop();
});
