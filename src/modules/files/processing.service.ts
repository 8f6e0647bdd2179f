import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Storage } from 'src/core/storage/storage';
import { bare } from 'src/modules/files/bare-film';
import type { FileRow } from 'src/modules/files/files.repository';
import { FilesRepository } from 'src/modules/files/files.repository';
import { MediaTools } from 'src/modules/files/media-tools';
import { DecoderEnded, PictureRefused, type Rendition } from 'src/modules/files/picture';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { RenditionsRepository, type Discovered, type NewRendition } from 'src/modules/files/renditions.repository';
import { inScratch } from 'src/modules/files/scratch';

/** A file at which a worker, or what looked into it, came to an end so often is left alone. */
const MOST_ATTEMPTS = 4;

const TYPES = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' };

/** What has been made of a file: what is known of it, and further files in the folder. */
interface Outcome {
  discovered: Discovered;
  made: Made[];
}
interface Made {
  variant: NewRendition['variant'];
  format: string;
  contentType: string;
  path: string;
  width: number | null;
  height: number | null;
}

/** Looks into files and makes of them what others get to see. */
@Injectable()
export class ProcessingService {
  private readonly logger = new Logger('FileProcessing');

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly storage: Storage,
    private readonly files: FilesRepository,
    private readonly renditions: RenditionsRepository,
    private readonly pictures: PictureRenderer,
    private readonly media: MediaTools,
  ) {}

  /** Ends as `ready` or `processing_failed`, and tells so; does nothing if it has ended before. Throws if it is to be tried again. */
  async process(id: number): Promise<void> {
    const file = await this.files.byId(id);
    if (file?.status !== 'processing' || file.deleted_at) return;
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
      await this.finish(file, await this.examine(file, source, folder));
    } catch (error) {
      if (!(error instanceof PictureRefused || error instanceof DecoderEnded)) await this.renditions.spare(file.id);
      throw error;
    }
  }

  private async examine(file: FileRow, source: string, folder: string): Promise<Outcome> {
    if (file.kind === 'image') return this.picture(source, folder, true);
    if (await this.media.knows(file.content_type)) return this.recording(file, source, folder);
    return this.unknown(file, source);
  }

  private async picture(source: string, folder: string, clean: boolean): Promise<Outcome> {
    const { renditions, ...about } = await this.pictures.render({ source, folder, clean });
    const made = renditions.map((one: Rendition) => ({ ...one, contentType: TYPES[one.format] }));
    return { discovered: { ...about, hasThumbnails: true }, made };
  }

  /** Nothing is learnt of it; but of a film others get only what does not tell where it was made. */
  private async unknown(
    { kind, content_type: contentType, storage_key: key }: FileRow,
    source: string,
  ): Promise<Outcome> {
    if (kind !== 'video') return { discovered: {}, made: [] };
    await bare(source, this.media.containerOf(contentType));
    const format = path.extname(key).slice(1);
    return {
      discovered: {},
      made: [{ variant: 'clean', format, contentType, path: source, width: null, height: null }],
    };
  }

  private async recording(file: FileRow, source: string, folder: string): Promise<Outcome> {
    const { content_type: type } = file;
    const about = await this.media.probe(source, type);
    if (file.kind === 'audio') {
      const waveform = file.waveform ?? (await this.media.waveform(source, type));
      return { discovered: { durationMs: about.durationMs, waveform }, made: [] };
    }
    const poster = await this.media.poster(source, type, folder, about);
    const { discovered, made } = await this.picture(poster, folder, false);
    const cleaned = await this.media.clean(source, type, folder);
    const format = path.extname(cleaned).slice(1);
    made.push({ ...about, variant: 'clean', format, contentType: `video/${format}`, path: cleaned });
    return { discovered: { ...discovered, ...about }, made };
  }

  private async finish(file: FileRow, { discovered, made }: Outcome): Promise<void> {
    const stored: NewRendition[] = [];
    for (const one of made) stored.push(await this.store(file, one));
    const kept = await this.db.tx(async () => {
      const ready = await this.renditions.ready(file.id, discovered);
      if (!ready) return false;
      await this.renditions.replace(file.id, stored);
      await this.bus.publish('file.processed', { file_id: file.id });
      return true;
    });
    if (!kept && !(await this.isMadeOf(file)))
      for (const { storageKey } of stored) await this.storage.delete(storageKey);
  }

  /** Whether another run has made the same of it in the meantime, under the same names. */
  private async isMadeOf({ id, storage_key: key }: FileRow): Promise<boolean> {
    const now = await this.files.byId(id);
    return now?.status === 'ready' && !now.deleted_at && now.storage_key === key;
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
