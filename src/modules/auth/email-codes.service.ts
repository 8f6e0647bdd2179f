import { Inject, Injectable } from '@nestjs/common';
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { JobData } from 'src/contracts';
import { currentContext } from 'src/core/context/context';
import { RateLimits } from 'src/core/http/rate-limits';
import { I18n } from 'src/core/i18n/i18n';
import { Jobs } from 'src/core/jobs/jobs';
import { toMail, type Letter } from 'src/core/mail/letter';
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
/** So many wishes for another address has an account; each may bring somebody a mail. */
const CHANGES = { name: 'change_email', points: 5, seconds: 3600 };
/** A wish waits for its mail as long as that is tried. */
const DAYS_OF_MAILS = 1;

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
    private readonly limits: RateLimits,
  ) {}

  /** Calls for a mail to whoever has this e-mail address; tells nobody whether there is such a person. */
  async request(purpose: 'verify' | 'reset', email: string): Promise<void> {
    await this.jobs.enqueue('auth.mail_code', { purpose, email, language: currentContext().language });
  }

  /** Counts that a user asks for a mail to another address. Throws `rate_limit.exceeded`: nobody may write to strangers by it. */
  async countChange(userId: string): Promise<void> {
    await this.limits.consume(CHANGES, userId);
  }

  /**
   * Calls for a mail to an address that a user wants, within the open transaction in which his password is held. He may want one at a
   * time, and none after his password has changed.
   */
  async requestChange(userId: string, email: string): Promise<void> {
    await this.codes.reserve(userId, email, [randomBytes(32), randomBytes(32)], DAYS_OF_MAILS);
    await this.jobs.enqueue('auth.mail_change_code', { user_id: userId, language: currentContext().language });
  }

  /** The user wants no other address any more. */
  withdrawChange = (userId: string): Promise<void> => this.codes.forget(userId, ['change']);

  /** Within the open transaction in which the account gets another address: what was sent to the one before is good for nothing. */
  voidOfOldAddress = (userId: string): Promise<void> => this.codes.forget(userId, ['verify', 'reset']);

  /** Writes the mail, in the language of the person. */
  async deliver({ purpose, email, language }: JobData<'auth.mail_code'>): Promise<void> {
    const user = await this.users.findForLogin(email);
    if (user?.email !== email || !isWrittenTo(user, purpose)) return;
    await this.write(purpose, user, email, language);
  }

  /** The same to the address that a user wants, whoever else may have it: only who reads its mail is to learn of that. */
  async deliverChange({ user_id: userId, language }: JobData<'auth.mail_change_code'>): Promise<void> {
    const user = (await this.users.activeByIds([userId])).get(userId);
    const email = user && (await this.codes.reserved(userId));
    if (email && email !== user.email) await this.write('change', user, email, language);
  }

  private async write(purpose: EmailPurpose, user: User, email: string, language: string): Promise<void> {
    if (await this.codes.sentWithin(user.id, purpose, AGAIN_AFTER_SECONDS)) return;
    if (!(await this.mailer.hasRoom(email, 'code'))) return; // and the code that he may have stays good
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const token = randomBytes(32).toString('base64url');
    const [codeHash, tokenHash] = [this.hash(purpose, user.id, code), this.hash(purpose, token)];
    const made = { userId: user.id, purpose, email, codeHash, tokenHash, tries: TRIES, seconds: MINUTES * 60 };
    if (purpose !== 'change') await this.codes.put(made);
    else if (!(await this.codes.fill(made))) return;
    const letter = this.letter(purpose, this.i18n.known(user.language) ?? language, user, code, token);
    await this.mailer.send(toMail(letter, { to: email, userId: user.id }), 'code');
    await this.codes.markSent(user.id, purpose, email);
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
    await this.codes.holdAccount(purpose, hash);
    const taken = await this.codes.take(purpose, hash);
    if (!taken) throw InvalidCode();
    return taken;
  }

  /** The same without using it up: in its time it may come again, and nothing more is to be done. */
  async change(hash: Buffer): Promise<{ userId: string; email: string }> {
    await this.codes.holdAccount('change', hash);
    const found = await this.codes.find('change', hash);
    if (!found) throw InvalidCode();
    return found;
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
