import { createHmac } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { AgoraTransport } from 'src/modules/calls/agora.transport';
import { SignalsService } from 'src/modules/calls/signals.service';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

const APP_ID = '0123456789abcdef0123456789abcdef';
const CERTIFICATE = 'fedcba9876543210fedcba9876543210';
const TURN_SECRET = 'what coturn and we know';

let app: TestApp, agora: TestApp;
beforeAll(async () => {
  const servers = {
    STUN_URLS: 'stun:stun.example.org:3478',
    TURN_URLS: 'turn:turn.example.org:3478, turns:turn.example.org:5349?transport=tcp',
    TURN_SECRET,
    TURN_TTL_SECONDS: '600',
    RATE_LIMIT_DISABLED: 'false',
    RATE_LIMIT_PER_MINUTE: '100000',
  };
  app = await boot({ env: servers });
  agora = await boot({
    beside: app,
    roles: ['api'],
    env: { AGORA_APP_ID: APP_ID, AGORA_APP_CERTIFICATE: CERTIFICATE },
  });
});
afterAll(async () => {
  await agora.close();
  await app.close();
});

const people = <Names extends string[]>(...names: Names) =>
  buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser]>;

/** Reads little-endian numbers and counted strings, as Agora packs them. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}
  uint16 = () => this.bytes.readUInt16LE((this.at += 2) - 2);
  uint32 = () => this.bytes.readUInt32LE((this.at += 4) - 4);
  string = () => {
    const length = this.uint16();
    return this.bytes.subarray(this.at, (this.at += length));
  };
  rest = () => this.bytes.subarray(this.at);
}

/** What an AccessToken2 says, its signature checked with the certificate as Agora's servers do; written from its description. */
function readToken(token: string, certificate: string) {
  expect(token.slice(0, 3)).toBe('007');
  const outer = new Reader(inflateSync(Buffer.from(token.slice(3), 'base64')));
  const signature = outer.string();
  const signed = outer.rest();
  const inner = new Reader(signed);
  const appId = inner.string().toString();
  const [issuedAt, expiresIn, salt] = [inner.uint32(), inner.uint32(), inner.uint32()];
  expect(inner.uint16()).toBe(1); // one service:
  expect(inner.uint16()).toBe(1); // RTC
  const privileges = Object.fromEntries(Array.from({ length: inner.uint16() }, () => [inner.uint16(), inner.uint32()]));
  const [channel, uid] = [inner.string().toString(), inner.string().toString()];
  const packed = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const hmac = (key: Buffer, data: Buffer | string) => createHmac('sha256', key).update(data).digest();
  const key = hmac(packed(salt), hmac(packed(issuedAt), certificate));
  return { appId, issuedAt, expiresIn, privileges, channel, uid, isGenuine: hmac(key, signed).equals(signature) };
}
const DAY = 86_400;
const [JOIN, AUDIO, VIDEO, DATA] = [1, 2, 3, 4];

describe('Agora', () => {
  test('each participant gets a token for the channel and his uid, good for a day, and nobody else gets one', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const before = Math.floor(Date.now() / 1000);
    const made = (await dial(agora, ana, ben)).body;
    const { id, channel_name } = made;
    expect(made).toMatchObject({ transport: 'agora', app_id: APP_ID, uid: 1, ice_servers: [] });
    expect((await api(agora, ben).post(`/video-calls/${id}/token`)).body).toMatchObject({ code: 'call.not_in_call' });
    const answered = (await api(agora, ben).post(`/video-calls/${id}/answer`)).body;
    for (const { token, uid, token_expires_at } of [made, answered]) {
      const said = readToken(token, CERTIFICATE);
      expect(said).toMatchObject({ appId: APP_ID, channel: channel_name, uid: String(uid), expiresIn: DAY, isGenuine: true }); // oxfmt-ignore
      expect(said.privileges).toEqual({ [JOIN]: DAY, [AUDIO]: DAY, [VIDEO]: DAY, [DATA]: DAY });
      expect(said.issuedAt).toBeGreaterThanOrEqual(before);
      expect(Math.abs(new Date(token_expires_at).getTime() / 1000 - said.issuedAt - DAY)).toBeLessThanOrEqual(1);
    }
    expect(answered.uid).toBe(2);
    expect(readToken(made.token!, CERTIFICATE.replace('f', '0')).isGenuine).toBe(false);

    const renewed = (await api(agora, ben).post(`/video-calls/${id}/token`)).body;
    expect(renewed).toMatchObject({ transport: 'agora', app_id: APP_ID, uid: 2, channel_name });
    expect(readToken(renewed.token, CERTIFICATE)).toMatchObject({ uid: '2', channel: channel_name, isGenuine: true });
    expect((await api(agora, eve).post(`/video-calls/${id}/token`)).status).toBe(404);
    expect((await api(agora, await anotherDevice(app, ben)).post(`/video-calls/${id}/token`)).status).toBe(409);
    const seen = (await api(agora, ben).get(`/video-calls/${id}`)).body;
    expect(seen).not.toHaveProperty('token');
    expect((await api(agora, ana).post(`/video-calls/${id}/end`)).body).not.toHaveProperty('token');
    expect((await api(agora, ana).post(`/video-calls/${id}/token`)).body.code).toBe('call.not_in_call');
  });

  test('channels fit Agora’s rules, and a token lives as long as is set', () => {
    const transport = new AgoraTransport(APP_ID, CERTIFICATE, 2);
    const { token } = transport.ticket({ channelName: `call_${'0'.repeat(32)}`, uid: 2 ** 31 - 1, userId: 'ana' });
    expect(readToken(token!, CERTIFICATE)).toMatchObject({ expiresIn: 7200, uid: '2147483647', isGenuine: true });
  });
});

describe('WebRTC', () => {
  test('ICE servers come with credentials that coturn takes, each user’s own, for a time', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const { body } = await api(app, ana).get('/video-calls/ice-servers');
    expect(body.ice_servers).toEqual(body.iceServers);
    const [stun, turn] = body.iceServers;
    expect(stun).toEqual({ urls: ['stun:stun.example.org:3478'] });
    expect(turn.urls).toEqual(['turn:turn.example.org:3478', 'turns:turn.example.org:5349?transport=tcp']);
    const [expiry, name] = turn.username.split(':');
    expect(name).toBe(ana.id);
    expect(new Date(body.expires_at).getTime()).toBe(Number(expiry) * 1000);
    expect(Number(expiry) - Date.now() / 1000).toBeGreaterThan(590);
    expect(Number(expiry) - Date.now() / 1000).toBeLessThanOrEqual(600);
    expect(turn.credential).toBe(createHmac('sha1', TURN_SECRET).update(turn.username).digest('base64'));
    expect((await api(app).get('/video-calls/ice-servers')).status).toBe(401);

    const { id } = (await dial(app, ana, ben)).body;
    const answered = (await api(app, ben).post(`/video-calls/${id}/answer`)).body;
    expect(answered).toMatchObject({ transport: 'webrtc', token: null, ice_servers: [stun, { urls: turn.urls }] });
    expect((await api(app, ben).post(`/video-calls/${id}/token`)).body).toMatchObject({ transport: 'webrtc', uid: 2 });
    await api(app, ana).post(`/video-calls/${id}/end`);
  });

  test('signals reach the device that the other takes part with, and no other; only in a call, and only so large', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const tablet = await anotherDevice(app, ben);
    const [anas, phones, tablets, eves] = await Promise.all([ana, ben, tablet, eve].map((one) => connect(app, one)));
    const { id } = (await dial(app, ana, ben)).body;
    const offer = { type: 'offer', sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n' };
    const signal = (socket: typeof anas, to: TestUser, what: object, call = id) =>
      socket!.ask('call_signal', { call_id: call, to_user_id: to.id, signal: what });

    expect(await signal(anas, ben, offer)).toMatchObject({ error: { code: 'call.person_not_in_call' } });
    expect(await signal(phones, ana, offer)).toMatchObject({ error: { code: 'call.not_in_call' } });
    await tablets!.ask('call_answered', { call_id: id });
    expect(await signal(anas, ben, offer)).toEqual({ ok: true, data: { call_id: id } });
    const heard = await tablets!.next('call_signal');
    expect(heard).toEqual({ call_id: id, from_user_id: ana.id, signal: offer });
    const candidate = { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'x' }; // oxfmt-ignore
    await signal(tablets, ana, { type: 'candidate', candidate });
    await signal(tablets, ana, { type: 'candidate', candidate: null });
    await anas!.next('call_signal', ({ signal: one }) => one.type === 'candidate' && one.candidate === null);
    expect(anas!.all('call_signal').map(({ signal: one }) => one)).toEqual([
      { type: 'candidate', candidate },
      { type: 'candidate', candidate: null },
    ]);

    expect(await signal(phones, ana, offer)).toMatchObject({ error: { code: 'call.not_in_call' } });
    expect(await signal(eves, ana, offer)).toMatchObject({ error: { code: 'call.not_found' } });
    expect(await signal(anas, eve, offer)).toMatchObject({ error: { code: 'call.person_not_in_call' } });
    expect(await signal(anas, ana, offer)).toMatchObject({ error: { code: 'call.person_not_in_call' } });
    expect(await signal(anas, ben, offer, id + 999)).toMatchObject({ error: { code: 'call.not_found' } });
    for (const bad of [
      {},
      { type: 'offer' },
      { type: 'rollback', sdp: 'x' },
      { type: 'offer', sdp: 'x'.repeat(65_537) },
      { type: 'candidate', candidate: { candidate: 'x'.repeat(2_049) } },
    ])
      expect(await signal(anas, ben, bad)).toMatchObject({ error: { code: 'validation.failed' } });
    await anas!.ask('call_ended', { call_id: id });
    expect(await signal(anas, ben, offer)).toMatchObject({ error: { code: 'call.not_in_call' } });
    expect([phones, eves].flatMap((socket) => socket!.all('call_signal'))).toEqual([]);
    expect(tablets!.all('call_signal')).toEqual([heard]);
    [anas, phones, tablets, eves].forEach((socket) => socket!.close());
  });

  test('a flood of calls is stopped', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const anas = await connect(app, ana);
    const call = () => anas.ask('call_initiated', { callee_id: ben.id });
    const { id } = (await call()).data;
    for (let time = 1; time < 19; time++) expect((await call()).data).toMatchObject({ id });
    const more = (user: TestUser) => api(app, ana).post(`/video-calls/${id}/participants`, { user_ids: [user.id] });
    expect((await more(ben)).status).toBe(200);
    const refusal = { code: 'rate_limit.exceeded', params: { limit: 20 } };
    expect((await call()).error).toMatchObject(refusal);
    expect(await more(ben)).toMatchObject({ status: 429, body: refusal });
    anas.close();
  });

  test('a flood of signals is stopped', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const { id } = (await dial(app, ana, ben)).body;
    await api(app, ben).post(`/video-calls/${id}/answer`);
    const socket = await connect(app, ana);
    const signal = { type: 'candidate', candidate: null } as const;
    // more than a connection may send at once
    const relay = () => app.get(SignalsService).relay(principalOf(ana), id, ben.id, signal);
    await Promise.allSettled(Array.from({ length: 360 }, relay));
    const body = { call_id: id, to_user_id: ben.id, signal };
    const flood = Array.from({ length: 180 }, () => socket.ask('call_signal', body));
    const refused = (await Promise.all(flood)).filter(({ ok }) => !ok);
    expect(refused).toHaveLength(40);
    for (const { error } of refused)
      expect(error).toMatchObject({ code: 'rate_limit.exceeded', params: { limit: 500 } });
    await api(app, ana).post(`/video-calls/${id}/end`);
    socket.close();
  });
});
