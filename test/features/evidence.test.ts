import { ModerationWorkers } from 'src/modules/moderation/moderation.workers';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { buildGroup } from 'test/factories/chats';
import { photograph, SECRET } from 'test/factories/pictures';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { erase, storedKeys } from 'test/support/erase';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';

let app: TestApp;
let root: TestUser, mod: TestUser, ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot();
  [root, mod, ana, ben] = await buildUsers(app, 'root', 'mod', 'ana', 'ben');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  await app.db.query(`UPDATE users SET role = 'moderator' WHERE id = $1`, [mod.id]);
});
afterAll(() => app.close());

/** A picture that somebody has sent to a group with Ana in it, and that she has reported. */
async function reported(sender: TestUser) {
  const chat = await buildGroup(app, sender, [ana]);
  const file = (await upload(app, sender, { name: 'a.jpg', bytes: await photograph(1) })).body.id as number;
  await app.settle();
  const sent = await api(app, sender).post(`/chats/${chat}/messages`, { message_type: 'image', file_id: file });
  const message = sent.body.id as number;
  const report = (await api(app, ana).post(`/messages/${message}/report`, { reason: 'sexual' })).body.id as number;
  return { chat, file, message, report, url: `/moderation/reports/${report}/file` };
}
const shown = async (report: number) => (await api(app, mod).get(`/moderation/reports/${report}`)).body;
const rowsOf = (...files: number[]) => app.db.query('SELECT id FROM files WHERE id = ANY($1)', [files]);
/** A week later. */
async function sweep() {
  await app.db.query(`UPDATE files SET look_at = now() - interval '1 second'`);
  await app.get(SweeperService).sweepRows();
  await app.settle();
}
async function later(report: number, days: number) {
  await app.db.query(`UPDATE reports SET resolved_at = resolved_at - $2 * interval '1 day' WHERE id = $1`, [
    report,
    days,
  ]);
  await app.get(ModerationWorkers).letFilesGo();
  await app.settle();
}

describe.each([
  [
    'deletes the message',
    (by: TestUser, { message }: { message: number }) => api(app, by).delete(`/messages/${message}`),
  ],
  ['takes the file back', (by: TestUser, { file }: { file: number }) => api(app, by).delete(`/files/${file}`)],
])('when the sender %s', (_what, hide) => {
  test('moderators still see what was reported, nobody else does, and it goes 30 days after the report is resolved', async () => {
    const before = await storedKeys(app);
    const it = await reported(ben);
    expect((await hide(ben, it)).status).toBe(204);
    await app.settle();
    await sweep();

    expect((await shown(it.report)).file).toMatchObject({
      ...{ id: it.file, file_url: `/api/v1${it.url}`, thumbnail_url: `/api/v1${it.url}/thumbnail` },
      ...{ file_name: 'a.jpg', content_type: 'image/jpeg', message_type: 'image' },
    });
    expect((await api(app, mod).get('/moderation/reports')).body.reports).toContainEqual(await shown(it.report));
    const seen = await download(app, mod, it.url);
    expect([seen.status, seen.headers.get('content-type'), seen.bytes.includes(SECRET)]).toEqual([
      200,
      'image/jpeg',
      false,
    ]);
    expect((await download(app, root, `${it.url}/thumbnail`)).status).toBe(200);
    for (const person of [ana, ben, mod, root]) {
      expect((await download(app, person, `/files/${it.file}`)).status).toBe(404);
      expect((await download(app, person, `/files/${it.file}/thumbnail`)).status).toBe(404);
    }
    for (const person of [ana, ben]) expect((await download(app, person, it.url)).status).toBe(403);

    await api(app, mod).post(`/moderation/reports/${it.report}/resolve`, { actions: ['dismiss'] });
    await later(it.report, 29);
    expect((await download(app, mod, it.url)).status).toBe(200);
    await later(it.report, 2);
    expect((await api(app, mod).get(it.url)).body.code).toBe('report.has_no_file');
    expect((await shown(it.report)).file).toBeNull();
    expect(await storedKeys(app)).toEqual(before);
  });
});

test('what is taken back before a worker has looked into it can be looked at all the same', async () => {
  const before = await storedKeys(app);
  const chat = await buildGroup(app, ben, [ana]);
  const renderer = app.get(PictureRenderer);
  const render = renderer.render.bind(renderer);
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const spy = jest.spyOn(renderer, 'render').mockImplementation(async (task) => (await held, render(task)));
  const send = async () => {
    const file = (await upload(app, ben, { name: 'a.jpg', bytes: await photograph(1) })).body.id as number;
    const sent = await api(app, ben).post(`/chats/${chat}/messages`, { message_type: 'image', file_id: file });
    return { file, message: sent.body.id as number };
  };
  const files = [await send(), await send()];
  const report = (await api(app, ana).post(`/messages/${files[0]!.message}/report`, { reason: 'sexual' })).body.id;
  for (const { file, message } of files) {
    expect((await api(app, ben).delete(`/messages/${message}`)).status).toBe(204);
    await api(app, ben).delete(`/files/${file}`);
  }
  expect((await api(app, mod).get(`/moderation/reports/${report}/file`)).body.code).toBe('file.processing');
  go();
  await app.settle();
  spy.mockRestore();
  const seen = await download(app, mod, `/moderation/reports/${report}/file`);
  expect([seen.status, seen.bytes.includes(SECRET)]).toEqual([200, false]);
  expect((await api(app, ana).get(`/files/${files[0]!.file}`)).status).toBe(404);
  await api(app, mod).post(`/moderation/reports/${report}/resolve`, { actions: ['dismiss'] });
  await later(report, 31);
  expect(await storedKeys(app)).toEqual(before);
});

test('a file that its message still has outlives the report', async () => {
  const it = await reported(ben);
  await api(app, mod).post(`/moderation/reports/${it.report}/resolve`, { actions: ['dismiss'] });
  await later(it.report, 31);
  expect((await download(app, ana, `/files/${it.file}`)).status).toBe(200);
});

test('who looked at what was reported is in the audit log', async () => {
  const sender = await buildUser(app, 'sender');
  const it = await reported(sender);
  await api(app, mod).post(`/moderation/reports/${it.report}/resolve`, { actions: ['delete_message'] });
  await download(app, mod, it.url);
  const { entries } = (await api(app, root).get(`/admin/audit-log?user_id=${sender.id}&action=report.file_read`)).body;
  const details = { report_id: String(it.report), file_id: String(it.file) };
  expect(entries).toMatchObject([{ actor_id: mod.id, details }]);
});

test('a file that was taken back before is not to be had by a report', async () => {
  const chat = await buildGroup(app, ben, [ana]);
  const file = (await upload(app, ben, { bytes: 'x' })).body.id;
  const sent = await api(app, ben).post(`/chats/${chat}/messages`, { message_type: 'file', file_id: file });
  await api(app, ben).delete(`/files/${file}`);
  await app.settle();
  const { id } = (await api(app, ana).post(`/messages/${sent.body.id}/report`, { reason: 'spam' })).body;
  expect((await shown(id)).file).toBeNull();
  expect((await api(app, mod).get(`/moderation/reports/${id}/file`)).status).toBe(404);
});

describe('when the sender deletes his account', () => {
  test('what was reported stays until 30 days after the report is resolved, and nothing else', async () => {
    const gone = await buildUser(app, 'gone');
    const before = await storedKeys(app);
    const there = await reported(gone);
    const hidden = await reported(gone);
    await api(app, gone).delete(`/messages/${hidden.message}`);
    const resolved = await reported(gone);
    await api(app, mod).post(`/moderation/reports/${resolved.report}/resolve`, { actions: ['dismiss'] });
    await later(resolved.report, 31);
    await api(app, gone).delete(`/messages/${resolved.message}`);
    const said = { reason: 'harassment' };
    const person = (await api(app, ana).post(`/users/${gone.id}/report`, said)).body.id as number;
    await erase(app, gone);

    for (const it of [there, hidden]) {
      const report = await shown(it.report);
      expect(report).toMatchObject({
        ...{ status: 'open', message_id: it.message, chat_id: it.chat, open_reports_of_user: 2 },
        evidence: { message_type: 'image', sender: { id: gone.id, username: gone.username } },
        user: { id: expect.not.stringMatching(gone.id), username: expect.not.stringMatching(gone.username) },
      });
      const seen = await download(app, mod, it.url);
      expect([seen.status, seen.bytes.includes(SECRET)]).toEqual([200, false]);
      expect((await download(app, mod, `${it.url}/thumbnail`)).status).toBe(200);
      // the originals went, and what is left tells whose it was only to moderators
      for (const key of await storedKeys(app)) expect(key).not.toContain(gone.id);
    }
    const gonePosts = [resolved.report, person].map((id) => api(app, mod).get(`/moderation/reports/${id}`));
    expect((await Promise.all(gonePosts)).map(({ status }) => status)).toEqual([404, 404]);
    expect((await download(app, ana, `/files/${there.file}`)).status).toBe(200);
    expect((await download(app, ana, `/files/${hidden.file}`)).status).toBe(404);

    const resolve = (id: number, action: string) =>
      api(app, mod).post(`/moderation/reports/${id}/resolve`, { actions: [action] });
    for (const action of ['warn', 'suspend'])
      expect(await resolve(there.report, action)).toMatchObject({ status: 409, body: { code: 'report.user_gone' } });
    for (const it of [there, hidden]) {
      expect((await resolve(it.report, 'delete_message')).status).toBe(200);
      await later(it.report, 29);
      expect((await download(app, mod, it.url)).status).toBe(200);
      await later(it.report, 2);
      expect((await api(app, mod).get(`/moderation/reports/${it.report}`)).status).toBe(404);
    }
    expect(await rowsOf(there.file, hidden.file)).toEqual([]);
    expect(await storedKeys(app)).toEqual(before);
  });

  test('a report that nobody resolves is not kept for ever', async () => {
    const gone = await buildUser(app, 'gone');
    const it = await reported(gone);
    await erase(app, gone);
    const after = async (days: number) => {
      await app.db.query(`UPDATE reports SET user_gone_at = user_gone_at - $2 * interval '1 day' WHERE id = $1`, [it.report, days]); // oxfmt-ignore
      await app.get(ModerationWorkers).letFilesGo();
      return (await api(app, mod).get(`/moderation/reports/${it.report}`)).status;
    };
    expect([await after(179), await after(2)]).toEqual([200, 404]);
  });

  test('what could not be made fit to be seen goes at once', async () => {
    const gone = await buildUser(app, 'gone');
    const before = await storedKeys(app);
    const chat = await buildGroup(app, gone, [ana]);
    const broken = (await photograph(1)).subarray(0, 700);
    const file = (await upload(app, gone, { name: 'a.jpg', bytes: broken })).body.id as number;
    const sent = await api(app, gone).post(`/chats/${chat}/messages`, { message_type: 'image', file_id: file });
    await api(app, ana).post(`/messages/${sent.body.id}/report`, { reason: 'sexual' });
    await app.settle();
    await erase(app, gone);
    expect(await storedKeys(app)).toEqual(before);
  });
});
