import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { decideType, extensionOf, type DecidedType } from 'src/modules/files/file-type';
import type { FileKind } from 'src/modules/files/files.entities';
import { FileTooLarge, FileTypeNotAllowed } from 'src/modules/files/files.errors';

/** What may be uploaded. */
@Injectable()
export class FileRules {
  /** Bytes that a file of some kind may have. */
  readonly largest: number;
  private readonly limits: Record<FileKind, number>;
  private readonly allowed: Set<string> | undefined;

  constructor(@Inject(ENV) env: Env) {
    const { MAX_FILE_SIZE: most } = env;
    this.limits = {
      image: env.MAX_IMAGE_SIZE ?? most,
      video: env.MAX_VIDEO_SIZE ?? most,
      audio: env.MAX_AUDIO_SIZE ?? most,
      file: env.MAX_DOCUMENT_SIZE ?? most,
    };
    this.largest = Math.max(...Object.values(this.limits));
    const extensions = env.ALLOWED_FILE_EXTENSIONS;
    this.allowed = extensions.includes('*') ? undefined : new Set(extensions.map((one) => extensionOf(`.${one}`)));
  }

  /** What a file is that begins like that. Throws `file.type_not_allowed`. */
  async typeOf(head: Buffer, name: string): Promise<DecidedType> {
    const type = await decideType(head, name);
    if (this.allowed && !this.allowed.has(type.extension)) throw FileTypeNotAllowed({ type: type.extension });
    return type;
  }

  /** Bytes that a file of the kind may have. */
  limitOf(kind: FileKind): number {
    return this.limits[kind];
  }

  /** Of a file of the kind, or of any. Throws `file.too_large`. */
  checkSize(bytes: number, kind?: FileKind) {
    const limit = kind ? this.limitOf(kind) : this.largest;
    if (bytes > limit) throw FileTooLarge({ limit });
  }
}
