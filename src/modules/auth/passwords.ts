import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { Gate } from 'src/core/collections/gate';
import { PasswordHasher } from 'src/modules/auth/password-hasher';
import { weakness } from 'src/modules/auth/password-strength';

const LONGEST_LINE = 200;
const PATIENCE_MS = 60_000;
/** Characters of a bcrypt hash after its cost. */
const SALT_AND_HASH = 53;

/** Hashes and compares passwords, so many at once; more wait in line, and beyond that are told to come back later. */
@Injectable()
export class Passwords {
  private readonly gate: Gate;
  private readonly nobodys: string;

  constructor(
    private readonly hasher: PasswordHasher,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.gate = new Gate({ atOnce: env.PASSWORDS_AT_ONCE, waiting: LONGEST_LINE, patienceMs: PATIENCE_MS });
    this.nobodys = nobodysHash(env.BCRYPT_COST);
  }

  /** Throws `validation.failed`, naming `field` and why, for a password that is guessed too easily by who knows what is `about` its user. */
  requireStrong(password: string, field: string, about: (string | null)[] = []) {
    const fault = weakness(password, field, about);
    if (fault) throw ValidationFailed({}, [fault]);
  }

  hash(password: string): Promise<string> {
    return this.gate.pass(() => this.hasher.hash(digest(password), this.env.BCRYPT_COST));
  }

  /** Takes as long for an unknown account (`hash` undefined) as for a wrong password. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const same = await this.gate.pass(() => this.hasher.compare(digest(password), hash ?? this.nobodys));
    return same && hash !== undefined;
  }
}

/** bcrypt reads 72 bytes and stops at NUL; a digest in base64 carries passwords of any length and alphabet. NFKC: as typed on any keyboard. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64');

/** What accounts that are not there have: comparing with it is the work of a hash of that cost, and nobody knows its password. */
export const nobodysHash = (cost: number) => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(SALT_AND_HASH)}`;
