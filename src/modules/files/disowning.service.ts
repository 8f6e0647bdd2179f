import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Database } from 'src/core/database/database';
import { AppError } from 'src/core/errors/app-error';
import { Jobs } from 'src/core/jobs/jobs';
import { Storage } from 'src/core/storage/storage';
import { ObjectNotFound } from 'src/core/storage/storage.errors';
import { FileUses } from 'src/modules/files/file-uses.service';
import { FilesRepository, type FileRow } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';
import { RenditionsRepository } from 'src/modules/files/renditions.repository';

const AGAIN_MS = 60_000;

/** What others keep of the files of somebody who is gone: what they could read, and not the original, which only he could. */
@Injectable()
export class DisowningService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly uses: FileUses,
    private readonly service: FilesService,
    private readonly files: FilesRepository,
    private readonly renditions: RenditionsRepository,
  ) {}

  /**
   * Of the files that nothing needs or keeps nothing stays. The others are moved to places that don't tell whose they were, without their
   * originals where others get something else. May run twice.
   */
  async disown(fileIds: number[], standInId: string): Promise<void> {
    await this.service.collect(fileIds);
    const folder = `chat-files/${standInId}`;
    const kept = await this.uses.kept(fileIds);
    const left = (await this.files.evenGone(fileIds)).filter(
      ({ id, storage_key, deleted_at }) => (!deleted_at || kept.has(id)) && !storage_key.startsWith(`${folder}/`),
    );
    for (const file of left) await this.strip(file, folder).catch(unlessMissing);
    const pending = left.filter(({ status }) => status === 'processing').map(({ id }) => id);
    const again = { file_ids: pending, stand_in_id: standInId };
    if (pending.length) await this.jobs.enqueue('files.disown', again, { delayMs: AGAIN_MS });
  }

  private async strip(file: FileRow, folder: string): Promise<void> {
    if (file.status === 'processing') return;
    if (file.status === 'processing_failed') {
      // nobody but him could see it, moderators neither
      await this.service.discard(file.id);
      return this.service.erase(file.id, { evenKept: true });
    }
    const made = await this.renditions.of(file.id);
    const clean = made.find(({ variant }) => variant === 'clean') ?? file;
    const previews = made.filter((one) => one !== clean);
    const name = randomUUID();
    const moved = { ...clean, to: `${folder}/${name}${path.extname(clean.storage_key)}` };
    const beside = previews.map((one) => ({ ...one, to: `${folder}/thumbnails/${name}_${one.variant}.${one.format}` }));
    for (const { storage_key: from, to, content_type: contentType } of [moved, ...beside])
      await this.storage.copy(from, to, { contentType });
    const isMoved = await this.db.tx(async () => {
      const { to: storage_key, content_type, file_size } = moved;
      const is = await this.files.replaceOriginal(file, { storage_key, content_type, file_size });
      if (is) await this.renditions.move(file.id, beside);
      return is;
    });
    // of two that do this at once the first is right, and what is not needed any more goes
    const gone = isMoved ? [file, ...made].map((one) => one.storage_key) : [moved, ...beside].map(({ to }) => to);
    for (const key of gone) await this.storage.delete(key);
  }
}

/** A file whose bytes are lost is the sweeper's to remove. */
function unlessMissing(error: unknown) {
  if (!(error instanceof AppError) || error.code !== ObjectNotFound().code) throw error;
}
