import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { TwoFactorIsOff, TwoFactorIsOn, WrongTwoFactorCode } from 'src/modules/auth/auth.errors';
import { LoginThrottle } from 'src/modules/auth/login-throttle';
import { PasswordsService } from 'src/modules/auth/passwords.service';
import { SecurityLog, type Doer } from 'src/modules/auth/security-log.service';
import { base32, matchingStep, otpauthUrl } from 'src/modules/auth/totp';
import { TwoFactorRepository } from 'src/modules/auth/two-factor.repository';
import { UsersService } from 'src/modules/users/users.service';

const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 80 bits: a plain hash of it cannot be guessed. */
const RECOVERY_BYTES = 10;

export interface Enrolment {
  secret: string;
  otpauthUrl: string;
}

/** A second proof beside the password: the codes of an authenticator app, or one of ten recovery codes. */
@Injectable()
export class TwoFactorService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly factors: TwoFactorRepository,
    private readonly throttle: LoginThrottle,
    private readonly log: SecurityLog,
    private readonly streams: Streams,
  ) {}

  async isOn(userId: string): Promise<boolean> {
    return Boolean((await this.factors.find(userId))?.confirmedAt);
  }

  async status(userId: string): Promise<{ enabled: boolean; recoveryCodesLeft: number }> {
    return { enabled: await this.isOn(userId), recoveryCodesLeft: await this.factors.recoveryCodesLeft(userId) };
  }

  /** A new secret, asked for only once it is confirmed. Throws `auth.wrong_password` or `auth.two_factor_on`. */
  async begin(userId: string, password: string, ip: string): Promise<Enrolment> {
    await this.passwords.prove(userId, password, ip);
    const { email } = await this.users.get(userId);
    const secret = randomBytes(SECRET_BYTES);
    if (!(await this.factors.begin(userId, secret))) throw TwoFactorIsOn();
    return { secret: base32(secret), otpauthUrl: otpauthUrl(this.env.APP_NAME, email, secret) };
  }

  /**
   * Turns it on with a first code, and returns the recovery codes, which are shown this once. Throws `auth.wrong_two_factor_code`,
   * `auth.two_factor_on`, or `auth.two_factor_off` if it was not begun.
   */
  async confirm(userId: string, code: string, ip: string): Promise<string[]> {
    await this.counted(userId, { ip }, async () => {
      const factor = await this.factors.find(userId);
      return Boolean(factor && matchingStep(factor.secret, code, Date.now(), factor.lastStep));
    });
    return this.db.tx(async () => {
      const factor = await this.factors.lock(userId);
      if (!factor) throw TwoFactorIsOff();
      if (factor.confirmedAt) throw TwoFactorIsOn();
      const step = matchingStep(factor.secret, code, Date.now(), factor.lastStep);
      if (step === undefined) throw WrongTwoFactorCode();
      const codes = newRecoveryCodes();
      await this.factors.confirm(userId, step, codes.map(hashOf));
      await this.log.note(userId, 'two_factor_enabled', { ip });
      await this.streams.append(userId, 'account_changed', { part: 'security' });
      return codes;
    });
  }

  /**
   * New recovery codes, shown this once, in the place of those before. Throws `auth.wrong_password`, `auth.wrong_two_factor_code` or
   * `auth.two_factor_off`.
   */
  async renewRecoveryCodes(userId: string, password: string, code: string, ip: string): Promise<string[]> {
    const proven = await this.proveBoth(userId, password, code, ip);
    return this.db.tx(async () => {
      await this.passwords.hold(userId, proven);
      // it may have been turned off, or begun anew, since the code was looked at
      if (!(await this.factors.lock(userId))?.confirmedAt) throw TwoFactorIsOff();
      const codes = newRecoveryCodes();
      await this.factors.replaceRecoveryCodes(userId, codes.map(hashOf));
      await this.log.note(userId, 'recovery_codes_renewed', { ip });
      await this.streams.append(userId, 'account_changed', { part: 'security' });
      return codes;
    });
  }

  /** Throws `auth.wrong_password`, `auth.wrong_two_factor_code` or `auth.two_factor_off`. */
  async disable(userId: string, password: string, code: string, ip: string): Promise<void> {
    const proven = await this.proveBoth(userId, password, code, ip);
    await this.db.tx(async () => {
      await this.passwords.hold(userId, proven);
      await this.factors.remove(userId);
      await this.log.note(userId, 'two_factor_disabled', { ip });
      await this.streams.append(userId, 'account_changed', { part: 'security' });
    });
  }

  /** Uses a code up, of the app or for recovery. Throws `auth.wrong_two_factor_code`, or `rate_limit.exceeded` after too many. */
  async prove(userId: string, code: string, doer: Doer & { ip: string }): Promise<void> {
    await this.counted(userId, doer, () =>
      this.db.tx(async () => {
        const factor = await this.factors.lock(userId);
        if (!factor?.confirmedAt) return false;
        // apps show it in two groups
        const step = matchingStep(factor.secret, code.replace(/\s/g, ''), Date.now(), factor.lastStep);
        if (step === undefined) return this.factors.takeRecoveryCode(userId, hashOf(code));
        await this.factors.setLastStep(userId, step);
        return true;
      }),
    );
  }

  /** The password that was proven beside the code, to be held by who does something by both. */
  private async proveBoth(userId: string, password: string, code: string, ip: string): Promise<string> {
    if (!(await this.isOn(userId))) throw TwoFactorIsOff();
    const proven = await this.passwords.prove(userId, password, ip);
    await this.prove(userId, code, { ip });
    return proven;
  }

  private async counted(userId: string, doer: Doer & { ip: string }, isGood: () => Promise<boolean>) {
    // whoever gets here knows the password: nobody else can make the user wait, so everywhere counts as one
    const attempt = { account: `code:${userId}`, ip: doer.ip, known: false };
    await this.throttle.take(attempt);
    if (!(await isGood())) {
      this.log.noteFailure(userId, 'two_factor_failed', doer);
      throw WrongTwoFactorCode();
    }
    await this.throttle.forgive(attempt);
  }
}

const newRecoveryCodes = () => Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
const newRecoveryCode = () => base32(randomBytes(RECOVERY_BYTES)).match(/.{4}/g)!.join('-');

const hashOf = (code: string): Buffer =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^A-Z2-7]/g, ''))
    .digest();
