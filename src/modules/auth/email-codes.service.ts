import { Inject, Injectable } from '@nestjs/common';
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { JobData } from 'src/contracts';
import { currentContext } from 'src/core/context/context';
import { I18n } from 'src/core/i18n/i18n';
import { Jobs } from 'src/core/jobs/jobs';
import { toHtml, toText, type Letter } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import type { EmailPurpose } from 'src/modules/auth/auth.contract';
import { InvalidCode } from 'src/modules/auth/auth.errors';
import { EmailCodesRepository } from 'src/modules/auth/email-codes.repository';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';
import { NIL } from 'uuid';

const MINUTES = 15;
const TRIES = 5;
/** So often at most is one person written to for one purpose. */
const AGAIN_AFTER_SECONDS = 60;

/** What came by mail: a code and the account it is for, or the token of a link. */
export type Proof = { userId: string | undefined; code: string } | { token: string };

/**
 * Codes and links by mail, each good once, for 15 minutes and five tries. A code is made where its mail is written, so that it is
 * nowhere but in the mail: not in the job, and in the database only as a keyed hash.
 */
@Injectable()
export class EmailCodesService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly codes: EmailCodesRepository,
    private readonly users: UsersService,
    private readonly jobs: Jobs,
    private readonly mailer: Mailer,
    private readonly i18n: I18n,
  ) {}

  /** Calls for a mail to whoever has this e-mail address; tells nobody whether there is such a person. */
  async request(purpose: EmailPurpose, email: string): Promise<void> {
    await this.jobs.enqueue('auth.mail_code', { purpose, email, language: currentContext().language });
  }

  /** Writes the mail, in the language of the person. */
  async deliver({ purpose, email, language }: JobData<'auth.mail_code'>): Promise<void> {
    const user = await this.users.findForLogin(email);
    if (user?.email !== email || !isWrittenTo(user, purpose)) return;
    if (await this.codes.sentWithin(user.id, purpose, AGAIN_AFTER_SECONDS)) return;
    if (!(await this.mailer.hasRoom(email, 'code'))) return; // and the code that he may have stays good
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const token = randomBytes(32).toString('base64url');
    const [codeHash, tokenHash] = [this.hash(purpose, user.id, code), this.hash(purpose, token)];
    await this.codes.put({ userId: user.id, purpose, email, codeHash, tokenHash, tries: TRIES, seconds: MINUTES * 60 });
    const letter = this.letter(purpose, this.i18n.known(user.language) ?? language, user, code, token);
    await this.mailer.send({ to: email, subject: letter.subject, text: toText(letter), html: toHtml(letter) }, 'code');
    await this.codes.markSent(user.id, purpose);
  }

  /** Counts a try of a code. The hash under which it can be taken; throws `auth.invalid_code`. */
  async check(purpose: EmailPurpose, proof: Proof): Promise<Buffer> {
    if ('token' in proof) return this.hash(purpose, proof.token);
    const wanted = await this.codes.countTry(proof.userId ?? NIL, purpose);
    const given = this.hash(purpose, proof.userId ?? NIL, proof.code);
    if (!wanted || !timingSafeEqual(wanted, given)) throw InvalidCode();
    return given;
  }

  /** Uses it up, within the open transaction of what it is good for. Throws `auth.invalid_code`. */
  async take(purpose: EmailPurpose, hash: Buffer): Promise<{ userId: string; email: string }> {
    const taken = await this.codes.take(purpose, hash);
    if (!taken) throw InvalidCode();
    return taken;
  }

  private hash = (...parts: string[]): Buffer =>
    createHmac('sha256', this.env.JWT_SECRET_KEY)
      .update(`email code:${parts.join(':')}`)
      .digest();

  private letter(purpose: EmailPurpose, language: string, user: User, code: string, token: string): Letter {
    const app = this.env.APP_NAME;
    const text = (key: string) =>
      this.i18n.text(language, `email:${key}`, { app, name: user.displayName ?? user.username, minutes: MINUTES });
    const page = this.env.MAIL_LINK_URL;
    const url = page && `${page}${page.includes('?') ? '&' : '?'}purpose=${purpose}&token=${token}`;
    return {
      subject: text(`${purpose}.subject`),
      greeting: text('greeting'),
      paragraphs: [text(`${purpose}.body`), text('code')],
      code,
      ...(url && { link: { text: text(`${purpose}.link`), url } }),
      footer: text(`${purpose}.footer`),
    };
  }
}

/** Who has closed his account comes back by signing in, for which he may need a new password; not so if others keep him out. */
function isWrittenTo({ isActive, isVerified, deactivatedAt, suspendedAt, deletedAt }: User, purpose: EmailPurpose) {
  if (purpose === 'verify') return isActive && !isVerified;
  return isActive || (deactivatedAt !== null && suspendedAt === null && deletedAt === null);
}
