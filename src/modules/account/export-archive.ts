import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { AppError } from 'src/core/errors/app-error';
import { I18n } from 'src/core/i18n/i18n';
import { PersonalDataRegister, type ExportedSection } from 'src/core/personal-data/register';
import { Storage } from 'src/core/storage/storage';
import { ObjectNotFound } from 'src/core/storage/storage.errors';
import { zipOf, type ZipEntry } from 'src/modules/account/zip';
import type { User } from 'src/modules/users/users.entities';

/** What is in an export: the last file in it, `manifest.json`. */
interface Manifest {
  format: 'muster-export';
  version: 1;
  made_at: string;
  user_id: string;
  sections: { file: string; rows: number }[];
  files: { file: string; bytes: number }[];
  /** Files of the user's that are not in the storage. */
  missing_files: string[];
}

/** All that belongs to a user as a ZIP, which is made while it is read: JSON Lines for each section, and his files. */
@Injectable()
export class ExportArchive {
  constructor(
    private readonly register: PersonalDataRegister,
    private readonly storage: Storage,
    private readonly i18n: I18n,
  ) {}

  of(user: User): Readable {
    return zipOf(this.entries(user));
  }

  private async *entries(user: User): AsyncGenerator<ZipEntry> {
    const manifest: Manifest = {
      format: 'muster-export',
      version: 1,
      made_at: new Date().toISOString(),
      user_id: user.id,
      sections: [],
      files: [],
      missing_files: [],
    };
    const language = this.i18n.known(user.language) ?? this.i18n.fallback;
    yield textEntry(
      'README.txt',
      this.i18n.text(language, 'export:readme', { name: user.displayName ?? user.username }),
    );
    for (const section of this.register.sectionsOf(user.id)) {
      const told = { file: `data/${section.name}.jsonl`, rows: 0 };
      yield { name: told.file, body: Readable.from(linesOf(section, told), { objectMode: false }), compress: true };
      manifest.sections.push(told);
    }
    yield* this.files(user, manifest);
    yield textEntry('manifest.json', JSON.stringify(manifest, null, 2));
  }

  private async *files({ id }: User, manifest: Manifest): AsyncGenerator<ZipEntry> {
    let number = 0;
    for await (const { key, name } of this.register.filesOf(id)) {
      const file = `files/${String(++number).padStart(5, '0')}-${safeName(name)}`;
      const object = await this.storage.get(key).catch((error: unknown) => {
        if (error instanceof AppError && error.code === ObjectNotFound().code) return undefined;
        throw error;
      });
      if (!object) {
        manifest.missing_files.push(file);
        continue;
      }
      yield { name: file, body: object.body, compress: false };
      manifest.files.push({ file, bytes: object.size });
    }
  }
}

async function* linesOf({ pages }: ExportedSection, told: { rows: number }) {
  for await (const lines of pages) {
    told.rows += lines.length;
    yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
  }
}

const textEntry = (name: string, text: string): ZipEntry => ({
  name,
  body: Readable.from([Buffer.from(`${text}\n`)], { objectMode: false }),
  compress: true,
});

/** Of the 255 that file systems take, less our number. */
const MOST_BYTES_OF_NAME = 240;

/** As people name files, less what could lead an unpacking program elsewhere; the end of it, if it is longer than that one can write. */
function safeName(name: string): string {
  const characters = [...name.replace(/[\p{Cc}\\/:*?"<>|]/gu, '_')];
  while (Buffer.byteLength(characters.join('')) > MOST_BYTES_OF_NAME) characters.shift();
  return characters.join('');
}
