import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { Unavailable } from 'src/core/errors/common.errors';
import { Leftovers } from 'src/core/storage/leftovers';
import { Storage } from 'src/core/storage/storage';
import { decideType, SAMPLE_BYTES } from 'src/modules/files/file-type';
import { AvatarUnreadable, FileEmpty, FileTypeNotAllowed } from 'src/modules/files/files.errors';
import { FilesRepository } from 'src/modules/files/files.repository';
import { Incoming } from 'src/modules/files/incoming';
import { PictureRefused, type Rendered } from 'src/modules/files/picture';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { QuotasService } from 'src/modules/files/quotas.service';
import { RenditionsRepository, type NewRendition } from 'src/modules/files/renditions.repository';
import { inScratch } from 'src/modules/files/scratch';
import type { IncomingFile } from 'src/core/http/multipart';

/** Small pictures that stand for somebody or something: only squares are kept, in three sizes, never the original. */
@Injectable()
export class AvatarPicturesService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly db: Database,
    private readonly storage: Storage,
    private readonly leftovers: Leftovers,
    private readonly pictures: PictureRenderer,
    private readonly files: FilesRepository,
    private readonly renditions: RenditionsRepository,
    private readonly quotas: QuotasService,
  ) {}

  /**
   * A file of the owner's with previews only. Who takes it must refer to it, or it goes after a day. Throws `file.too_large`,
   * `file.type_not_allowed`, `avatar.unreadable`, those of a quota.
   */
  take(ownerId: string, { name, body }: IncomingFile): Promise<number> {
    return inScratch(async (folder) => {
      const source = path.join(folder, 'original');
      await this.receive(new Incoming(body), name, source);
      return this.keep(ownerId, await this.render(source, folder));
    });
  }

  private async receive(incoming: Incoming, name: string, target: string) {
    try {
      const head = await incoming.head(SAMPLE_BYTES);
      if (!head.length) throw FileEmpty();
      const { kind, extension } = await decideType(head, name);
      if (kind !== 'image') throw FileTypeNotAllowed({ type: extension });
      await pipeline(incoming.flow(this.env.MAX_AVATAR_SIZE), createWriteStream(target));
    } finally {
      incoming.discard();
    }
  }

  private render(source: string, folder: string): Promise<Rendered> {
    return this.pictures.render({ source, folder, clean: false, square: true }).catch((error: unknown) => {
      throw error instanceof PictureRefused ? AvatarUnreadable() : Unavailable();
    });
  }

  private async keep(ownerId: string, { renditions, thumbhash, isAnimated }: Rendered): Promise<number> {
    const stored: NewRendition[] = [];
    const folder = `avatars/${ownerId}/${randomUUID()}`;
    try {
      for (const { variant, format, path: source, width, height } of renditions) {
        const { size: fileSize } = await stat(source);
        const contentType = `image/${format}`;
        const storageKey = `${folder}/${variant}.${format}`;
        stored.push({ variant, format, contentType, storageKey, fileSize, width, height });
        await this.storage.put(storageKey, createReadStream(source), { contentType, size: fileSize });
      }
    } catch (error) {
      await this.leftovers.discard(keysOf(stored));
      throw error;
    }
    const about = { thumbhash, isAnimated };
    return this.leftovers.unlessRegistered(keysOf(stored), () =>
      this.db.tx(() => this.register(ownerId, stored, about)),
    );
  }

  private async register(
    ownerId: string,
    stored: NewRendition[],
    about: { thumbhash: string; isAnimated: boolean },
  ): Promise<number> {
    const largest = stored.find(({ variant, format }) => variant === 'large' && format === 'jpeg')!;
    const id = await this.files.insert({
      owner_id: ownerId,
      client_id: null,
      status: 'processing',
      kind: 'image',
      file_name: 'avatar.jpg',
      content_type: largest.contentType,
      file_size: largest.fileSize,
      sha256: null,
      storage_key: largest.storageKey,
    });
    await this.quotas.take(ownerId, largest.fileSize);
    const { width, height } = largest;
    await this.renditions.ready(id!, { ...about, width, height, hasThumbnails: true });
    await this.renditions.replace(id!, stored);
    return id!;
  }
}

const keysOf = (stored: NewRendition[]) => stored.map(({ storageKey }) => storageKey);
