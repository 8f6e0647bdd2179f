import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { decideType, extensionOf, type DecidedType } from 'src/modules/files/file-type';
import { FileTooLarge, FileTypeNotAllowed } from 'src/modules/files/files.errors';

/** What may be uploaded. */
@Injectable()
export class FileRules {
  /** In bytes. */
  readonly largest: number;
  private readonly allowed: Set<string> | undefined;

  constructor(@Inject(ENV) env: Env) {
    this.largest = env.MAX_FILE_SIZE;
    const extensions = env.ALLOWED_FILE_EXTENSIONS;
    this.allowed = extensions.includes('*') ? undefined : new Set(extensions.map((one) => extensionOf(`.${one}`)));
  }

  /** What a file is that begins like that. Throws `file.type_not_allowed`. */
  async typeOf(head: Buffer, name: string): Promise<DecidedType> {
    const type = await decideType(head, name);
    if (this.allowed && !this.allowed.has(type.extension)) throw FileTypeNotAllowed({ type: type.extension });
    return type;
  }

  /** Throws `file.too_large`. */
  checkSize(bytes: number) {
    if (bytes > this.largest) throw FileTooLarge({ limit: this.largest });
  }
}
