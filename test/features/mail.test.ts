import { MAIL_ATTEMPTS } from 'src/core/jobs/attempts';
import { Outbox } from 'src/core/jobs/outbox';
import { OutboxRelay } from 'src/core/jobs/relay';
import { Mailer } from 'src/core/mail/mailer';
import { EmailCodesService } from 'src/modules/auth/email-codes.service';
import { PasswordProof } from 'src/modules/auth/password-proof';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';
import { codeFor, mailsOf, startSmtp } from 'test/support/mailbox';
import { meanwhile } from 'test/support/meanwhile';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const NEXT = 'seven clouds over Bled';

let app: TestApp;
beforeAll(async () => {
  app = await boot({ env: { MAIL_LINK_URL: 'https://app.example.org/mail' } });
});
afterAll(() => app.close());

const forgot = async (email: string) => {
  const reply = await api(app).post('/auth/forgot-password', { email });
  await app.settle();
  return reply;
};
const reset = (body: Record<string, unknown>) => api(app).post('/auth/reset-password', { new_password: NEXT, ...body });
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const linkOf = (mail: string) => /token=([\w-]+)/.exec(mail)![1]!;

describe('verification', () => {
  test('an address is verified by the code that was sent to it, in the language of the person', async () => {
    const ana = await buildUser(app, 'ana');
    const me = api(app, ana);
    await me.put('/profile', { language: 'ja' });
    expect((await me.post('/profile/send-email-verification')).status).toBe(204);
    await app.settle();
    const [mail] = await mailsOf(app);
    expect(mail).toContain('Subject: Muster のメールアドレスの確認');
    const code = (await codeFor(app, ana.email))!;
    expect((await me.post('/profile/verify-email', { verification_code: wrong(code) })).body.code).toBe(
      'auth.invalid_code',
    );
    const eve = await buildUser(app, 'eve');
    expect((await api(app, eve).post('/profile/verify-email', { verification_code: code })).status).toBe(422);
    expect((await me.post('/profile/verify-email', { verification_code: code })).status).toBe(204);
    expect((await me.get('/profile')).body.is_verified).toBe(true);
    expect((await me.post('/profile/verify-email', { verification_code: code })).status).toBe(422);
    expect((await api(app, eve).get('/profile')).body.is_verified).toBe(false);
  });

  test('or by the link, signed in or not; not any more when the address has changed', async () => {
    const [ana, bea] = [await buildUser(app), await buildUser(app)];
    for (const user of [ana, bea]) await api(app, user).post('/auth/send-email-verification');
    await app.settle();
    await app.db.query(`UPDATE users SET email = 'new_' || email WHERE id = $1`, [bea.id]);
    for (const { email } of [ana, bea]) {
      const mail = (await mailsOf(app)).find((text) => text.includes(email))!;
      expect(mail).toContain('https://app.example.org/mail?purpose=verify&token=');
      expect((await api(app).post('/auth/verify-email/link', { token: linkOf(mail) })).status).toBe(204);
      expect((await api(app).post('/auth/verify-email/link', { token: linkOf(mail) })).status).toBe(422);
    }
    expect((await api(app, ana).get('/profile')).body.is_verified).toBe(true);
    expect((await api(app, bea).get('/profile')).body.is_verified).toBe(false);
  });

  test('nobody is written to twice within a minute', async () => {
    const ana = await buildUser(app);
    for (let round = 0; round < 3; round++) {
      await api(app, ana).post('/profile/send-email-verification');
      await app.settle();
    }
    expect((await mailsOf(app)).filter((mail) => mail.includes(ana.email))).toHaveLength(1);
  });
});

describe('a forgotten password', () => {
  test('is replaced by the code, which ends all sessions', async () => {
    const ana = await buildUser(app);
    const socket = await connect(app, ana);
    expect((await forgot(ana.email.toUpperCase())).status).toBe(204);
    const code = (await codeFor(app, ana.email))!;
    expect((await reset({ email: ana.email, code, new_password: 'password1' })).body.errors[0].code).toBe(
      'password_common',
    );
    expect((await reset({ email: ana.email, code: wrong(code) })).body.code).toBe('auth.invalid_code');
    const replies = await Promise.all([1, 2, 3].map(() => reset({ email: ana.email, code })));
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 422, 422]);
    await until('its socket is closed', () => !socket.raw.connected, 1);
    expect((await api(app, ana).get('/profile')).status).toBe(401);
    expect((await api(app).post('/login', ana)).status).toBe(401);
    expect((await api(app).post('/login', { email: ana.email, password: NEXT })).body.user.is_verified).toBe(true);
  });

  test('or by the link', async () => {
    const ana = await buildUser(app);
    await forgot(ana.email);
    const token = linkOf((await mailsOf(app)).find((mail) => mail.includes(ana.email))!);
    expect((await api(app).post('/auth/verify-email/link', { token })).status).toBe(422);
    expect((await reset({ token })).status).toBe(204);
    expect((await reset({ token })).status).toBe(422);
  });

  test('is not replaced by what is known of the person, and the code stays good', async () => {
    const ana = await buildUser(app);
    await api(app, ana).put('/profile', { display_name: 'Bogomila Zvonimirovic' });
    await forgot(ana.email);
    const token = linkOf((await mailsOf(app)).find((mail) => mail.includes(ana.email))!);
    const refused = await reset({ token, new_password: 'bogomilazvonimirovic' });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ code: 'password_personal' }] } });
    expect((await reset({ token })).status).toBe(204);
  });

  test('is replaced for who has closed his account, too, and not for who is kept out', async () => {
    const [ana, bea, eve] = [await buildUser(app), await buildUser(app), await buildUser(app)];
    await api(app, ana).post('/settings/account/deactivate');
    await api(app, bea).delete('/profile', { body: { password: bea.password } });
    await app.db.query(
      'UPDATE users SET suspended_at = now(), is_active = false, deactivated_at = now() WHERE id = $1',
      [eve.id],
    );
    for (const { email } of [ana, bea, eve]) await forgot(email);
    for (const { email } of [ana, bea]) {
      expect((await reset({ email, code: await codeFor(app, email) })).status).toBe(204);
      expect((await api(app).post('/login', { email, password: NEXT })).body.user).toMatchObject({ is_active: true });
    }
    expect(await codeFor(app, eve.email)).toBeUndefined();
  });

  describe('is void at once, also for', () => {
    /** What somebody who knew it was about to do while its owner sets another. */
    async function overtaken(act: (user: TestUser) => Promise<Reply>) {
      const ana = await buildUser(app);
      await forgot(ana.email);
      const code = await codeFor(app, ana.email);
      meanwhile(app.get(PasswordProof), 'passwords', 'matches', () => reset({ email: ana.email, code }));
      expect(await act(ana)).toMatchObject({ status: 403, body: { code: 'auth.wrong_password' } });
      expect((await api(app).post('/login', { email: ana.email, password: NEXT })).status).toBe(200);
    }

    test('a change to a third one', () =>
      overtaken((user) =>
        api(app, user).post('/auth/change-password', { current_password: user.password, new_password: `${NEXT}, too` }),
      ));

    test('a deletion of the account', () =>
      overtaken((user) => api(app, user).delete('/profile', { body: { password: user.password, immediately: true } })));
  });

  test('a code has five tries, and fifteen minutes', async () => {
    const [ana, bea] = [await buildUser(app), await buildUser(app)];
    for (const { email } of [ana, bea]) await forgot(email);
    const code = (await codeFor(app, ana.email))!;
    const tries = await Promise.all(Array.from({ length: 5 }, () => reset({ email: ana.email, code: wrong(code) })));
    expect(tries.every(({ status }) => status === 422)).toBe(true);
    expect((await reset({ email: ana.email, code })).body.code).toBe('auth.invalid_code');
    await app.db.query(`UPDATE email_codes SET expires_at = expires_at - interval '15 minutes' WHERE user_id = $1`, [
      bea.id,
    ]);
    expect((await reset({ email: bea.email, code: await codeFor(app, bea.email) })).status).toBe(422);
  });

  test('an unknown address is answered alike, and nobody is written to', async () => {
    const { length } = await mailsOf(app);
    const [known, unknown] = [await buildUser(app), 'nobody@example.org'];
    expect((await forgot(unknown)).status).toBe(204);
    expect(await mailsOf(app)).toHaveLength(length);
    await forgot(known.email);
    const code = wrong((await codeFor(app, known.email))!);
    const replies = await Promise.all([known.email, unknown].map((email) => reset({ email, code })));
    const [one, other] = replies.map(({ status, body: { trace_id: _, ...body } }) => ({ status, body }));
    expect(one).toEqual(other);
  });

  test('no code is kept where it could be read', async () => {
    const ana = await buildUser(app);
    await api(app).post('/auth/forgot-password', { email: ana.email });
    const [job] = await app.db.query('SELECT payload FROM outbox');
    expect(JSON.stringify(job ?? {})).not.toMatch(/"\d{6}"/);
    await app.settle();
    const code = (await codeFor(app, ana.email))!;
    const [row] = await app.db.query('SELECT * FROM email_codes WHERE user_id = $1', [ana.id]);
    expect(Object.values(row!).some((value) => String(value).includes(code))).toBe(false);
  });
});

test('a mailbox gets so many codes in an hour, by whatever name, and the one that came last stays good', async () => {
  const env = { MAILS_PER_HOUR: '2', RATE_LIMIT_DISABLED: 'false' };
  const counting = await boot({ beside: app, roles: ['api'], env });
  const deliver = (purpose: 'verify' | 'reset', { email }: { email: string }) =>
    counting.get(EmailCodesService).deliver({ purpose, email, language: 'en' });
  const [ana, tagged, other] = await buildUsers(app, 'ana', 'tagged', 'other');
  const alias = ana.email.replace('@', '+news@');
  await app.db.query('UPDATE users SET email = $2 WHERE id = $1', [tagged.id, alias]);
  const mailbox = async () => (await mailsOf(app)).filter((mail) => mail.includes(ana.email) || mail.includes(alias));

  await deliver('reset', { email: alias });
  await deliver('reset', ana);
  const code = (await codeFor(app, ana.email))!;
  await deliver('verify', { email: alias });
  await app.db.query(`UPDATE email_codes SET sent_at = sent_at - interval '2 minutes'`);
  await deliver('reset', ana);
  expect(await mailbox()).toHaveLength(2);
  expect((await reset({ email: ana.email, code })).status).toBe(204);
  await deliver('reset', other);
  expect(await codeFor(app, other.email)).toBeDefined();
  // notices have a share of their own
  await counting.get(Mailer).send({ to: ana.email, userId: ana.id, subject: 'x', text: 'x', html: 'x' }, 'notice');
  expect(await mailbox()).toHaveLength(3);
  await counting.close();
});

test('with a mail server mails go there, again when it had no time, as text and as a page', async () => {
  const smtp = await startSmtp(1);
  const posting = await boot({ env: { SMTP_URL: smtp.url, MAIL_FROM: 'Muster <muster@example.org>' } });
  const ana = await buildUser(posting);
  await api(posting, ana).post('/profile/send-email-verification', undefined, { headers: { 'x-language': 'ko' } });
  await until('the mail is there', () => smtp.mails.length === 1);
  expect(smtp.mails[0]!.to).toBe(ana.email);
  expect(smtp.mails[0]!.data).toMatch(/From: Muster <muster@example.org>(.|\n)*text\/plain(.|\n)*text\/html/);
  await posting.settle();
  await posting.close();
  await smtp.stop();
});

test('a mail server that says nothing holds up mails alone, and they are tried for a day', async () => {
  const smtp = await startSmtp();
  smtp.fault = 'silent';
  const posting = await boot({ env: { SMTP_URL: smtp.url } });
  const mails = Array.from({ length: 40 }, () => ({ handler: 'account.mail_deletion' }));
  const [ana, ben] = await buildUsers(posting, 'ana', 'ben');
  await posting.db.query(`UPDATE users SET deletion_due_at = now() + interval '1 day' WHERE id = $1`, [ana.id]);
  await posting.db.tx(() => posting.get(Outbox).add(mails.map((mail) => ({ ...mail, payload: { user_id: ana.id } }))));
  await until('it is asked', () => smtp.calls > 0);
  const chat = await buildPrivateChat(posting, ana, ben);
  const { body } = await api(posting, ana).post(`/chats/${chat}/messages`, { content: 'meanwhile' });
  const pushes = `SELECT FROM push_notifications WHERE dedupe_key = $1 AND is_sent IS NOT NULL`;
  await until('it is pushed', async () => (await posting.db.query(pushes, [`message:${body.id}`])).length === 1);
  expect((await posting.db.query(`SELECT FROM outbox WHERE handler = 'account.mail_deletion'`)).length).toBe(40);
  const [job] = await posting.get(OutboxRelay).queues.get('mail')!.getWaiting(0, 0);
  expect(job!.opts).toMatchObject({ attempts: MAIL_ATTEMPTS });
  await smtp.stop();
  await posting.close();
});
