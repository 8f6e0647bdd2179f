import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Storage } from 'src/core/storage/storage';
import { FileUses } from 'src/modules/files/file-uses.service';
import type { FileRow } from 'src/modules/files/files.repository';
import { FilesRepository } from 'src/modules/files/files.repository';
import { InspectionService, type Made, type Outcome } from 'src/modules/files/inspection.service';
import { DecoderEnded, PictureRefused } from 'src/modules/files/picture';
import { RenditionsRepository, type NewRendition } from 'src/modules/files/renditions.repository';
import { inScratch } from 'src/modules/files/scratch';

/** A file at which a worker, or what looked into it, came to an end so often is left alone. */
const MOST_ATTEMPTS = 4;

/** Has files looked into, and keeps what was made of them for others to see. */
@Injectable()
export class ProcessingService {
  private readonly logger = new Logger('FileProcessing');

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly storage: Storage,
    private readonly files: FilesRepository,
    private readonly renditions: RenditionsRepository,
    private readonly uses: FileUses,
    private readonly inspection: InspectionService,
  ) {}

  /** Ends as `ready` or `processing_failed`, and tells so; does nothing if it has ended before. Throws if it is to be tried again. */
  async process(id: number): Promise<void> {
    const file = await this.files.byId(id);
    // what is taken back while it waits here is looked into all the same, if it is kept as evidence
    if (file?.status !== 'processing' || !(await this.isWanted(file))) return;
    try {
      await inScratch(async (folder) => {
        const source = await this.fetch(file, folder);
        if ((await this.renditions.attempt(id)) > MOST_ATTEMPTS) throw new PictureRefused('tried too often');
        await this.make(file, source, folder);
      });
    } catch (error) {
      if (!(error instanceof PictureRefused)) throw error;
      this.logger.log(`file ${id} cannot be shown: ${error.message}`);
      await this.fail(id);
    }
  }

  /** Finds the hash of what did not pass through us. Throws if it is to be tried again. */
  async hash(id: number): Promise<void> {
    const file = await this.files.byId(id);
    if (!file || file.sha256 !== null || file.deleted_at) return;
    const hash = createHash('sha256');
    const { body } = await this.storage.get(file.storage_key);
    await pipeline(body, hash);
    await this.files.setHash(id, file.storage_key, hash.digest('hex'));
  }

  private async fetch({ storage_key: key }: FileRow, folder: string): Promise<string> {
    const source = path.join(folder, 'original');
    const { body } = await this.storage.get(key);
    await pipeline(body, createWriteStream(source));
    return source;
  }

  private async make(file: FileRow, source: string, folder: string): Promise<void> {
    try {
      await this.finish(file, await this.inspection.examine(file, source, folder));
    } catch (error) {
      if (!(error instanceof PictureRefused || error instanceof DecoderEnded)) await this.renditions.spare(file.id);
      throw error;
    }
  }

  private async finish(file: FileRow, { discovered, made }: Outcome): Promise<void> {
    const stored: NewRendition[] = [];
    for (const one of made) stored.push(await this.store(file, one));
    const kept = await this.db.tx(async () => {
      const now = await this.files.holdStill(file.id);
      if (!now || !(await this.isWanted(now)) || !(await this.renditions.ready(file.id, discovered))) return false;
      await this.renditions.replace(file.id, stored);
      await this.bus.publish('file.processed', { file_id: file.id });
      return true;
    });
    if (!kept && !(await this.isMadeOf(file)))
      for (const { storageKey } of stored) await this.storage.delete(storageKey);
  }

  /** Whether another run has made the same of it in the meantime, under the same names. */
  private async isMadeOf(file: FileRow): Promise<boolean> {
    const now = await this.files.byId(file.id);
    return now?.status === 'ready' && now.storage_key === file.storage_key && this.isWanted(now);
  }

  /** Not if it is gone, unless some feature keeps it all the same. */
  private async isWanted({ id, deleted_at }: FileRow): Promise<boolean> {
    return !deleted_at || (await this.uses.kept([id])).has(id);
  }

  /** Beside the original, under a name that is the same when it is made again. */
  private async store(file: FileRow, made: Made): Promise<NewRendition> {
    const { variant, format, contentType, width, height } = made;
    const { dir, name } = path.posix.parse(file.storage_key);
    const storageKey = `${dir}/thumbnails/${name}_${variant}.${format}`;
    const { size } = await stat(made.path);
    await this.storage.put(storageKey, createReadStream(made.path), { contentType, size });
    return { variant, format, contentType, storageKey, fileSize: size, width, height };
  }

  private async fail(id: number): Promise<void> {
    await this.db.tx(async () => {
      if (await this.renditions.failed(id)) await this.bus.publish('file.processed', { file_id: id });
    });
  }
}
