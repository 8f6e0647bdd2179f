import { Inject, Injectable } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';

/** Hashes and compares passwords with bcrypt, in libuv's threads: the event loop goes on meanwhile. */
@Injectable()
export class Passwords {
  private readonly nobodys: Promise<string>;

  constructor(@Inject(ENV) private readonly env: Env) {
    this.nobodys = this.hash('');
  }

  hash(password: string): Promise<string> {
    return bcrypt.hash(digest(password), this.env.BCRYPT_COST);
  }

  /** Takes as long for an unknown account (`hash` undefined) as for a wrong password. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const same = await bcrypt.compare(digest(password), hash ?? (await this.nobodys));
    return same && hash !== undefined;
  }
}

/** bcrypt reads 72 bytes and stops at NUL; a digest in base64 carries passwords of any length and alphabet. NFKC: as typed on any keyboard. */
const digest = (password: string) => createHash('sha256').update(password.normalize('NFKC')).digest('base64');
