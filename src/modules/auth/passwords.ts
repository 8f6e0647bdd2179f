import { Inject, Injectable } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { Gate } from 'src/core/collections/gate';
import { weakness } from 'src/modules/auth/password-strength';

const LONGEST_LINE = 200;
const PATIENCE_MS = 60_000;

/**
 * Hashes and compares passwords with bcrypt, in libuv's threads: the event loop goes on meanwhile, and a flood of sign-ins leaves
 * threads for files and names.
 */
@Injectable()
export class Passwords {
  private readonly gate: Gate;
  private readonly nobodys: Promise<string>;

  constructor(@Inject(ENV) private readonly env: Env) {
    this.gate = new Gate({ atOnce: env.PASSWORDS_AT_ONCE, waiting: LONGEST_LINE, patienceMs: PATIENCE_MS });
    this.nobodys = this.hash('');
  }

  /** Throws `validation.failed`, naming `field` and why, for a password that is guessed too easily by who knows what is `about` its user. */
  requireStrong(password: string, field: string, about: (string | null)[] = []) {
    const fault = weakness(password, field, about);
    if (fault) throw ValidationFailed({}, [fault]);
  }

  hash(password: string): Promise<string> {
    return this.gate.pass(() => bcrypt.hash(digest(password), this.env.BCRYPT_COST));
  }

  /** Takes as long for an unknown account (`hash` undefined) as for a wrong password. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const compared = hash ?? (await this.nobodys);
    const same = await this.gate.pass(() => bcrypt.compare(digest(password), compared));
    return same && hash !== undefined;
  }
}

/** bcrypt reads 72 bytes and stops at NUL; a digest in base64 carries passwords of any length and alphabet. NFKC: as typed on any keyboard. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64');
