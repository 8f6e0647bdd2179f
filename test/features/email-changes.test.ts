import { EmailCodesService } from 'src/modules/auth/email-codes.service';
import { Mailer } from 'src/core/mail/mailer';
import { PersonalDataRegister } from 'src/core/personal-data/register';
import { PasswordProof } from 'src/modules/auth/password-proof';
import { codeOf, turnOnSecondFactor } from 'test/factories/second-factors';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { codeFor, mailsOf } from 'test/support/mailbox';
import { meanwhile } from 'test/support/meanwhile';
import { until } from 'test/support/until';
import { verifySync } from 'test/support/verify-sync';

const NEXT = 'seven clouds over Bled';

let app: TestApp;
beforeAll(async () => {
  app = await boot({ env: { MAIL_LINK_URL: 'https://app.example.org/mail' } });
});
afterAll(() => app.close());

const newAddressOf = ({ username }: TestUser) => `new.${username}@example.net`;
const ask = async (user: TestUser, new_email: string, more: object = {}) => {
  const reply = await api(app, user).post('/profile/change-email', { new_email, password: user.password, ...more });
  await app.settle();
  return reply;
};
const confirm = (user: TestUser, verification_code: string | undefined) =>
  api(app, user).post('/profile/confirm-new-email', { verification_code });
const byLink = (token: string) => api(app).post('/auth/confirm-new-email/link', { token });
const forgot = async (email: string) => {
  await api(app).post('/forgot-password', { email });
  await app.settle();
};
const reset = (body: object) => api(app).post('/reset-password', { new_password: NEXT, ...body });
const mailsTo = async (email: string) => (await mailsOf(app)).filter((mail) => mail.includes(`To: ${email}\n`));
const linkTo = async (email: string) => /token=([\w-]+)/.exec((await mailsTo(email)).at(-1)!)![1]!;
const profile = async (user: TestUser) => (await api(app, user).get('/profile')).body;
const login = (email: string, password: string) => api(app).post('/login', { email, password });
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const letAMinutePass = (user: TestUser) =>
  app.db.query(`UPDATE email_codes SET sent_at = sent_at - interval '1 minute' WHERE user_id = $1`, [user.id]);

describe('another address', () => {
  test('takes the password and a code that was sent there, and is verified then; the one before is told, in her language', async () => {
    const ana = await buildUser(app, 'ana');
    const next = newAddressOf(ana);
    await api(app, ana).put('/profile', { language: 'ko' });
    const refused = await ask(ana, next, { password: 'not it' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'auth.wrong_password' } });
    expect(await mailsTo(next)).toEqual([]);

    expect((await ask(ana, next.toUpperCase())).status).toBe(204);
    const [mail] = await mailsTo(next);
    expect(mail).toContain('Subject: Muster 새 이메일 주소 확인');
    expect(mail).toContain('https://app.example.org/mail?purpose=change&token=');
    expect(await profile(ana)).toMatchObject({ email: ana.email, is_verified: false });
    const code = (await codeFor(app, next))!;
    expect((await confirm(ana, wrong(code))).body.code).toBe('auth.invalid_code');
    expect((await confirm(await buildUser(app, 'eve'), code)).body.code).toBe('auth.invalid_code');
    expect((await api(app, ana).post('/profile/verify-email', { verification_code: code })).status).toBe(422);
    expect((await login(ana.email, ana.password)).status).toBe(200);

    const { userEvents } = await verifySync(app, ana, async () => {
      expect((await confirm(ana, code)).status).toBe(204);
    });
    expect(userEvents.map(({ data }) => data.part as string)).toEqual(['profile', 'security']);
    expect(await profile(ana)).toMatchObject({ email: next, is_verified: true });
    expect((await login(ana.email, ana.password)).status).toBe(401);
    expect((await login(next, ana.password)).body.user.id).toBe(ana.id);
    await app.settle();
    const notice = (await mailsTo(ana.email)).at(-1)!;
    expect(notice).toContain('Subject: Muster 계정의 이메일 주소가 변경되었습니다');
    expect(notice).not.toContain(next);
    const { logs } = (await api(app, ana).get('/settings/security/logs')).body;
    expect(logs.map(({ event }: { event: string }) => event)).toContain('email_changed');
  });

  test('may be confirmed by the link, signed in or not, and again without anything happening twice', async () => {
    const ana = await buildUser(app);
    const next = newAddressOf(ana);
    await ask(ana, next);
    const [token, code] = [await linkTo(next), await codeFor(app, next)];
    const replies = await Promise.all([byLink(token), byLink(token), confirm(ana, code)]);
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await byLink(token)).status).toBe(204);
    await app.settle();
    expect(await mailsTo(ana.email)).toHaveLength(1);
    const { logs } = (await api(app, ana).get('/settings/security/logs')).body;
    expect(logs.filter(({ event }: { event: string }) => event === 'email_changed')).toHaveLength(1);
    await app.db.query(`UPDATE email_codes SET expires_at = expires_at - interval '15 minutes' WHERE user_id = $1`, [
      ana.id,
    ]);
    expect((await byLink(token)).body.code).toBe('auth.invalid_code');
    expect((await profile(ana)).email).toBe(next);
  });

  test('has five tries and fifteen minutes', async () => {
    const [ana, bea] = await buildUsers(app, 'ana', 'bea');
    for (const user of [ana, bea]) await ask(user, newAddressOf(user));
    const code = (await codeFor(app, newAddressOf(ana)))!;
    for (let round = 0; round < 5; round++) expect((await confirm(ana, wrong(code))).status).toBe(422);
    expect((await confirm(ana, code)).status).toBe(422);
    await app.db.query(`UPDATE email_codes SET expires_at = expires_at - interval '15 minutes' WHERE user_id = $1`, [
      bea.id,
    ]);
    expect((await confirm(bea, await codeFor(app, newAddressOf(bea)))).status).toBe(422);
    expect([(await profile(ana)).email, (await profile(bea)).email]).toEqual([ana.email, bea.email]);
  });

  test('takes a code of the second factor where there is one', async () => {
    const ana = await buildUser(app);
    const { secret } = await turnOnSecondFactor(app, ana);
    for (const more of [{}, { code: '000000' }])
      expect((await ask(ana, newAddressOf(ana), more)).body.code).toBe('auth.wrong_two_factor_code');
    expect(await mailsTo(newAddressOf(ana))).toEqual([]);
    expect((await ask(ana, newAddressOf(ana), { code: codeOf(secret) })).status).toBe(204);
    expect(await mailsTo(newAddressOf(ana))).toHaveLength(1);
  });

  test('is one at a time: the last that was asked for, and none when one’s own is asked for, in whatever case', async () => {
    const ana = await buildUser(app);
    const [one, two] = [`one.${newAddressOf(ana)}`, `two.${newAddressOf(ana)}`];
    await ask(ana, one);
    const first = await linkTo(one);
    await ask(ana, two);
    expect((await byLink(first)).body.code).toBe('auth.invalid_code');
    const second = await linkTo(two);
    await ask(ana, two);
    expect(await mailsTo(two)).toHaveLength(1); // within a minute: and that code stays good
    await letAMinutePass(ana);
    await ask(ana, two);
    expect((await byLink(second)).status).toBe(422);
    const third = await linkTo(two);
    expect((await ask(ana, ana.email.toUpperCase())).status).toBe(204);
    expect(await mailsTo(ana.email)).toEqual([]);
    expect((await byLink(third)).status).toBe(422);
    expect(await profile(ana)).toMatchObject({ email: ana.email, is_verified: false });
  });

  test.each([
    ['made', 'hasRoom', 0],
    ['sent', 'send', 1],
  ])('that is asked for while the code of one before is %s is the one that counts', async (_, method, sent) => {
    const ana = await buildUser(app);
    const [one, two] = [`one.${newAddressOf(ana)}`, `two.${newAddressOf(ana)}`];
    meanwhile(app.get(EmailCodesService), 'mailer', method, () =>
      api(app, ana).post('/auth/change-email', { new_email: two, password: ana.password }),
    );
    await ask(ana, one);
    expect(await mailsTo(one)).toHaveLength(sent);
    for (const mail of await mailsTo(one)) expect((await byLink(/token=([\w-]+)/.exec(mail)![1]!)).status).toBe(422);
    expect((await byLink(await linkTo(two))).status).toBe(204);
  });
});

describe('an address that somebody else has', () => {
  test('is answered alike, and tells only who reads its mail', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const free = newAddressOf(ana);
    const [one, other] = [await ask(ana, free), await ask(ana, ben.email)];
    expect(one).toMatchObject({ status: 204, body: '' });
    expect(other).toMatchObject({ status: 204, body: '' });
    expect(await mailsTo(free)).toHaveLength(1);
    const taken = await confirm(ana, await codeFor(app, ben.email));
    expect(taken).toMatchObject({ status: 409, body: { code: 'user.email_taken' } });
    expect((await profile(ana)).email).toBe(ana.email);
    expect((await profile(ben)).email).toBe(ben.email);
  });

  test('goes to whoever confirms it first, and his reset stays his', async () => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const next = newAddressOf(ana);
    await ask(ana, next);
    const hers = await linkTo(next);
    await ask(ben, next);
    const his = await linkTo(next);
    const replies = await Promise.all([byLink(hers), byLink(his)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
    const [winner, loser] = replies[0].status === 204 ? [ana, ben] : [ben, ana];
    expect(await profile(winner)).toMatchObject({ email: next, is_verified: true });
    expect(await profile(loser)).toMatchObject({ email: loser.email, is_verified: false });
    expect((await api(app).post('/register', { email: winner.email, username: 'later_owner', password: NEXT })).status).toBe(201); // oxfmt-ignore
  });
});

describe('what came to the address before', () => {
  test('sets no password and verifies nothing from that moment', async () => {
    const ana = await buildUser(app);
    await forgot(ana.email);
    const old = { token: await linkTo(ana.email), email: ana.email, code: await codeFor(app, ana.email) };
    await api(app, ana).post('/profile/send-email-verification');
    await app.settle();
    const verification = await linkTo(ana.email);
    await ask(ana, newAddressOf(ana));
    expect((await byLink(await linkTo(newAddressOf(ana)))).status).toBe(204);
    for (const body of [
      { token: old.token },
      { email: old.email, code: old.code },
      { email: newAddressOf(ana), code: old.code },
    ])
      // oxfmt-ignore
      expect((await reset(body)).body.code).toBe('auth.invalid_code');
    expect((await api(app).post('/auth/verify-email/link', { token: verification })).status).toBe(422);
    await app.settle();
    const before = (await mailsTo(ana.email)).length;
    await forgot(ana.email);
    expect(await mailsTo(ana.email)).toHaveLength(before);
    await forgot(newAddressOf(ana));
    expect((await reset({ email: newAddressOf(ana), code: await codeFor(app, newAddressOf(ana)) })).status).toBe(204);
  });

  test('neither if its mail is being written in that moment', async () => {
    const ana = await buildUser(app);
    await ask(ana, newAddressOf(ana));
    const link = await linkTo(newAddressOf(ana));
    meanwhile(app.get(EmailCodesService), 'mailer', 'hasRoom', () => byLink(link));
    await forgot(ana.email);
    expect((await profile(ana)).email).toBe(newAddressOf(ana));
    const sent = (await mailsTo(ana.email)).find((mail) => mail.includes('purpose=reset'))!;
    expect((await reset({ token: /token=([\w-]+)/.exec(sent)![1] })).body.code).toBe('auth.invalid_code');
    expect((await login(newAddressOf(ana), ana.password)).status).toBe(200);
  });
});

describe('what somebody began who knew the password', () => {
  const begun = async () => {
    const ana = await buildUser(app);
    await ask(ana, newAddressOf(ana));
    return { ana, token: await linkTo(newAddressOf(ana)) };
  };

  test('is void when its owner changes or resets it', async () => {
    const [one, two] = [await begun(), await begun()];
    const change = { current_password: one.ana.password, new_password: NEXT };
    expect((await api(app, one.ana).post('/auth/change-password', change)).status).toBe(204);
    await forgot(two.ana.email);
    expect((await reset({ token: await linkTo(two.ana.email) })).status).toBe(204);
    for (const { token } of [one, two]) expect((await byLink(token)).body.code).toBe('auth.invalid_code');
    expect((await login(two.ana.email, NEXT)).status).toBe(200);
  });

  test('even while the password is compared, or the mail is written', async () => {
    const [ana, bea] = await buildUsers(app, 'ana', 'bea');
    await forgot(ana.email);
    const token = await linkTo(ana.email);
    meanwhile(app.get(PasswordProof), 'passwords', 'matches', () => reset({ token }));
    expect((await ask(ana, newAddressOf(ana))).body.code).toBe('auth.wrong_password');
    expect(await mailsTo(newAddressOf(ana))).toEqual([]);
    const change = { current_password: bea.password, new_password: NEXT };
    meanwhile(app.get(EmailCodesService), 'mailer', 'hasRoom', () =>
      api(app, bea).post('/auth/change-password', change),
    );
    await ask(bea, newAddressOf(bea));
    expect(await mailsTo(newAddressOf(bea))).toEqual([]);
  });

  test('does nothing to an account that is suspended or closed', async () => {
    const [one, two] = [await begun(), await begun()];
    await app.db.query('UPDATE users SET suspended_at = now(), is_active = false WHERE id = $1', [one.ana.id]);
    await api(app, two.ana).post('/settings/account/deactivate');
    for (const { ana, token } of [one, two]) {
      expect((await byLink(token)).body.code).toBe('auth.invalid_code');
      const [row] = await app.db.query('SELECT email FROM users WHERE id = $1', [ana.id]);
      expect(row).toEqual({ email: ana.email });
    }
    expect((await login(two.ana.email, two.ana.password)).status).toBe(200);
    expect((await byLink(two.token)).status).toBe(204);
  });
});

test('so many an hour may be asked for by one account, by whatever addresses', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const counting = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false' } });
  const once = async (user: TestUser, n: number) => {
    const body = { new_email: `${n}.${newAddressOf(user)}`, password: user.password };
    return (await api(counting, user).post('/auth/change-email', body)).body.code as string | undefined;
  };
  for (let n = 0; n < 5; n++) expect(await once(ana, n)).toBeUndefined();
  expect(await once(ana, 5)).toBe('rate_limit.exceeded');
  expect(await once(ben, 0)).toBeUndefined();
  await app.settle();
  await counting.close();
});

test('the notice comes though the mailbox has had all other notices of the hour', async () => {
  const counting = await boot({
    beside: app,
    roles: ['api'],
    env: { MAILS_PER_HOUR: '1', RATE_LIMIT_DISABLED: 'false' },
  });
  const mail = { to: 'full@example.org', userId: 'x', text: 'x', html: 'x' };
  for (const kind of ['notice', 'notice', 'alarm'] as const)
    await counting.get(Mailer).send({ ...mail, subject: kind }, kind);
  const subjects = (await mailsTo(mail.to)).map((one) => /Subject: (.*)/.exec(one)![1]);
  expect(subjects).toEqual(['notice', 'alarm']);
  await counting.close();
});

test('the export says which address is wanted, and nothing of it stays when the account goes, nor of those before', async () => {
  const ana = await buildUser(app);
  const [one, two] = [`one.${newAddressOf(ana)}`, `two.${newAddressOf(ana)}`];
  await ask(ana, one);
  await byLink(await linkTo(one));
  await app.settle();
  await ask(ana, two);
  const sections = new Map<string, string>();
  for (const { name, pages } of app.get(PersonalDataRegister).sectionsOf(ana.id))
    for await (const page of pages) sections.set(name, page.join('\n'));
  expect(JSON.parse(sections.get('codes_by_mail')!)).toEqual({
    purpose: 'change',
    email: two,
    sent_at: expect.any(String),
    expires_at: expect.any(String),
  });
  for (const address of [ana.email, one, two]) expect(await mailsTo(address)).toHaveLength(1);
  await api(app, ana).delete('/profile', { body: { password: ana.password, immediately: true } });
  await app.settle();
  const isThere = async () => (await app.db.query('SELECT FROM users WHERE id = $1', [ana.id])).length;
  await until('she is gone', async () => (await isThere()) === 0);
  expect(await app.db.query('SELECT FROM email_codes WHERE user_id = $1', [ana.id])).toEqual([]);
  for (const address of [ana.email, one, two]) expect(await mailsTo(address)).toEqual([]);
});
