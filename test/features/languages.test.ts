import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

const NO_SUCH_CHAT = {
  en: 'There is no such chat.',
  id: 'Obrolan tidak ditemukan.',
  ja: 'チャットが見つかりません。',
  ko: '채팅을 찾을 수 없습니다.',
  zh: '找不到该聊天。',
};

let app: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot();
  ana = await buildUser(app, 'ana');
  await api(app, ana).put('/profile', { language: 'ko' });
});
afterAll(() => app.close());

test('everybody may ask which languages there are, and gets their names in his own', async () => {
  const { status, body } = await api(app).get('/languages', { headers: { 'x-language': 'id' } });
  expect(status).toBe(200);
  expect(body).toMatchObject({ current_language: 'id', default_language: 'en' });
  expect(body.supported_languages).toEqual([
    { code: 'en', name: 'Inggris', native_name: 'English', aliases: [] },
    { code: 'id', name: 'Indonesia', native_name: 'Bahasa Indonesia', aliases: ['in'] },
    { code: 'ja', name: 'Jepang', native_name: '日本語', aliases: ['jp'] },
    { code: 'ko', name: 'Korea', native_name: '한국어', aliases: [] },
    { code: 'zh', name: expect.any(String), native_name: '中文', aliases: ['cn'] },
  ]);
});

test('X-Language wins over Accept-Language, that over the user’s own, that over the default', async () => {
  const current = async (headers: Record<string, string>, user?: TestUser) => {
    const { body, headers: answer } = await api(app, user).get('/language/current', { headers });
    expect(answer.get('content-language')).toBe(body.language);
    return body;
  };
  const accept = 'fr, en;q=0.7, jp;q=0.8';
  expect(await current({ 'x-language': 'cn', 'accept-language': accept }, ana)).toEqual({
    language: 'zh',
    name: '中文',
    native_name: '中文',
    is_default: false,
  });
  expect(await current({ 'accept-language': accept }, ana)).toMatchObject({ language: 'ja', native_name: '日本語' });
  expect(await current({ 'accept-language': '*' }, ana)).toMatchObject({ language: 'ko', is_default: false });
  expect(await current({ 'accept-language': 'fr', 'x-language': '__proto__' })).toMatchObject({
    language: 'en',
    is_default: true,
  });
  expect(await current({}, { ...ana, token: 'not.a.token' })).toMatchObject({ language: 'en' });
});

test('the sample texts have plurals, numbers and dates as the language wants them', async () => {
  const samples = async (language: string) =>
    (await api(app).get('/language/test', { headers: { 'x-language': language } })).body;
  expect(await samples('en')).toMatchObject({
    language: 'en',
    translations: { greeting: 'Hello, Ana!', unread_messages: 'You have 5 unread messages.', distance: '1.2 km' },
  });
  expect(await samples('id')).toMatchObject({
    language: 'id',
    translations: { greeting: 'Halo, Ana!', error: NO_SUCH_CHAT.id, distance: '1,2 km' },
  });
  const { body } = await api(app).get('/language/test', { headers: { 'accept-language': 'fr, en-US;q=0.5' } });
  expect(body).toMatchObject({ language: 'en', translations: { distance: '0.8 mi' } });
});

test.each(Object.entries(NO_SUCH_CHAT))('a fault is told in %s', async (language, message) => {
  const answer = await api(app, ana).get('/chats/1', { headers: { 'x-language': language } });
  expect(answer).toMatchObject({ status: 404, body: { code: 'chat.not_found', message, detail: message } });
  expect(answer.headers.get('content-language')).toBe(language);
});

test('faults before and beside the routes are told in the caller’s language too', async () => {
  const headers = { 'accept-language': 'ja' };
  const answers = await Promise.all([
    api(app).get('/nowhere', { headers }),
    api(app).get('/profile', { headers }),
    api(app).post('/login', '{"broken', { headers: { ...headers, 'content-type': 'application/json' } }),
    api(app).post('/login', {}, { headers }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 401, 400, 422]);
  expect(answers.map(({ headers: answer }) => answer.get('content-language'))).toEqual(['ja', 'ja', 'ja', 'ja']);
  for (const { body } of answers) expect(body.message).toMatch(/[ぁ-ん]/);
});

test('the reasons of refused fields are in the caller’s language, whoever checks them', async () => {
  const reasons = async (language: string) => {
    const change = { display_name: 'x'.repeat(101), timezone: 'Mars/Base', bio: 7, full_name: '\0' };
    const { body } = await api(app, ana).put('/profile', change, { headers: { 'x-language': language } });
    expect(body.code).toBe('validation.failed');
    return Object.fromEntries(
      body.errors.map((fault: { field: string; message: string }) => [fault.field, fault.message]),
    );
  };
  expect(await reasons('en')).toEqual({
    display_name: 'This may have at most 100 characters.',
    full_name: 'This contains characters that cannot be stored.',
    timezone: 'There is no such time zone.',
    bio: 'Invalid input: expected string, received number',
  });
  expect(await reasons('ja')).toMatchObject({
    display_name: '100文字以内で入力してください。',
    full_name: '保存できない文字が含まれています。',
    timezone: 'このタイムゾーンは存在しません。',
    bio: expect.stringMatching(/[ぁ-ん]/),
  });
});

test('a socket speaks the language of its handshake, else its user’s', async () => {
  const told = async (options: Record<string, unknown>) => {
    const socket = await connect(app, ana, options);
    const { language } = await socket.next('connection_established');
    const reply = await socket.ask('join_chat', { chat_id: 1 });
    const refused = await socket.ask('join_chat', { chat_id: 'one' });
    socket.close();
    expect(reply).toMatchObject({ ok: false, error: { code: 'chat.not_found' } });
    expect(refused).toMatchObject({ ok: false, error: { code: 'validation.failed' } });
    return { language, message: reply.error.message };
  };
  const auth = (language: unknown) => ({ auth: { token: ana.token, language } });
  const header = (accept: string) => ({ extraHeaders: { 'accept-language': accept } });
  expect(await told(auth('jp'))).toEqual({ language: 'ja', message: NO_SUCH_CHAT.ja });
  expect(await told({ ...auth('zh-CN'), ...header('id') })).toEqual({ language: 'zh', message: NO_SUCH_CHAT.zh });
  expect(await told(header('fr, id;q=0.4'))).toEqual({ language: 'id', message: NO_SUCH_CHAT.id });
  expect(await told(auth({ not: 'a name' }))).toEqual({ language: 'ko', message: NO_SUCH_CHAT.ko });
});

test('an open socket can change its language; the user’s own stays', async () => {
  const socket = await connect(app, ana, { auth: { token: ana.token, language: 'id' } });
  const choose = (language: unknown) => socket.ask('set_language', { language });
  expect(await choose('jp-JP')).toEqual({
    ok: true,
    data: { language: 'ja', name: '日本語', native_name: '日本語', is_default: false },
  });
  for (const name of ['xx', '__proto__', 'x'.repeat(10_000), '\0', 7, undefined])
    expect(await choose(name)).toMatchObject({ ok: false, error: { message: expect.stringMatching(/[ぁ-ん]/) } });
  const reply = await socket.ask('join_chat', { chat_id: 1 });
  socket.close();
  expect(reply.error.message).toBe(NO_SUCH_CHAT.ja);
  expect((await api(app, ana).get('/profile')).body.language).toBe('ko');
});

test('what Muster says comes to an open socket in the language that it has changed to, live as by sync', async () => {
  const [ben, cid] = await buildUsers(app, 'ben', 'cid');
  const chat = await buildGroup(app, cid, [ben]);
  const socket = await connect(app, ben, { auth: { token: ben.token, language: 'id' } });
  await socket.ask('set_language', { language: 'ja' });
  await api(app, cid).put(`/chats/${chat}`, { name: 'Climbers' });
  const { content } = await socket.next('new_message');
  const { data } = await socket.ask('sync', { chats: { [chat]: 0 } });
  socket.close();
  expect(content).toMatch(/[ぁ-ん]/);
  expect(socket.all('new_message')).toHaveLength(1);
  expect(data.chats[0].events.at(-1).data.content).toBe(content);
});

test('a language is added by a folder of texts and a line in the environment; what it lacks is told in English', async () => {
  const folder = path.join(app.settings.MUSTER_HOME!, 'texts');
  await cp('i18n', folder, { recursive: true });
  await mkdir(path.join(folder, 'pt-br'));
  const write = (file: string, texts: object) => writeFile(path.join(folder, 'pt-br', file), JSON.stringify(texts));
  await write('errors.json', {
    'chat.not_found': 'Esta conversa não existe.',
    'field.too_big_other': 'No máximo {{count, number}}.',
  });
  await write('common.json', {
    'language.native_name': 'Português',
    'test.unread_messages_one': '{{count}} mensagem',
    'test.unread_messages_other': '{{count}} mensagens',
  });
  await write('words.json', {});
  const env = { I18N_DIR: folder, SUPPORTED_LANGUAGES: 'en,id,jp,ko,zh,pt-BR' };
  const node = await boot({ beside: app, roles: ['api'], env });
  try {
    const headers = { 'accept-language': 'pt-BR' };
    const { body } = await api(node).get('/languages', { headers });
    expect(body.current_language).toBe('pt-br');
    expect(body.supported_languages.at(-1)).toMatchObject({ code: 'pt-br', native_name: 'Português', aliases: [] });
    const { translations } = (await api(node).get('/language/test', { headers })).body;
    expect(translations).toMatchObject({ unread_messages: '5 mensagens', distance: '1,2 km', greeting: 'Hello, Ana!' });
    expect((await api(node, ana).get('/chats/1', { headers })).body.message).toBe('Esta conversa não existe.');
    expect((await api(node, ana).put('/profile', { language: 'pt-BR' })).body.language).toBe('pt-br');
    const refused = await api(node, ana).put('/profile', { display_name: 'x'.repeat(5000), bio: 7 });
    expect(refused.body.errors.map(({ message }: { message: string }) => message)).toEqual([
      'No máximo 100.',
      expect.stringContaining('inválida'),
    ]);
    expect((await api(app, ana).get('/language/current')).body.language).toBe('en');
  } finally {
    await node.close();
  }
});

test('a refused handshake is told in its language', async () => {
  const refused = connect(app, undefined, { auth: { language: 'id' } });
  await expect(refused).rejects.toMatchObject({
    data: { code: 'auth.unauthorized', message: 'Silakan masuk terlebih dahulu.' },
  });
});
