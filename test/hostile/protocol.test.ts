import type { Server } from 'socket.io';
import { Realtime } from 'src/core/realtime/realtime';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { until } from 'test/support/until';
import { WebSocket, type RawData } from 'ws';

// What the Engine.IO 4 and Socket.IO 5 protocols ask of a server, after the cases of their own test suites, spoken by hand.

const BEATS = { pingInterval: 300, pingTimeout: 200 };

let app: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  ana = await buildUser(app, 'ana');
});
afterAll(async () => {
  for (const { raw } of lines) raw.terminate(); // closed ones too wait for a last word
  await app.close();
});

const address = (query: string) => `${app.url}/socket.io/?${query}`;
const ask = async (query: string, init?: RequestInit) => {
  const response = await fetch(address(query), init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const say = (sid: string, body: string) => ask(`EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body });
const poll = (sid: string) => ask(`EIO=4&transport=polling&sid=${sid}`);
const openByPolling = async () => JSON.parse((await ask('EIO=4&transport=polling')).text.slice(1)) as { sid: string };
/** Joined the main namespace, by polling; the packets that came. */
const joinByPolling = async () => {
  const { sid } = await openByPolling();
  await say(sid, `40${JSON.stringify({ token: ana.token })}`);
  let heard = '';
  while (!heard.includes('connection_established')) heard += (await poll(sid)).text;
  return { sid, heard };
};

const lines: Line[] = [];
/** A WebSocket and all it has heard. */
class Line {
  readonly heard: string[] = [];
  closed?: number;
  readonly raw: WebSocket;

  constructor(query: string, headers: Record<string, string> = {}) {
    this.raw = new WebSocket(address(query).replace('http', 'ws'), { headers });
    this.raw.on('message', (data: RawData, isBinary: boolean) =>
      this.heard.push(isBinary ? `<${(data as Buffer).toString('hex')}>` : (data as Buffer).toString()),
    );
    this.raw.on('close', (code) => (this.closed = code));
    this.raw.on('error', () => (this.closed ??= 0));
    lines.push(this);
  }

  hears = async (part: string): Promise<string> => {
    await until(`${part} is heard`, () => this.heard.some((one) => one.startsWith(part)));
    return this.heard.find((one) => one.startsWith(part))!;
  };
  closes = () => until('it is closed', () => this.closed !== undefined);
  opens = () => until('it is open', () => this.raw.readyState === WebSocket.OPEN);
}
const line = async () => {
  const opened = new Line('EIO=4&transport=websocket');
  await opened.hears('0{');
  return opened;
};
const joined = async () => {
  const one = await line();
  one.raw.send(`40${JSON.stringify({ token: ana.token })}`);
  await one.hears('42["connection_established"');
  return one;
};

describe('Engine.IO: opening', () => {
  const handshake = {
    sid: expect.any(String) as string,
    pingInterval: expect.any(Number) as number,
    pingTimeout: expect.any(Number) as number,
    maxPayload: 256 * 1024,
  };

  test('by polling and by WebSocket, with the terms of the connection', async () => {
    const { status, text, headers } = await ask('EIO=4&transport=polling');
    expect([status, text[0]]).toEqual([200, '0']);
    expect(JSON.parse(text.slice(1))).toEqual({ ...handshake, upgrades: ['websocket'] });
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const direct = await line();
    expect(JSON.parse(direct.heard[0]!.slice(1))).toEqual({ ...handshake, upgrades: [] });
    direct.raw.close();
  });

  test.each([
    ['no version', 'transport=polling', 400],
    ['another version', 'EIO=abc&transport=polling', 400],
    ['no transport', 'EIO=4', 400],
    ['another transport', 'EIO=4&transport=abc', 400],
    ['__proto__ as transport', 'EIO=4&transport=__proto__', 400],
    ['an unknown session', 'EIO=4&transport=polling&sid=abc', 400],
  ])('%s is refused', async (_title, query, status) => {
    expect((await ask(query)).status).toBe(status);
    const refused = new Line(query.replace('polling', 'websocket'));
    await refused.closes();
    expect(refused.heard.filter((one) => one.startsWith('0'))).toEqual([]);
  });

  test('other methods, hosts that are not ours, and pages of foreign origins are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await ask('EIO=4&transport=polling', { method })).status).toBe(400);
    for (const headers of [
      { origin: 'https://evil.example' },
      { host: 'evil.example' },
      { host: 'evil.example', origin: 'http://evil.example' },
    ]) {
      // oxfmt-ignore
      const refused = new Line('EIO=4&transport=websocket', headers as Record<string, string>);
      await refused.closes();
      expect({ headers, heard: refused.heard }).toEqual({ headers, heard: [] });
    }
  });
});

describe('Engine.IO: messages by polling', () => {
  test('several packets come in one body; binary ones are base64', async () => {
    const { sid } = await joinByPolling();
    expect((await say(sid, '421["ping",{}]\x1e422["ping",{}]')).text).toBe('ok');
    let heard = '';
    while (!/431.*432|432.*431/s.test(heard)) heard += (await poll(sid)).text;
    expect(heard.split('\x1e').filter((one) => /^43[12]\[\{"ok":true/.test(one))).toHaveLength(2);
    expect((await say(sid, '451-3["set_status",{"_placeholder":true,"num":0}]\x1ebAQIDBA==')).status).toBe(200);
    while (!heard.includes('433[')) heard += (await poll(sid)).text;
    expect(heard).toContain('validation.failed');
    await say(sid, '1'); // else the server would keep its own good-bye for a poll, for half a minute
  });

  test.each([
    ['no packet', 'abc'],
    ['nothing', ''],
    ['an unknown type', '9x'],
    ['no Socket.IO packet', '4abc'],
    ['broken base64', 'b@@@'],
  ])('%s ends the session, and only it', async (_title, body) => {
    const [{ sid }, other] = [await openByPolling(), await joined()];
    await Promise.all([poll(sid), say(sid, body)]);
    await until('it has ended', async () => (await poll(sid)).status === 400);
    other.raw.send('421["ping",{}]');
    await other.hears('431[{"ok":true');
    other.raw.close();
  });

  test('a body that is too large is refused, whether it says its length or not', async () => {
    const { sid } = await openByPolling();
    const body = `4${'x'.repeat(300_000)}`;
    expect((await say(sid, body)).status).toBe(413);
    const again = await openByPolling();
    const stream = new ReadableStream({
      start: (sink) => (sink.enqueue(new TextEncoder().encode(body)), sink.close()),
    });
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    const answer = await ask(`EIO=4&transport=polling&sid=${again.sid}`, init).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
  });

  test('two polls at once end the session', async () => {
    const { sid } = await openByPolling();
    const statuses = (await Promise.all([poll(sid), poll(sid)])).map(({ status }) => status);
    expect(statuses).toContain(400);
    expect((await poll(sid)).status).toBe(400);
  });

  test('it ends when the client says so', async () => {
    const { sid } = await openByPolling();
    const [answer] = await Promise.all([poll(sid), say(sid, '1')]);
    expect(answer).toMatchObject({ status: 200, text: '6' });
    expect((await poll(sid)).status).toBe(400);
  });
});

describe('Engine.IO: from polling to WebSocket', () => {
  test('after the probe everything goes over the WebSocket; the old way and a second one are closed', async () => {
    const { sid } = await joinByPolling();
    const upgraded = new Line(`EIO=4&transport=websocket&sid=${sid}`);
    await upgraded.opens();
    upgraded.raw.send('2probe');
    await upgraded.hears('3probe');
    expect((await poll(sid)).text).toBe('6'); // so that no poll is under way
    upgraded.raw.send('5');
    upgraded.raw.send('421["ping",{}]');
    await upgraded.hears('431[{"ok":true');
    expect((await poll(sid)).status).toBe(400);
    const second = new Line(`EIO=4&transport=websocket&sid=${sid}`);
    await second.closes();
    upgraded.raw.send('422["ping",{}]');
    await upgraded.hears('432[{"ok":true');
    upgraded.raw.close();
  });

  test('who sends something else than the probe stays with polling', async () => {
    const { sid } = await joinByPolling();
    const wrong = new Line(`EIO=4&transport=websocket&sid=${sid}`);
    await wrong.opens();
    wrong.raw.send('421["ping",{}]');
    await wrong.closes();
    await say(sid, '422["ping",{}]');
    let heard = '';
    while (!heard.includes('432[')) heard += (await poll(sid)).text;
    expect(heard).not.toContain('431[');
    await say(sid, '1');
  });
});

describe('time', () => {
  let before: typeof BEATS;
  const server = () => (app.get(Realtime) as unknown as { server: Server }).server;
  const options = () => server().engine.opts as typeof BEATS;
  beforeAll(() => {
    before = { ...options() };
    Object.assign(options(), BEATS);
  });
  afterAll(() => void Object.assign(options(), before));

  test('who answers pings stays, who does not is cut off', async () => {
    const [alive, dead] = [await line(), await line()];
    for (const one of [alive, dead]) one.raw.send(`40${JSON.stringify({ token: ana.token })}`);
    alive.raw.on('message', (data: RawData) => (data as Buffer).toString() === '2' && alive.raw.send('3'));
    await dead.closes();
    await until('three pings', () => alive.heard.filter((one) => one === '2').length >= 3);
    expect(alive.closed).toBeUndefined();
    alive.raw.close();
  });

  test('who shows no token is cut off after half a minute', async () => {
    expect(server().connectTimeout()).toBe(30_000);
    server().connectTimeout(200);
    const [silent, refused] = [await line(), await line()];
    refused.raw.send('40{"token":"nonsense"}');
    await refused.hears('44{');
    await Promise.all([silent.closes(), refused.closes()]);
    server().connectTimeout(30_000);
  });

  test('with polling too: who does not answer pings is cut off', async () => {
    const { sid } = await openByPolling();
    expect((await poll(sid)).text).toBe('2');
    await say(sid, '3');
    expect((await poll(sid)).text).toBe('2');
    await until('it is cut off', async () => (await poll(sid)).status === 400);
  });
});

describe('Socket.IO', () => {
  test('joins the main namespace with a token, and no other', async () => {
    const one = await line();
    one.raw.send('40/other,{}');
    expect(await one.hears('44/other,')).toContain('Invalid namespace');
    one.raw.send('40');
    expect(await one.hears('44{')).toContain('auth.unauthorized');
    one.raw.send(`40${JSON.stringify({ token: ana.token })}`);
    expect(await one.hears('40{"sid":"')).toBeTruthy();
    await one.hears('42["connection_established"');
    one.raw.send('41');
    await one.closes();
  });

  test('says nothing to who has not joined', async () => {
    const one = await line();
    one.raw.send('421["ping",{}]');
    await one.closes();
    expect(one.heard).toHaveLength(1);
  });

  test.each([
    ['an unknown type', '4abc'],
    ['an object for a list', '42{}'],
    ['an id that is no number', '42abc["ping",{}]'],
    ['a name that is no text', '42[{},{}]'],
    ['no name', '42[]'],
    ['a reserved name', '42["disconnecting"]'],
    ['another reserved name', '42["newListener"]'],
    ['broken JSON', '42["ping",{"'],
    ['a deep hole', `42["ping",${'['.repeat(100_000)}`],
    ['a placeholder of no attachment', '451-["ping",{"_placeholder":true,"num":7}]'],
    ['more attachments than anybody sends', '45999999999-["ping",{}]'],
    ['no count of attachments', '45-["ping",{}]'],
    ['a binary packet that nobody announced', Buffer.from([1, 2, 3])],
    ['a packet that is too large', `42["ping",{"x":"${'x'.repeat(300_000)}"}]`],
  ])('%s is answered by the end of the connection, and only of this', async (_title, packet) => {
    const [one, other] = [await joined(), await joined()];
    one.raw.send(packet);
    if (_title.startsWith('a placeholder')) one.raw.send(Buffer.from([1]));
    await one.closes();
    other.raw.send('421["ping",{}]');
    await other.hears('431[{"ok":true');
    other.raw.close();
  });

  test('acknowledges, also what is unknown, is binary, or would be something of our objects', async () => {
    const one = await joined();
    const wrong = ['"no_such"', '"__proto__"', '"constructor"', '"toString"', '7', '""'];
    for (const [index, name] of wrong.entries()) {
      one.raw.send(`42${index}[${name},{}]`);
      expect(await one.hears(`43${index}[`)).toContain('socket.unknown_request');
    }
    one.raw.send('451-77["set_status",{"_placeholder":true,"num":0}]');
    one.raw.send(Buffer.from([1, 2, 3]));
    expect(await one.hears('4377[')).toContain('validation.failed');
    one.raw.send('4278["ping",{"__proto__":{"x":1},"x":1,"x":2},1,2,3]');
    expect(await one.hears('4378[{"ok":true')).toBeTruthy();
    expect(({} as { x?: number }).x).toBeUndefined();
    one.raw.close();
  });

  test.each([
    ['', '437[]', []],
    [' with something binary', '461-7[{"_placeholder":true,"num":0}]', [Buffer.from([1])]],
  ])(
    'answers%s that nobody asked for count like events: some do no harm, a flood is the end',
    async (_, ...packets) => {
      const [first, rest] = packets as [string, Buffer[]];
      const [one, other] = [await joined(), await joined()];
      const answer = () => [first, ...rest].forEach((packet) => one.raw.send(packet));
      answer();
      one.raw.send('421["ping",{}]');
      await one.hears('431[{"ok":true');
      for (let times = 0; times < 2000; times++) answer();
      await one.closes();
      other.raw.send('421["ping",{}]');
      await other.hears('431[{"ok":true');
      other.raw.close();
    },
  );
});
