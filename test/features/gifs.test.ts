import { Writable } from 'node:stream';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, closeAll, type TestApp } from 'test/support/boot';
import { GIPHY_KEY, startGifServers, TENOR_KEY } from 'test/support/giphy';
import { api } from 'test/support/http';

let servers: Awaited<ReturnType<typeof startGifServers>>;
let app: TestApp;
let viaTenor: TestApp;
let without: TestApp;
/** For it alone a provider on a busy machine may be a silent one. */
let impatient: TestApp;
let ana: TestUser;
let ben: TestUser;
let log = '';
beforeAll(async () => {
  servers = await startGifServers();
  const logTo = new Writable({ write: (line: Buffer, _encoding, done) => ((log += line.toString()), done()) });
  const env = { ...servers.env, GIPHY_API_KEY: GIPHY_KEY, LOG_LEVEL: 'trace' };
  app = await boot({ roles: ['api'], env, logTo });
  const tenor = { GIPHY_API_KEY: '', TENOR_API_KEY: TENOR_KEY, GIF_RATING: 'r', GIF_HOSTS: 'tenor.com,gifs.example' };
  viaTenor = await boot({ roles: ['api'], beside: app, env: tenor, logTo });
  without = await boot({ roles: ['api'], beside: app, env: { GIPHY_API_KEY: '' }, logTo });
  impatient = await boot({ roles: ['api'], beside: app, env: { GIF_TIMEOUT_MS: '400' }, logTo });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(async () => {
  await closeAll(impatient, without, viaTenor, app);
  await servers.stop();
});
beforeEach(() => servers.calls.splice(0));
afterEach(() => servers.answer(undefined));

const gifs = (path: string, headers = {}) => api(app, ana).get(`/media/gifs/${path}`, { headers });

test('finds GIFs by words, page by page, and leaves out what is odd', async () => {
  const first = await gifs('search?q=bat&limit=40');
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ provider: 'giphy', next_cursor: expect.any(String) });
  expect(first.body.gifs).toHaveLength(39);
  expect(first.body.gifs[0]).toEqual({
    id: 'id0',
    title: 'bat 0 GIF',
    url: 'https://media.giphy.com/media/id0/giphy.gif',
    preview_url: 'https://media.giphy.com/media/id0/200w.gif',
    width: 480,
    height: 270,
  });
  const second = await gifs(`search?q=bat&limit=40&cursor=${first.body.next_cursor}`);
  expect([second.body.gifs.length, second.body.gifs[0].id, second.body.next_cursor]).toEqual([20, 'id40', null]);
});

test('asks in the caller’s language, and no less mildly than the server allows', async () => {
  await gifs('search?q=cave', { 'x-language': 'cn' });
  await gifs('search?q=cave&rating=r', { 'x-language': 'ja' });
  await gifs('trending?rating=g');
  expect(servers.calls.map(({ path, query: { lang, rating, q } }) => [path, q, lang, rating])).toEqual([
    ['/v1/gifs/search', 'cave', 'zh-CN', 'pg-13'],
    ['/v1/gifs/search', 'cave', 'ja', 'pg-13'],
    ['/v1/gifs/trending', undefined, undefined, 'g'],
  ]);
});

test('the same is asked for once, for everybody; other pages and languages are not the same', async () => {
  const first = await gifs('search?q=Stalactite');
  const again = await api(app, ben).get('/media/gifs/search?q=stalactite');
  expect(again.body).toEqual(first.body);
  expect(servers.calls).toHaveLength(1);
  await gifs('search?q=stalactite&cursor=25');
  await gifs('search?q=stalactite', { 'x-language': 'ko' });
  expect(servers.calls).toHaveLength(3);
});

test('what is found can be sent as it is', async () => {
  const chat = await buildPrivateChat(app, ana, ben);
  const { id: _id, ...metadata } = (await gifs('trending')).body.gifs[1];
  const sent = await api(app, ana).post(`/chats/${chat}/messages`, { message_type: 'gif', metadata });
  expect([sent.status, sent.body.metadata]).toEqual([201, metadata]);
});

test('speaks Tenor’s protocol too', async () => {
  const find = (path: string) => api(viaTenor, ana).get(`/media/gifs/${path}`);
  const first = await find('search?q=bat&limit=50&rating=pg');
  expect(first.body).toMatchObject({ provider: 'tenor' });
  expect(first.body.gifs[0]).toEqual({
    id: '9000',
    title: 'bat 0',
    url: 'https://media.tenor.com/0/a.gif',
    preview_url: 'https://media.tenor.com/0/t.gif',
    width: 498,
    height: 280,
  });
  const second = await find(`search?q=bat&limit=50&cursor=${first.body.next_cursor}`);
  expect([second.body.gifs.length, second.body.next_cursor]).toEqual([10, null]);
  await find('trending');
  expect(servers.calls.map(({ path, query: { contentfilter, locale } }) => [path, contentfilter, locale])).toEqual([
    ['/v2/search', 'medium', 'en_US'],
    ['/v2/search', 'off', 'en_US'],
    ['/v2/featured', 'off', 'en_US'],
  ]);
});

test('GIFs may lie at the server that is asked and at hosts that are named, and only those are offered', async () => {
  const media = (host: string) => ({ url: `https://${host}/a.gif`, dims: [498, 280] });
  const results = ['127.0.0.1', 'cdn.gifs.example', 'gifs.example.evil.example', 'notgifs.example'].map((host, id) => ({
    id,
    media_formats: { gif: media(host), tinygif: media(host) },
  }));
  servers.say(200, JSON.stringify({ results }));
  const { gifs: offered } = (await api(viaTenor, ana).get('/media/gifs/search?q=elsewhere')).body;
  expect(offered.map(({ url }: { url: string }) => new URL(url).hostname)).toEqual(['127.0.0.1', 'cdn.gifs.example']);
  const chat = await buildPrivateChat(app, ana, ben);
  const send = (url: string) =>
    api(viaTenor, ana).post(`/chats/${chat}/messages`, { message_type: 'gif', metadata: { url } });
  for (const { url } of offered) expect((await send(url)).status).toBe(201);
  for (const url of [
    'https://notgifs.example/a.gif',
    'https://media.giphy.com/a.gif',
    'https://gifs.example@evil.example/',
  ])
    expect((await send(url)).body.errors).toMatchObject([{ field: 'metadata.url', code: 'host_not_allowed' }]);
});

describe('what can go wrong', () => {
  test('nothing is configured', async () => {
    const { status, body } = await api(without, ana).get('/media/gifs/search?q=bat');
    expect([status, body.code]).toEqual([503, 'gifs.not_configured']);
    expect((await api(without, ana).get('/media/gifs/trending')).body.code).toBe('gifs.not_configured');
  });

  test.each([
    ['asks us to wait', 429, '{"meta":{"status":429}}', 503, 'gifs.unavailable'],
    ['fails', 500, 'oh', 502, 'gifs.provider_failed'],
    ['refuses our key', 403, '{}', 502, 'gifs.provider_failed'],
    ['answers with a page', 200, '<html>', 502, 'gifs.provider_failed'],
    ['answers with another form', 200, '{"data":{}}', 502, 'gifs.provider_failed'],
  ])('the provider %s, and is asked again the next time', async (title, status, answer, expected, code) => {
    servers.say(status, answer);
    const q = encodeURIComponent(title);
    const refused = await gifs(`search?q=${q}`);
    expect([refused.status, refused.body.code]).toEqual([expected, code]);
    servers.answer(undefined);
    expect((await gifs(`search?q=${q}`)).status).toBe(200);
  });

  test('the provider is silent, breaks off, or sends us elsewhere', async () => {
    servers.answer(() => undefined);
    expect((await api(impatient, ana).get('/media/gifs/search?q=silent')).body.code).toBe('gifs.unavailable');
    servers.answer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{');
      setImmediate(() => response.destroy());
    });
    expect((await gifs('search?q=cut')).body.code).toBe('gifs.unavailable');
    servers.answer((_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    expect((await gifs('search?q=elsewhere')).body.code).toBe('gifs.unavailable');
  });

  test.each([
    ['no words', 'search'],
    ['only spaces', 'search?q=%20'],
    ['too many', `search?q=${'x'.repeat(51)}`],
    ['NUL', 'search?q=a%00'],
    ['a page too large', 'trending?limit=51'],
    ['no such rating', 'trending?rating=x'],
    ['a made-up cursor', 'trending?cursor=-1'],
    ['a cursor with more in it', 'trending?cursor=1%26api_key%3Dx'],
  ])('%s: the provider is not asked', async (_title, path) => {
    expect((await gifs(path)).status).toBe(422);
    expect(servers.calls).toEqual([]);
  });

  test('strangers get nothing', async () => {
    expect((await api(app).get('/media/gifs/trending')).status).toBe(401);
  });

  test('the key is never in the log', () => {
    expect([log.includes('127.0.0.1 answers 500'), log.includes('127.0.0.1 is not reached')]).toEqual([true, true]);
    expect([log.includes(GIPHY_KEY), log.includes(TENOR_KEY)]).toEqual([false, false]);
  });
});
