import { Writable } from 'node:stream';
import { codeOf } from 'test/factories/second-factors';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { codeFor, mailsOf } from 'test/support/mailbox';
import { connect } from 'test/support/socket';

/** All that the server writes to its log, at the most talkative level. */
let log = '';
const logTo = new Writable({
  write(chunk: Buffer, _, done) {
    log += chunk.toString();
    done();
  },
});

let app: TestApp;
beforeAll(async () => {
  app = await boot({ env: { LOG_LEVEL: 'trace', MAIL_LINK_URL: 'https://app.example.org/mail' }, logTo });
});
afterAll(() => app.close());

test('no password, token, code or challenge is ever in the log, whatever becomes of the request', async () => {
  const ana = await buildUser(app, 'ana');
  const me = api(app, ana);
  const secrets: string[] = [ana.password, ana.token, ana.refreshToken];

  const { body: enrolment } = await me.post('/settings/security/2fa/enable', { password: ana.password });
  const code = codeOf(enrolment.secret);
  const { body: confirmed } = await me.post('/settings/security/2fa/confirm', { code });
  expect(confirmed.recovery_codes).toHaveLength(10);
  const asked = await api(app).post('/login', { email: ana.email, password: ana.password });
  const { challenge } = asked.body.params;
  const wrong = 'AAAA-BBBB-CCCC-DDDD';
  expect((await api(app).post('/login/2fa', { challenge, code: wrong })).status).toBe(403);
  const recovered = await api(app).post('/login/2fa', { challenge, code: confirmed.recovery_codes[0] });
  expect(recovered.status).toBe(200);
  secrets.push(enrolment.secret, enrolment.otpauth_url, ...confirmed.recovery_codes, challenge, wrong);
  secrets.push(recovered.body.access_token, recovered.body.refresh_token);
  const proof = { password: ana.password, code: confirmed.recovery_codes[1] };
  const { body: renewed } = await me.post('/settings/security/2fa/recovery-codes', proof);
  expect(renewed.recovery_codes).toHaveLength(10);
  secrets.push(...renewed.recovery_codes);

  const refreshed = await api(app).post('/refresh-token', { refresh_token: recovered.body.refresh_token });
  secrets.push(refreshed.body.access_token, refreshed.body.refresh_token);
  await app.db.query(`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`);
  expect((await api(app).post('/refresh-token', { refresh_token: recovered.body.refresh_token })).status).toBe(401);

  const wish = { new_email: 'ana.k@example.org', password: ana.password, code: renewed.recovery_codes[0] };
  expect((await me.post('/profile/change-email', wish)).status).toBe(204);
  await app.settle();
  const wished = (await codeFor(app, wish.new_email))!;
  secrets.push(wished, /token=([\w-]+)/.exec((await mailsOf(app)).at(-1)!)![1]!);
  expect((await me.post('/profile/confirm-new-email', { verification_code: `${wished}0` })).status).toBe(422);
  expect((await me.post('/profile/confirm-new-email', { verification_code: wished })).status).toBe(204);

  await api(app).post('/forgot-password', { email: wish.new_email });
  await app.settle();
  const link = /purpose=reset&token=([\w-]+)/.exec((await mailsOf(app)).join())![1]!;
  const mailed = (await codeFor(app, wish.new_email))!;
  secrets.push(link, mailed);
  await api(app).post('/reset-password', {
    email: wish.new_email,
    code: '000000x',
    new_password: 'seven clouds at Bled',
  });
  expect((await api(app).post('/reset-password', { token: link, new_password: 'seven clouds at Bled' })).status).toBe(
    204,
  );
  secrets.push('seven clouds at Bled');

  await connect(app, { token: 'made-up-socket-token' }).catch(() => undefined);
  await api(app).get('/profile?token=query-token&code=query-code&access_token=query-access');
  await api(app).get('/nowhere/path-token?token=query-token');
  await api(app).post('/login', '{"password": "broken-json-password"');
  secrets.push(
    'made-up-socket-token',
    'query-token',
    'query-code',
    'query-access',
    'path-token',
    'broken-json-password',
  );

  expect(log.split('\n').length).toBeGreaterThan(20);
  expect(log).toContain('/api/v1/reset-password');
  expect(log).toContain('a used refresh token came again');
  expect(secrets.filter((secret) => !secret || log.includes(secret))).toEqual([]);
});
