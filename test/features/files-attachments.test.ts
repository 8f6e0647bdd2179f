import { MessageFilesWorkers } from 'src/modules/chats/message-files.workers';
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { DisowningService } from 'src/modules/files/disowning.service';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { Storage } from 'src/core/storage/storage';
import { buildGroup } from 'test/factories/chats';
import { photograph, SECRET } from 'test/factories/pictures';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { until } from 'test/support/until';
import { connect } from 'test/support/socket';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
let ana: TestUser;
let ben: TestUser;
let eve: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  chat = await buildGroup(app, ana, [ben]);
});
afterAll(() => app.close());

const send = (user: TestUser, bytes: Buffer | string, fields: object, headers: Record<string, string> = {}) =>
  upload(app, user, { name: 'a.jpg', bytes }, { fields: { chat_id: String(chat), ...fields }, headers });

test('a file is sent as it is uploaded; members get it clean, its owner as it was', async () => {
  const socket = await connect(app, ben);
  const bytes = await photograph(6);
  const { status, body } = await send(ana, bytes, { content: 'On the top' });
  expect(status).toBe(201);
  expect(body.message).toMatchObject({ chat_id: chat, message_type: 'image', content: 'On the top', file_id: body.id });
  expect((await socket.next('new_message')).id).toBe(body.message.id);
  await app.settle();
  const [his, hers] = [await download(app, ben, body.file_url), await download(app, ana, body.file_url)];
  expect([his.status, his.bytes.includes(SECRET), hers.bytes.equals(bytes)]).toEqual([200, false, true]);
  expect((await download(app, ben, `${body.file_url}/thumbnail?size=small`)).status).toBe(200);
  expect((await download(app, eve, body.file_url)).status).toBe(404);
  await api(app, ana).delete(`/messages/${body.message.id}`);
  await app.settle();
  expect((await download(app, ben, body.file_url)).status).toBe(404);
  socket.close();
});

test('a file can answer, and belong to a thread', async () => {
  const { id } = (await send(ana, 'first', {})).body.message;
  const { body } = await send(ben, 'second', { reply_to_id: String(id), thread_id: String(id) });
  expect(body.message).toMatchObject({ reply_to_id: id, thread_id: id });
});

test('members are told once when the preview of a file is there, however often that is said, and in every chat where it stands', async () => {
  const other = await buildGroup(app, ana, [ben], 'other');
  const replica = await verifySync(app, ben, async () => {
    const { body } = await send(ana, await photograph(6), {});
    await api(app, ana).post(`/chats/${other}/messages`, { message_type: 'image', file_id: body.id });
    await app.settle();
    const workers = app.get(MessageFilesWorkers);
    await Promise.all([workers.processed({ file_id: body.id }), workers.processed({ file_id: body.id })]);
  });
  for (const id of [chat, other]) {
    const held = replica.state.chats.find((one) => one.id === id).messages.at(-1);
    const { file_url, width, height } = held.file;
    expect(held).toMatchObject({ thumbnail_url: `${file_url}/thumbnail`, file: { preview: 'ready' } });
    expect([width, height, held.file.thumbhash]).toEqual([expect.any(Number), expect.any(Number), expect.any(String)]);
    const sql = `SELECT count(*)::int AS count FROM chat_changes WHERE chat_id = $1 AND message_id = $2 AND type = 'message_updated'`;
    expect(await app.db.query(sql, [id, held.id])).toEqual([{ count: 1 }]);
  }
});

test('a retry makes neither a second file nor a second message', async () => {
  const headers = { 'idempotency-key': 'sent-1' };
  const first = await send(ana, 'words', {}, headers);
  expect(first.status).toBe(201);
  const again = await send(ana, 'words', {}, headers);
  expect([again.body.id, again.body.message.id]).toEqual([first.body.id, first.body.message.id]);
  expect((await send(ana, 'others', {}, headers)).body.code).toBe('idempotency.mismatch');
});

test('of what somebody sent who has left, others keep what they could read, and nothing tells whose it was', async () => {
  const gone = await buildUser(app, 'gone');
  const group = await buildGroup(app, ana, [ben, gone]);
  const sendThere = async (bytes: Buffer | string) => (await send(gone, bytes, { chat_id: String(group) })).body;
  const bytes = await photograph(6);
  const { body: picture } = await upload(app, gone, { name: 'a.jpg', bytes });
  await app.settle();
  const say = { message_type: 'image', file_id: picture.id };
  expect((await api(app, gone).post(`/chats/${group}/messages`, say)).status).toBe(201);
  const plan = await sendThere('our plan');
  const unsent = (await upload(app, gone, { bytes: 'mine alone' })).body;
  const broken = await sendThere((await photograph(1)).subarray(0, 300));
  await app.settle();
  const before = await download(app, ben, picture.file_url);

  const leaving = { body: { password: gone.password, immediately: true } };
  expect((await api(app, gone).delete('/profile', leaving)).status).toBe(200);
  await until('the account is gone', async () => {
    return !(await app.db.query('SELECT FROM users WHERE id = $1', [gone.id])).length;
  });
  // what is done a minute later
  const later = await app.db.query<{ payload: { file_ids: number[]; stand_in_id: string } }>(
    `SELECT payload FROM outbox WHERE handler = 'files.disown'`,
  );
  for (const { payload } of later) await app.get(DisowningService).disown(payload.file_ids, payload.stand_in_id);
  await app.settle();

  expect((await download(app, ben, picture.file_url)).bytes.equals(before.bytes)).toBe(true);
  expect((await download(app, ben, `${picture.file_url}/thumbnail?size=small`)).status).toBe(200);
  expect((await download(app, ben, plan.file_url)).bytes.toString()).toBe('our plan');
  const sql = 'SELECT id FROM files WHERE id = ANY($1) AND deleted_at IS NULL ORDER BY id';
  expect(await app.db.query(sql, [[picture.id, plan.id, unsent.id, broken.id]])).toEqual([
    { id: picture.id },
    { id: plan.id },
  ]);
  const storage = app.get(Storage);
  for await (const { key } of storage.list('')) {
    expect(key).not.toContain(gone.id);
    const isLeft = later.some(({ payload }) => key.includes(payload.stand_in_id));
    if (isLeft) expect((await buffer((await storage.get(key)).body)).includes(SECRET)).toBe(false);
  }
});

test('a file that is moved while the sweeper looks for it is not taken for lost', async () => {
  const { body } = await send(ana, 'our plan', {});
  await app.settle();
  await app.db.query('UPDATE files SET look_at = now() WHERE id = $1', [body.id]);
  const storage = app.get(Storage);
  const head = storage.head.bind(storage);
  const spy = jest.spyOn(storage, 'head').mockImplementationOnce(async (key) => {
    await app.get(DisowningService).disown([body.id], randomUUID());
    return head(key);
  });
  await app.get(SweeperService).sweepRows();
  expect(spy).toHaveBeenCalled();
  spy.mockRestore();
  await app.settle();
  expect((await download(app, ben, body.file_url)).bytes.toString()).toBe('our plan');
});

test('who takes no part, or says what is no message, stores nothing', async () => {
  const stored = async () => {
    const keys: string[] = [];
    for await (const { key } of app.get(Storage).list('')) keys.push(key);
    return keys;
  };
  await app.settle();
  const before = await stored();
  expect((await send(eve, 'words', {})).body.code).toBe('chat.not_found');
  expect((await send(ana, 'words', { chat_id: '999999' })).body.code).toBe('chat.not_found');
  for (const fields of [{ chat_id: 'x' }, { message_type: 'text' }, { message_type: 'system' }, { metadata: '{' }])
    expect((await send(ana, 'words', fields)).status).toBe(422);
  expect(await stored()).toEqual(before);
});
