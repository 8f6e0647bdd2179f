import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JobData } from 'src/contracts';
import { AccountWorkers } from 'src/modules/account/account.workers';
import { PersonalDataRegister } from 'src/core/personal-data/register';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { codeOf, turnOnSecondFactor } from 'test/factories/second-factors';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { mailsOf, startSmtp, type Smtp } from 'test/support/mailbox';
import { redisServersOf } from 'test/support/redis';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const login = (user: TestUser) => api(app).post('/login', { email: user.email, password: user.password });
const leave = (user: TestUser, body: Record<string, unknown> = {}) =>
  api(app, user).delete('/profile', { body: { password: user.password, ...body } });
const rowOf = async (user: TestUser) =>
  (
    await app.db.query<{ deletion_due_at: Date | null; is_active: boolean }>('SELECT * FROM users WHERE id = $1', [
      user.id,
    ])
  )[0];
const pass = (user: TestUser, days: number) =>
  app.db.query(`UPDATE users SET deletion_due_at = deletion_due_at - $2 * interval '1 day' WHERE id = $1`, [
    user.id,
    days,
  ]);
async function deleteDue() {
  await app.get(AccountWorkers).beginErasures();
  await app.settle();
}

describe('asking for it', () => {
  test('closes the account for 14 days, in which signing in keeps it', async () => {
    const ana = await buildUser(app, 'ana');
    await api(app, ana).put('/profile', { language: 'ko' });
    const socket = await connect(app, ana);
    const reply = await leave(ana);
    expect(reply.status).toBe(200);
    const days = (Date.parse(reply.body.deletion_due_at) - Date.now()) / 86_400_000;
    expect(Math.abs(days - 14)).toBeLessThan(0.01);
    await socket.next('session_revoked');
    expect((await api(app, ana).get('/profile')).status).toBe(401);
    await app.settle();
    expect((await mailsOf(app)).at(-1)).toContain('Subject: Muster 계정이 삭제될 예정입니다');

    await pass(ana, 13);
    await deleteDue();
    const back = await login(ana);
    expect(back.body.user).toMatchObject({ id: ana.id, is_active: true });
    expect(await rowOf(ana)).toMatchObject({ deletion_due_at: null, is_active: true });
    await deleteDue();
    expect((await login(ana)).status).toBe(200);
  });

  test('takes the password, and a code where there is a second factor', async () => {
    const [ana, bea] = await buildUsers(app, 'ana', 'bea');
    expect((await leave(ana, { password: 'wrong horse battery' })).body.code).toBe('auth.wrong_password');
    for (const body of [{}, { password: 7 }, { password: ana.password, immediately: 'yes' }])
      expect((await api(app, ana).delete('/settings/account', { body })).status).toBe(422);
    expect((await api(app).delete('/profile', { body: { password: ana.password } })).status).toBe(401);
    expect(await rowOf(ana)).toMatchObject({ deletion_due_at: null, is_active: true });

    const { secret } = await turnOnSecondFactor(app, bea);
    expect((await leave(bea)).body.code).toBe('auth.wrong_two_factor_code');
    expect((await leave(bea, { code: '000000' })).status).toBe(403);
    expect((await leave(bea, { code: codeOf(secret) })).status).toBe(200);
    const { challenge } = (await login(bea)).body.params;
    expect((await rowOf(bea))!.is_active).toBe(false);
    const back = await api(app).post('/login/2fa', { challenge, code: codeOf(secret, 1) });
    expect(back.status).toBe(200);
    expect(await rowOf(bea)).toMatchObject({ deletion_due_at: null, is_active: true });
  });

  test('once its time has come, nobody comes back', async () => {
    const ana = await buildUser(app, 'ana');
    await leave(ana);
    await pass(ana, 15);
    await Promise.all([deleteDue(), deleteDue()]);
    expect((await login(ana)).body.code).toBe('auth.invalid_credentials');
    const again = { email: ana.email, username: ana.username, password: ana.password };
    expect((await api(app).post('/register', again)).status).toBe(201);
  });
});

test('coming back ends one’s own closing of the account, and not what others did', async () => {
  const [ana, bad] = await buildUsers(app, 'ana', 'bad');
  for (const user of [ana, bad]) await api(app, user).post('/settings/account/deactivate');
  await app.db.query(`UPDATE users SET suspended_at = now(), suspension_reason = 'spam' WHERE id = $1`, [bad.id]);
  expect((await login(ana)).status).toBe(200);
  expect((await login(bad)).body.code).toBe('auth.account_suspended');
  expect((await rowOf(bad))!.is_active).toBe(false);
});

describe('what others have of a deleted account', () => {
  test('is what it wrote to them, by a deleted account, in their language; groups get another owner', async () => {
    const [gone, ben, cleo] = await buildUsers(app, 'gone', 'ben', 'cleo');
    const [pair, group] = [await buildPrivateChat(app, gone, ben), await buildGroup(app, gone, [ben, cleo])];
    const { body: first } = await api(app, gone).post(`/chats/${pair}/messages`, {
      content: 'farewell',
      client_id: 'x',
    });
    await api(app, ben).post(`/chats/${pair}/messages`, { content: 'wait', reply_to_id: first.id });
    const dan = await buildUser(app, 'dan');
    await api(app, gone).post(`/chats/${group}/participants`, { user_ids: [dan.id] });
    await api(app, gone).post(`/chats/${group}/messages`, { content: 'to all' });
    await leave(gone, { immediately: true });
    await app.settle();

    const japanese = { headers: { 'x-language': 'ja' } };
    const name = '削除されたアカウント';
    const him = api(app, ben);
    const { messages } = (await him.get(`/chats/${pair}/messages`, japanese)).body;
    expect(messages.map(({ content }: { content: string }) => content)).toEqual(['wait', 'farewell']);
    expect(messages[0]).toMatchObject({ reply_to_content: 'farewell', reply_to_sender: name });
    expect(messages[1]).toMatchObject({ sender_name: name, sender_avatar_url: null, client_id: null });
    expect(messages[1].sender_id).not.toBe(gone.id);
    const { chats } = (await him.get('/chats', japanese)).body;
    expect(chats.find(({ id }: { id: number }) => id === pair).name).toBe(name);
    expect((await him.get(`/users/${messages[1].sender_id}`)).status).toBe(404);
    expect((await him.post(`/chats/${pair}/messages`, { content: 'hello?' })).body.code).toBe('chat.closed');
    const [row] = await app.db.query('SELECT user_id FROM chat_participants WHERE chat_id = $1 AND role = $2', [
      group,
      'owner',
    ]);
    expect(row!.user_id).toBe(ben.id);
    const inGroup = (await him.get(`/chats/${group}/messages`)).body.messages;
    expect(inGroup.map(({ content }: { content: string }) => content)).toEqual([
      ...['ben owns the group now', 'Deleted account left', 'to all', 'Deleted account added dan'],
    ]);
    expect(inGroup.every((one: any) => one.sender_name === 'Deleted account')).toBe(true);

    // when the other goes too, there is nobody left to whom the chat belongs
    await leave(ben, { immediately: true });
    await app.settle();
    expect(await app.db.query('SELECT id FROM chats WHERE id = $1', [pair])).toEqual([]);
  });
});

/** All that is stored, as text: rows of all tables, keys and values of Redis, files and mails. */
async function everything(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const tables = await app.db.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const rows = await app.db.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    found.set(`table ${name}`, rows.map(({ text }) => text).join('\n'));
  }
  for (const redis of redisServersOf(app))
    for (const key of await redis.keys(`${app.settings.REDIS_PREFIX}:*`))
      found.set(`redis ${key}`, await valueOf(redis, key));
  const home = app.settings.MUSTER_HOME!;
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(`file ${path.relative(home, file)}`, (await readFile(file)).toString('latin1'));
    else found.set(`folder ${path.relative(home, file)}`, '');
  }
  return found;
}

async function valueOf(redis: Redis, key: string): Promise<string> {
  const read = {
    string: () => redis.get(key),
    hash: () => redis.hgetall(key),
    set: () => redis.smembers(key),
    zset: () => redis.zrange(key, 0, -1),
    list: () => redis.lrange(key, 0, -1),
    stream: () => redis.xrange(key, '-', '+'),
  }[(await redis.type(key)) as 'string'];
  return JSON.stringify(await read?.());
}

const placesOf = (all: Map<string, string>, needle: string) =>
  [...all].filter(([name, text]) => `${name}\n${text}`.includes(needle)).map(([name]) => name);

test('nothing that is stored anywhere names who has gone', async () => {
  const gone = await buildUser(app, 'zebulon');
  const ben = await buildUser(app, 'ben');
  const [me, him] = [api(app, gone), api(app, ben)];
  const socket = await connect(app, gone);
  const place = { latitude: 45.7722123, longitude: 14.3577456, accuracy: 8 };
  await me.put('/profile', { display_name: 'Zebulon Quux', bio: 'bio of quux', phone_number: '+386 40 123 456' });
  await me.put('/profile/status', { status_message: 'status of quux' });
  await me.post('/profile/send-email-verification');
  await api(app).post('/auth/forgot-password', { email: gone.email });
  const [pair, group] = [await buildPrivateChat(app, gone, ben), await buildGroup(app, gone, [ben])];
  for (const chat of [pair, group]) {
    const keyed = { headers: { 'idempotency-key': `key-of-quux-${chat}` } };
    await me.post(`/chats/${chat}/messages`, { content: 'what stays', client_id: `client-of-quux-${chat}` }, keyed);
    await him.post(`/chats/${chat}/messages`, { content: 'his' });
    const at = { message_type: 'location', metadata: { ...place, name: 'Quux’s' } };
    await me.post(`/chats/${chat}/messages`, at);
  }
  await me.put('/location/settings', { history: 'forever' });
  await me.post('/location/update', { ...place, client_id: 'point-of-quux' });
  const fence = { name: 'Home of quux', center_latitude: 45.7722123, center_longitude: 14.3577456, radius_meters: 100 };
  await me.post('/location/geofences', fence);
  await me.post('/location/shares', { target_user_id: ben.id, duration_minutes: 60 });
  await him.post('/location/shares', { target_user_id: gone.id, duration_minutes: 60 });
  await me.post('/push-notifications/device-tokens', { token: 'token-of-quux', device_type: 'web' });
  await him.post(`/users/${gone.id}/block`);
  await him.post(`/users/${gone.id}/unblock`);
  await me.post(`/users/${ben.id}/block`);
  await me.post('/settings/account/export');
  await socket.ask('set_status', { status: 'away' });
  const upload = new FormData();
  upload.set('file', new Blob(['file of quux\n'.repeat(50)], { type: 'text/plain' }), 'quux.txt');
  const headers = { authorization: `Bearer ${gone.token}` };
  const picture = new FormData();
  picture.set('avatar', new Blob([await photograph(1)], { type: 'image/jpeg' }), 'quux.jpg');
  const posts: [string, FormData][] = [
    ['files/upload', upload],
    ['profile/avatar', picture],
  ];
  for (const [path, body] of posts)
    expect((await fetch(`${app.url}/api/v1/${path}`, { method: 'POST', body, headers })).ok).toBe(true);
  const complaint = { reason: 'harassment', comment: 'says quux' };
  expect((await him.post(`/users/${gone.id}/report`, { ...complaint, comment: 'about Zebulon' })).status).toBe(201);
  expect((await me.post(`/users/${ben.id}/report`, complaint)).status).toBe(201);
  await app.db.query(
    `INSERT INTO audit_log (tenant_id, actor_id, action, target_id, details) VALUES ('default', $1, 'x', $1, '{}')`,
    [gone.id],
  );
  const { secret } = await turnOnSecondFactor(app, gone);
  await app.settle();

  const before = await everything();
  const traces = [gone.id, gone.email, gone.username, 'Zebulon', 'quux', '45.7722', '14.3577', '386 40 123', secret];
  for (const trace of traces.slice(0, -1)) expect(placesOf(before, trace)).not.toEqual([]);
  expect(placesOf(before, gone.id).length).toBeGreaterThan(12);
  const named = placesOf(before, 'quux');
  expect(named).toEqual(expect.arrayContaining(['table reports', 'table files', expect.stringMatching(/^file files/)]));
  expect(placesOf(before, `avatars/${gone.id}/`)).toEqual(expect.arrayContaining([expect.stringMatching(/^file /)]));

  expect((await leave(gone, { code: codeOf(secret), immediately: true })).status).toBe(200);
  await until('his connection is closed', () => !socket.raw.connected);
  await app.settle();
  await until('he is gone', async () => (await rowOf(gone)) === undefined);
  // files are looked at once more a minute later
  type Later = { payload: JobData<'files.disown'> };
  for (const { payload } of await app.db.query<Later>(`SELECT payload FROM outbox WHERE handler = 'files.disown'`))
    await app.get(FilesWorkers).disown(payload);
  await app.settle();
  await app.get(ListedRooms).look(); // every 5 s by itself

  const after = await everything();
  const kept = app
    .get(PersonalDataRegister)
    .holdings.filter(({ fate }) => typeof fate === 'object')
    .map(({ table }) => `table ${table}`);
  for (const trace of traces)
    expect({ [trace]: placesOf(after, trace).filter((name) => !kept.includes(name)) }).toEqual({ [trace]: [] });
  expect(placesOf(after, 'what stays')).toContain('table messages');
  for (const trace of traces.slice(1)) expect(placesOf(after, trace)).toEqual([]);
  // what he reported stays to be looked at, as nobody's
  expect(await app.db.query('SELECT user_id, reporter_id, comment FROM reports')).toEqual([
    { user_id: ben.id, reporter_id: null, comment: null },
  ]);
});

test('goes on where it stood when something got in the way', async () => {
  const idle = await boot({ roles: ['api'] });
  const erase = (userId: string) => idle.get(AccountWorkers).erase({ user_id: userId });
  const ana = await buildUser(idle, 'ana');
  await api(idle, ana).put('/profile/status', { status: 'away' });
  const body = { password: ana.password, immediately: true };
  expect((await api(idle, ana).delete('/settings/account', { body })).status).toBe(200);
  await idle.db.query('ALTER TABLE device_tokens RENAME TO tokens_away');
  await expect(erase(ana.id)).rejects.toThrow('device_tokens');
  expect(await idle.db.query('SELECT id FROM users WHERE id = $1', [ana.id])).toHaveLength(1);
  expect((await api(idle).post('/login', ana)).status).toBe(401);
  await idle.db.query('ALTER TABLE tokens_away RENAME TO device_tokens');
  await erase(ana.id);
  await erase(ana.id);
  expect(await idle.db.query('SELECT id FROM users WHERE id = $1', [ana.id])).toEqual([]);
  expect(await idle.db.query('SELECT * FROM account_erasures')).toEqual([]);
  expect((await mailsOf(idle)).length).toBe(0);
  await idle.close();
});

describe('of an account to which no letter goes', () => {
  let smtp: Smtp;
  let idle: TestApp;
  beforeAll(async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    smtp = await startSmtp();
    idle = await boot({ roles: ['api'], env: { SMTP_URL: `${smtp.url}?socketTimeout=300` } });
  });
  afterAll(async () => {
    await idle.close();
    await smtp.stop();
  });
  const erase = (userId: string) => idle.get(AccountWorkers).erase({ user_id: userId });
  const left = ({ id }: TestUser) => idle.db.query('SELECT FROM users WHERE id = $1', [id]);
  const leaver = async (name: string) => {
    const user = await buildUser(idle, name);
    const body = { password: user.password, immediately: true };
    expect((await api(idle, user).delete('/profile', { body })).status).toBe(200);
    return user;
  };

  test('nothing stays when its mailbox is none', async () => {
    const ana = await leaver('ana');
    smtp.fault = 'never';
    await erase(ana.id);
    expect(await left(ana)).toEqual([]);
    expect(smtp.mails).toEqual([]);
  });

  test('nothing stays when the mail server has been away for long, and until then the letter is tried', async () => {
    const [ana, ben] = [await leaver('ana'), await leaver('ben')];
    await idle.db.query('DELETE FROM outbox');
    smtp.fault = 'silent';
    for (const { id } of [ana, ben]) await erase(id);
    expect([await left(ana), await left(ben)].flat()).toHaveLength(2);
    const sql = `SELECT payload->>'user_id' AS id, run_at - now() BETWEEN '4 min' AND '5 min' AS is_soon FROM outbox ORDER BY id`;
    expect(await idle.db.query(sql)).toEqual([ana, ben].map(({ id }) => ({ id, is_soon: true })));

    smtp.fault = undefined;
    await erase(ana.id);
    expect(await left(ana)).toEqual([]);
    expect(smtp.mails.map(({ to }) => to)).toEqual([ana.email]);

    smtp.fault = 'later';
    await idle.db.query(`UPDATE account_erasures SET created_at = now() - interval '61 min'`);
    await erase(ben.id);
    expect(await left(ben)).toEqual([]);
    expect(smtp.mails).toHaveLength(1);
  });
});
