import { Logger } from '@nestjs/common';
import { MailRefused } from 'src/core/mail/mail-transport';
import { SmtpMailer } from 'src/core/mail/smtp-mailer';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startSmtp, type MailFault, type Smtp } from 'test/support/mailbox';
import { until } from 'test/support/until';

// The mail server is slow, hangs, half-answers, breaks off or refuses. Who asks for a mail does not wait for it, and it comes once.

const PATIENCE = 'connectionTimeout=300&greetingTimeout=300&socketTimeout=300';
const mail = { to: 'ana@example.org', userId: 'x', subject: 'x', text: 'x', html: 'x' };

const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation();
let smtp: Smtp;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtp();
  app = await boot({ env: { SMTP_URL: `${smtp.url}?${PATIENCE}` } });
});
afterEach(() => Object.assign(smtp, { fault: undefined, delay: 0 }));
afterAll(async () => {
  await app.close();
  await smtp.stop();
});

/** Asks for a mail while something is wrong, and gets it once when that is over. */
async function comesAfter(mend: () => unknown) {
  errors.mockClear();
  const ana = await buildUser(app, 'ana');
  const [asked, live, ready] = await Promise.all([
    api(app, ana).post('/profile/send-email-verification'),
    api(app).get('//health/live'),
    api(app).get('//health/ready'),
  ]);
  expect([asked.status, live.status, ready.status]).toEqual([204, 200, 200]);
  await until('that is felt', () =>
    errors.mock.calls.some(([what]) => String(what).startsWith('auth.mail_code failed')),
  );
  expect(smtp.mails.filter(({ to }) => to === ana.email)).toEqual([]);
  await mend();
  await app.settle();
  expect(smtp.mails.filter(({ to }) => to === ana.email)).toHaveLength(1);
  const code = /^\d{6}$/m.exec(smtp.mails.at(-1)!.data)![0];
  expect((await api(app, ana).post('/profile/verify-email', { verification_code: code })).status).toBe(204);
}

test.each<MailFault>(['later', 'silent', 'half', 'breaks', 'never'])(
  'the server does not take it: %s',
  async (fault) => {
    smtp.fault = fault;
    await comesAfter(() => (smtp.fault = undefined));
  },
);

test('the server is not there', async () => {
  await smtp.stop();
  await comesAfter(() => smtp.open());
});

test('the server is slow: the mail comes', async () => {
  smtp.delay = 100;
  const ana = await buildUser(app, 'ana');
  await api(app, ana).post('/profile/send-email-verification');
  await app.settle();
  expect(smtp.mails.filter(({ to }) => to === ana.email)).toHaveLength(1);
});

test('a server that never comes to an end does not hold a worker for ever, and one that refuses for good is told apart', async () => {
  const mailer = new SmtpMailer(smtp.url, 'muster@example.org', 300);
  smtp.fault = 'endless';
  await expect(mailer.send(mail)).rejects.toMatchObject({ name: expect.not.stringMatching('MailRefused') });
  smtp.fault = 'never';
  await expect(new SmtpMailer(smtp.url, 'muster@example.org').send(mail)).rejects.toBeInstanceOf(MailRefused);
});
