import { SweeperService } from 'src/modules/files/sweeper.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { photograph, SECRET } from 'test/factories/pictures';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { erase, storedKeys } from 'test/support/erase';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { startS3 } from 'test/support/s3';

let app: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
/** Ana’s and Ben’s, and Ben’s and Cid’s. */
let source: number, target: number;
const begin = async () => {
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  source = await buildPrivateChat(app, ana, ben);
  target = await buildGroup(app, ben, [cid], 'others');
};
const send = (user: TestUser, chat: number, body: object) => api(app, user).post(`/chats/${chat}/messages`, body);
const messageOf = async (user: TestUser, id: number) =>
  (await api(app, user).get(`/chats/${target}/messages?around=${id}`)).body.messages.find((one: any) => one.id === id);

/** Ana sends a picture to Ben, who passes it on to Cid. */
async function passedOn() {
  const bytes = await photograph(1);
  const { body } = await upload(app, ana, { name: 'a.jpg', bytes }, { fields: { chat_id: String(source) } });
  await app.settle();
  const { status, body: copy } = await send(ben, target, { forward_of: body.message.id });
  expect(status).toBe(201);
  await app.settle();
  return { url: body.file_url as string, file: body.id as number, first: body.message.id as number, copy, bytes };
}
const seen = async (user: TestUser, url: string) => (await download(app, user, url)).status;
/** Some days later. */
async function sweep() {
  await app.settle();
  await app.db.query(`UPDATE files SET look_at = now() - interval '1 second'`);
  await app.get(SweeperService).sweepRows();
  await app.settle();
}
describe('the file of what was passed on', () => {
  beforeAll(async () => {
    app = await boot();
    await begin();
  });
  afterAll(() => app.close());

  test('is read clean by those to whom it came, and by nobody else', async () => {
    const { url, bytes } = await passedOn();
    const [eve] = await buildUsers(app, 'eve');
    const cids = await download(app, cid, url);
    expect([cids.status, cids.bytes.includes(SECRET)]).toEqual([200, false]);
    expect((await download(app, ben, url)).bytes.includes(SECRET)).toBe(false);
    expect((await download(app, ana, url)).bytes.equals(bytes)).toBe(true);
    expect(await seen(cid, `${url}/thumbnail?size=small`)).toBe(200);
    expect(await seen(eve, url)).toBe(404);
    // to pass it on is the message's, not the file's: he still has none of his own
    const { file } = await passedOn();
    expect((await send(cid, target, { message_type: 'image', file_id: file })).body.code).toBe('file.not_found');
    expect((await api(app, ben).delete(`/files/${file}`)).status).toBe(404);
  });

  test('stays when the original is deleted for all, until the last that passes it on is', async () => {
    const { url, first, copy, file } = await passedOn();
    const again = (await send(cid, target, { forward_of: copy.id })).body;
    await api(app, ana).delete(`/messages/${first}`);
    await sweep();
    expect(await seen(cid, url)).toBe(200);
    await api(app, ben).delete(`/messages/${copy.id}`);
    await sweep();
    expect(await seen(cid, url)).toBe(200);
    await api(app, cid).delete(`/messages/${again.id}`);
    await app.settle();
    expect(await seen(cid, url)).toBe(404);
    expect(await app.db.query('SELECT id FROM files WHERE id = $1', [file])).toEqual([]);
  });

  test('stays readable by a block and when he leaves the chat where he had it, who can pass on no more of it', async () => {
    const { url, first } = await passedOn();
    await api(app, ana).post(`/users/${ben.id}/block`);
    expect([await seen(ben, url), await seen(cid, url)]).toEqual([200, 200]);
    expect((await send(ben, target, { forward_of: first })).status).toBe(201); // he can still read it
    await api(app, ana).post(`/users/${ben.id}/unblock`);
    const group = await buildGroup(app, ana, [ben]);
    const file_id = (await upload(app, ana, { bytes: 'words' })).body.id;
    const { body } = await send(ana, group, { message_type: 'file', file_id });
    await send(ben, target, { forward_of: body.id });
    await api(app, ben).post(`/chats/${group}/leave`);
    await app.settle();
    expect([await seen(ben, body.file_url), await seen(cid, body.file_url)]).toEqual([200, 200]);
    expect((await send(ben, target, { forward_of: body.id })).body.code).toBe('message.not_found');
  });

  test('goes from everywhere when its owner takes it back', async () => {
    const { url, file, copy } = await passedOn();
    await api(app, ana).delete(`/files/${file}`);
    await app.settle();
    expect([await seen(ben, url), await seen(cid, url)]).toEqual([404, 404]);
    expect(await messageOf(cid, copy.id)).toMatchObject({ message_type: 'image', file: null, is_forwarded: true });
    expect((await send(cid, target, { forward_of: copy.id })).body.code).toBe('file.not_found');
  });

  test('of which its owner deletes the message while it is passed on, is there whole or not at all', async () => {
    for (let n = 0; n < 8; n++) {
      const { body } = await upload(app, ana, { bytes: `words ${n}` }, { fields: { chat_id: String(source) } });
      await app.settle();
      const [sent] = await Promise.all([
        send(ben, target, { forward_of: body.message.id }),
        api(app, ana).delete(`/messages/${body.message.id}`),
      ]);
      await sweep();
      if (sent.status === 201) expect(await seen(cid, body.file_url)).toBe(200);
      else expect(sent).toMatchObject({ status: 404 });
    }
  });

  test('is not his quota’s who passes it on', async () => {
    const sum = async (user: TestUser) =>
      (await app.db.query('SELECT count(*)::int AS count FROM files WHERE owner_id = $1', [user.id]))[0]!.count;
    const before = await sum(ben);
    await passedOn();
    expect(await sum(ben)).toBe(before);
  });

  test('stays, without its original, when its owner goes for good, if he had not deleted its message', async () => {
    const [kept, taken] = [await passedOn(), await passedOn()];
    await api(app, ana).delete(`/messages/${taken.first}`);
    const before = (await download(app, cid, kept.url)).bytes;
    expect(await seen(cid, taken.url)).toBe(200);
    const gone = ana;
    await erase(app, ana);
    expect((await download(app, cid, kept.url)).bytes.equals(before)).toBe(true);
    expect(await seen(cid, `${kept.url}/thumbnail?size=small`)).toBe(200);
    // what he took back from those to whom he had sent it
    expect(await seen(cid, taken.url)).toBe(404);
    expect(await messageOf(cid, taken.copy.id)).toMatchObject({ message_type: 'image', file: null });
    for (const key of await storedKeys(app)) expect(key).not.toContain(gone.id);
    await begin();
  });

  test('goes when he goes for good who alone has it, and stays with those to whom he passed it on', async () => {
    const saved = (await api(app, ben).post('/chats', { chat_type: 'saved' })).body.id as number;
    const [alone, shared] = [await passedOn(), await passedOn()];
    for (const { first } of [alone, shared]) expect((await send(ben, saved, { forward_of: first })).status).toBe(201);
    for (const { first } of [alone, shared]) await api(app, ana).delete(`/messages/${first}`);
    await api(app, ben).delete(`/messages/${alone.copy.id}`);
    await sweep();
    expect(await seen(ben, alone.url)).toBe(200);
    await erase(app, ben);
    await sweep();
    expect([await seen(ana, alone.url), await seen(cid, shared.url)]).toEqual([404, 200]);
    expect(await messageOf(cid, shared.copy.id)).toMatchObject({ sender_name: 'Deleted account', is_forwarded: true });
  });
});

test('in S3 its address, which names a chat or a person, is told to nobody once it is passed on', async () => {
  const s3 = await startS3();
  app = await boot({ env: Object.fromEntries(Object.entries(s3.env).map(([key, value]) => [key, String(value)])) });
  await begin();
  const { body } = await upload(app, ana, { name: 'a.jpg', bytes: await photograph(1) });
  const first = (await send(ana, source, { message_type: 'image', file_id: body.id })).body;
  await app.settle();
  expect((await download(app, ben, body.file_url)).headers.get('location')).toContain(ana.id);
  const copy = (await send(ben, target, { forward_of: first.id })).body;
  for (const url of [body.file_url as string, `${body.file_url}/thumbnail?size=small`]) {
    const reply = await download(app, cid, url);
    expect([reply.status, reply.headers.get('location')]).toEqual([200, null]);
    const range = await download(app, cid, url, { headers: { range: 'bytes=0-9' } });
    expect([range.status, range.bytes.length]).toEqual([206, 10]);
  }
  await api(app, ben).delete(`/messages/${copy.id}`);
  expect((await download(app, ben, body.file_url)).status).toBe(302);
  await app.close();
  await s3.stop();
});
