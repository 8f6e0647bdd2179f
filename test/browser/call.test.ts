import { accessSync, constants, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

/** Where Chromium is, or why there is none. */
function findChromium(): { executable: string } | { missing: string } {
  if (process.env.CI) return { missing: 'not in CI' };
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  const candidates = [
    ...(CHROMIUM_PATH ? [CHROMIUM_PATH] : []),
    ...PATH.split(path.delimiter).flatMap((folder) => names.map((name) => path.join(folder, name))),
  ];
  const executable = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return executable ? { executable } : { missing: 'no Chromium on PATH or at CHROMIUM_PATH' };
}
const found = findChromium();
const [realTest, why] = 'missing' in found ? [test.skip, ` (skipped: ${found.missing})`] : [test, ''];

const FLAGS = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** For browsers; the package exports it to bundlers only. */
const CLIENT = path.resolve(path.dirname(require.resolve('socket.io-client')), '../../dist/socket.io.min.js');

let app: TestApp | undefined, pages: Server | undefined, browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  pages?.close();
  await app?.close();
});

realTest(
  `two browsers ring, answer, see and hear each other through our signalling, and hang up${why}`,
  async () => {
    app = await boot({ env: { ALLOWED_ORIGINS: '*' } });
    pages = await servePage();
    browser = await chromium.launch({ executablePath: (found as { executable: string }).executable, args: FLAGS });
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const [hers, his] = [await open(ana), await open(ben)];

    await press(hers, 'call', ben.id);
    await until('it rings at Ben’s', async () => (await heard(his)).includes('call_initiated'));
    await press(his, 'answer');
    await until('each sees and hears the other', async () => (await received(hers)) && (await received(his)));

    expect(await heard(hers)).toEqual(expect.arrayContaining(['call_ringing', 'call_answered', 'call_signal']));
    await press(hers, 'hangUp');
    await until('Ben’s side has hung up', async () => (await heard(his)).includes('call_ended'));
    const { calls } = (await api(app, ben).get('/video-calls/history')).body;
    expect(calls).toMatchObject([{ status: 'ended', end_reason: 'hung_up', ended_by: ana.id, direction: 'incoming' }]);
  },
  60_000,
);

/** A page of the client’s own, as an app’s would be, with the client and nothing else. */
async function servePage(): Promise<Server> {
  const files: Record<string, [string, string]> = {
    '/': [
      'text/html',
      '<!doctype html><video autoplay></video><script src="io.js"></script><script src="caller.js"></script>',
    ],
    '/io.js': ['text/javascript', readFileSync(CLIENT, 'utf8')],
    '/caller.js': ['text/javascript', readFileSync(path.join(__dirname, 'caller.js'), 'utf8')],
  };
  const server = createServer(({ url = '/' }, response) => {
    const [type, text] = files[url] ?? ['text/plain', ''];
    response.writeHead(files[url] ? 200 : 404, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function open({ token }: TestUser): Promise<Page> {
  const page = await (await browser!.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${(pages!.address() as AddressInfo).port}/`);
  await press(page, 'connect', app!.url, token);
  return page;
}

/** Calls a method of the page’s client. */
const press = (page: Page, method: string, ...args: unknown[]): Promise<unknown> =>
  page.evaluate(`caller.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
const heard = (page: Page) => page.evaluate<string[]>('caller.heard.map(({ name }) => name)');
async function received(page: Page): Promise<boolean> {
  const { frames, packets, colours } = (await press(page, 'received')) as Record<
    'frames' | 'packets' | 'colours',
    number
  >;
  return frames > 5 && packets > 5 && colours > 3;
}
