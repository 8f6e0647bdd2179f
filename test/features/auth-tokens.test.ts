import { Logger } from '@nestjs/common';
import { createHmac, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { readEnv } from 'src/config/env';
import { SigningKeys } from 'src/modules/auth/signing-keys';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

type Part = Record<string, unknown>;
const base64 = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const part = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index]!, 'base64url').toString()) as Part;
const hs256 = (secret: string | Buffer) => (data: string) => createHmac('sha256', secret).update(data).digest();
const now = () => Math.floor(Date.now() / 1000);

/** The token with other header fields or claims, signed anew. */
function forge(token: string, change: { header?: Part; claims?: Part }, signature: (data: string) => Buffer) {
  const header = { ...part(token, 0), ...change.header };
  const claims = { ...part(token, 1), ...change.claims };
  const signed = `${base64(header)}.${base64(claims)}`;
  return `${signed}.${signature(signed).toString('base64url')}`;
}
const pem = (key: KeyObject) =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' } as never).toString();
const status = async (app: TestApp, token: string) => (await api(app, { token }).get('/profile')).status;

let app: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot();
  ana = await buildUser(app, 'ana');
});
afterAll(() => app.close());

describe('signed by the shared secret', () => {
  const own = (data: string) => hs256(app.settings.JWT_SECRET_KEY!)(data);

  test('a token of ours is good, and says what it is', async () => {
    expect(part(ana.token, 0)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
    expect(part(ana.token, 1)).toMatchObject({ iss: 'muster', aud: 'muster', sub: ana.id, tid: 'default' });
    expect(await status(app, ana.token)).toBe(200);
    expect(await status(app, forge(ana.token, {}, own))).toBe(200);
    expect((await api(app).get('//.well-known/jwks.json')).body).toEqual({ keys: [] });
  });

  test.each<[string, { header?: Part; claims?: Part }]>([
    ['of another issuer', { claims: { iss: 'elsewhere' } }],
    ['for another audience', { claims: { aud: 'elsewhere' } }],
    ['for several audiences', { claims: { aud: ['muster', 'elsewhere'] } }],
    ['of another kind', { header: { typ: 'JWT' } }],
    ['of no kind', { header: { typ: undefined } }],
    ['that has expired', { claims: { exp: now() - 60 } }],
    ['that never expires', { claims: { exp: undefined } }],
    ['that is not good yet', { claims: { nbf: now() + 120 } }],
    ['from the future', { claims: { iat: now() + 120 } }],
    ['of another tenant', { claims: { tid: 'elsewhere' } }],
    ['of another user', { claims: { sub: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' } }],
    ['of no session', { claims: { sid: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' } }],
    ['whose session is no id', { claims: { sid: "' OR 1=1 --" } }],
    ['that names a key', { header: { kid: '../../dev/null' } }],
    ['that asks for what we do not know', { header: { crit: ['b64'], b64: false } }],
    ['that names another algorithm', { header: { alg: 'HS512' } }],
  ])('a token %s is refused, on REST and at the handshake', async (_, change) => {
    const token = forge(ana.token, change, own);
    const reply = await api(app, { token }).get('/profile');
    expect(reply).toMatchObject({ status: 401, body: { code: 'auth.unauthorized' } });
    await expect(connect(app, { token })).rejects.toMatchObject({ data: { code: 'auth.unauthorized' } });
  });

  test('a token without a good signature is refused', async () => {
    const [header, claims, signature] = ana.token.split('.') as [string, string, string];
    const unsigned = forge(ana.token, { header: { alg: 'none' } }, () => Buffer.alloc(0));
    const bad = [unsigned, `${unsigned}x`, `${header}.${claims}.`, `${header}.${claims}`, `${ana.token}.x`];
    bad.push(`${header}.${claims}.${signature.slice(0, -4)}`, forge(ana.token, {}, hs256('another secret')));
    expect(await status(app, ana.token)).toBe(200); // and is known from now on by how it ends
    bad.push(`${header}.${base64({ ...part(ana.token, 1), jti: 'x' })}.${signature}`, `x${ana.token}`);
    bad.push(ana.refreshToken, 'a.b.c', '..', `${header}.${claims}.${'A'.repeat(5000)}`);
    for (const token of bad) expect({ [token]: await status(app, token) }).toEqual({ [token]: 401 });
  });

  test('the token of a deactivated, moved or deleted user is void at once', async () => {
    const [bea, cy, dan] = [await buildUser(app), await buildUser(app), await buildUser(app)];
    await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [bea.id]);
    await app.db.query(`INSERT INTO tenants (id, name) VALUES ('acme', 'Acme')`);
    await app.db.query(`UPDATE users SET tenant_id = 'acme' WHERE id = $1`, [cy.id]);
    await app.db.query('DELETE FROM users WHERE id = $1', [dan.id]);
    for (const { token, refreshToken } of [bea, dan]) {
      expect(await status(app, token)).toBe(401);
      expect((await api(app).post('/refresh-token', { refresh_token: refreshToken })).status).toBe(401);
    }
    expect(await status(app, cy.token)).toBe(401);
  });
});

describe('signed by a private key', () => {
  const first = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const second = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let former: TestApp, rsa: TestApp;
  beforeAll(async () => {
    const previous = Buffer.from(pem(first.publicKey)).toString('base64');
    former = await boot({
      beside: app,
      env: { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: pem(first.privateKey).replaceAll('\n', '\\n') },
    });
    const privateKey = Buffer.from(pem(second.privateKey)).toString('base64');
    rsa = await boot({
      beside: app,
      env: { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: privateKey, JWT_PREVIOUS_PUBLIC_KEYS: previous },
    });
  });
  afterAll(async () => {
    await former.close();
    await rsa.close();
  });

  test('anyone can check a token by the published keys; after a rotation the old ones are good, the new ones elsewhere not', async () => {
    const [older, newer] = [await buildUser(former), await buildUser(rsa)];
    const { keys } = (await api(rsa).get('//.well-known/jwks.json')).body as { keys: Part[] };
    expect(keys).toMatchObject([
      { kty: 'RSA', alg: 'RS256' },
      { kty: 'RSA', alg: 'RS256' },
    ]);
    expect(JSON.stringify(keys)).not.toContain('"d"');
    expect([part(newer.token, 0).kid, part(older.token, 0).kid]).toEqual(keys.map(({ kid }) => kid));
    for (const [index, { token }] of [newer, older].entries()) {
      const [header, claims, signature] = token.split('.');
      const key = createPublicKey({ key: keys[index]!, format: 'jwk' } as never);
      const signed = Buffer.from(`${header}.${claims}`);
      expect(verify('sha256', signed, key, Buffer.from(signature!, 'base64url'))).toBe(true);
    }
    expect([await status(rsa, older.token), await status(rsa, newer.token)]).toEqual([200, 200]);
    expect([await status(former, newer.token), await status(rsa, ana.token), await status(app, older.token)]).toEqual([
      401, 401, 401,
    ]);
  });

  test('no key passes for another, and no public key for a secret', async () => {
    const user = await buildUser(rsa);
    const rs256 = (key: KeyObject) => (data: string) => sign('sha256', Buffer.from(data), key);
    expect(await status(rsa, forge(user.token, {}, rs256(second.privateKey)))).toBe(200);
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { kid } = part((await buildUser(former)).token, 0);
    const publicPem = pem(second.publicKey);
    for (const token of [
      forge(user.token, {}, rs256(stranger)),
      forge(user.token, { header: { kid } }, rs256(second.privateKey)),
      forge(user.token, { header: { kid: undefined } }, rs256(second.privateKey)),
      forge(user.token, { header: { kid: 'unknown' } }, rs256(second.privateKey)),
      forge(user.token, { header: { alg: 'HS256' } }, hs256(publicPem)),
      forge(user.token, { header: { alg: 'HS256', kid: undefined } }, hs256(rsa.settings.JWT_SECRET_KEY!)),
      forge(user.token, { header: { alg: 'none' } }, () => Buffer.alloc(0)),
    ])
      expect(await status(rsa, token)).toBe(401);
  });

  test('keys that cannot be used are refused at the start', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const keys = (JWT_ALGORITHM: string, JWT_PRIVATE_KEY?: string) => () =>
      new SigningKeys(readEnv({ ...app.settings, JWT_ALGORITHM, JWT_PRIVATE_KEY }));
    expect(keys('RS256')).toThrow('JWT_PRIVATE_KEY: is required');
    expect(keys('RS256', 'nonsense')).toThrow('JWT_PRIVATE_KEY: must be a key');
    expect(keys('RS256', pem(generateKeyPairSync('ed25519').privateKey))).toThrow('JWT_PRIVATE_KEY: is not an RSA key');
    expect(keys('RS256', pem(weak))).toThrow('at least 2048 bits');
    expect(keys('HS256')().published).toEqual([]);
  });
});

test('with another secret no access token is good any more, but nobody is signed out until his session ends', async () => {
  const { id, token, refreshToken } = await buildUser(app, 'eva');
  const later = await boot({
    beside: app,
    roles: ['api'],
    env: { JWT_SECRET_KEY: 'another secret, longer than 32 characters' },
  });
  expect(await status(later, token)).toBe(401);
  const { body } = await api(later).post('/refresh-token', { refresh_token: refreshToken });
  expect(await status(later, body.access_token)).toBe(200);
  await app.db.query('UPDATE sessions SET revoked_at = now() WHERE revoked_at IS NULL AND user_id = $1', [id]);
  expect(await status(later, body.access_token)).toBe(401);
  expect((await api(later).post('/refresh-token', { refresh_token: body.refresh_token })).status).toBe(401);
  await later.close();
});

describe('refresh tokens', () => {
  const refresh = (token: string) => api(app).post('/refresh-token', { refresh_token: token });
  const age = () =>
    app.db.query(`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`);

  test('fifty exchanges of one token at once all succeed, with one successor, and the client goes on', async () => {
    const user = await buildUser(app);
    const replies = await Promise.all(Array.from({ length: 50 }, () => refresh(user.refreshToken)));
    expect(new Set(replies.map(({ status: code }) => code))).toEqual(new Set([200]));
    const successors = new Set(replies.map(({ body }) => body.refresh_token as string));
    expect([...successors]).toEqual([expect.not.stringMatching(user.refreshToken)]);
    await age();
    const next = await refresh([...successors][0]!);
    expect(next.status).toBe(200);
    expect(await status(app, next.body.access_token as string)).toBe(200);
  });

  test('a stolen token that comes again ends the whole session, on open sockets too, and is logged', async () => {
    const user = await buildUser(app);
    const socket = await connect(app, user);
    const first = await refresh(user.refreshToken);
    const second = await refresh(first.body.refresh_token as string);
    await age();
    const log = jest.spyOn(Logger.prototype, 'warn');
    expect((await refresh(user.refreshToken)).body.code).toBe('auth.invalid_refresh_token');
    const [line] = log.mock.calls.map(([text]) => String(text)).filter((text) => text.includes(user.id));
    log.mockRestore();
    expect(line).toContain('used refresh token came again');
    expect(line).not.toContain(user.refreshToken);
    expect(await socket.next('session_revoked')).toEqual({ reason: 'revoked' });
    expect((await refresh(second.body.refresh_token as string)).status).toBe(401);
    expect(await status(app, second.body.access_token as string)).toBe(401);
    expect((await api(app).post('/login', user)).status).toBe(200);
  });

  test('an access token is no refresh token, nor is a made-up or expired one', async () => {
    const user = await buildUser(app);
    for (const token of [user.token, '', 'x', 'A'.repeat(43)])
      expect((await refresh(token)).status).toBeGreaterThanOrEqual(401);
    await app.db.query(
      'UPDATE refresh_tokens SET expires_at = now() WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1)',
      [user.id],
    );
    expect((await refresh(user.refreshToken)).status).toBe(401);
  });
});
