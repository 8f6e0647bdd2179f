import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { validate } from 'src/core/fields/validate';
import { FirstAnswers } from 'src/core/http/first-answers';
import { Jobs } from 'src/core/jobs/jobs';
import { KnowsObjects } from 'src/core/storage/known-objects';
import { Leftovers } from 'src/core/storage/leftovers';
import { BUILT_IN_LICENSE, BUILT_IN_PACKS } from 'src/modules/media/built-in-stickers';
import { archiveBytes, filesIn } from 'src/modules/media/sticker-archive';
import { StickerPacksRepository, type NewPack, type NewSticker } from 'src/modules/media/sticker-packs.repository';
import { stickerOf, STICKER_SIDE, type StickerPicture } from 'src/modules/media/sticker-pictures';
import { builtInKey, StickerPicturesService } from 'src/modules/media/sticker-pictures.service';
import {
  PackManifest,
  toPackView,
  toStickerView,
  type FullStickerPackView,
  type StickerPackView,
} from 'src/modules/media/stickers.dto';
import {
  StickerFileMissing,
  StickerPackBuiltIn,
  StickerPackNotFound,
  StickerPackUnreadable,
} from 'src/modules/media/stickers.errors';
import { StickersRepository } from 'src/modules/media/stickers.repository';

const MANIFEST = 'pack.json';

/** Packs of stickers: those that come with Muster, and those that admins bring. */
@Injectable()
export class StickerPacksService implements OnApplicationBootstrap {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly packs: StickerPacksRepository,
    private readonly stickers: StickersRepository,
    private readonly pictures: StickerPicturesService,
    private readonly leftovers: Leftovers,
    private readonly answers: FirstAnswers,
  ) {}

  /** Brings what comes with Muster; of several processes that start at once the first does. */
  async onApplicationBootstrap() {
    const here = new Set((await this.packs.list()).map(({ built_in: name }) => name));
    const missing = BUILT_IN_PACKS.filter(([name]) => !here.has(name));
    for (const [name, stickers] of missing) {
      const { author, license, licenseUrl: license_url } = BUILT_IN_LICENSE;
      const rows = stickers.map(({ code, emoji, keywords }) => {
        const size = { width: STICKER_SIDE, height: STICKER_SIDE, is_animated: false };
        return { emoji, keywords, storage_key: builtInKey(code), ...size };
      });
      await this.insert({ built_in: name, name, author, license, license_url }, rows);
    }
  }

  async list(): Promise<StickerPackView[]> {
    return (await this.packs.list()).map(toPackView);
  }

  /** Throws `sticker.pack_not_found`. */
  async get(id: number): Promise<FullStickerPackView> {
    const pack = await this.packs.byId(id);
    if (!pack) throw StickerPackNotFound({ pack_id: id });
    return { ...toPackView(pack), stickers: (await this.stickers.ofPack(id)).map(toStickerView) };
  }

  /**
   * Takes in a ZIP of pictures and `pack.json`, whole or not at all; the same once under one key. Throws `idempotency.mismatch`,
   * `sticker.pack_unreadable`, `sticker.pack_too_large`, `sticker.file_missing`, `sticker.picture_unusable`, and `validation.failed` for
   * what is wrong in `pack.json`.
   */
  async bring(archive: Readable, key?: string): Promise<FullStickerPackView> {
    const bytes = await archiveBytes(archive);
    const files = await filesIn(bytes);
    const manifest = manifestIn(files);
    const pictures: StickerPicture[] = [];
    for (const { file } of manifest.stickers) {
      const picture = files.get(file);
      if (!picture) throw StickerFileMissing({ file });
      pictures.push(await stickerOf(picture, file));
    }
    const keys = await this.pictures.keep(pictures);
    const rows = manifest.stickers.map(({ emoji, keywords }, index) => {
      const { width, height, isAnimated: is_animated } = pictures[index]!;
      return { emoji, keywords, storage_key: keys[index]!, width, height, is_animated };
    });
    const { name, author = null, license = null, license_url = null } = manifest;
    const pack = { built_in: null, name, author, license, license_url };
    const make = async () => ({ status: 201, body: await this.get((await this.insert(pack, rows))!) });
    if (key === undefined) return (await this.leftovers.unlessRegistered(keys, () => this.db.tx(make))).body;
    const request = `a pack of stickers\n${createHash('sha256').update(bytes).digest('hex')}`;
    const { body, isRepeated } = await this.leftovers.unlessRegistered(keys, () =>
      this.db.tx(() => this.answers.once(key, request, make)),
    );
    if (isRepeated) await this.leftovers.discard(keys);
    return body as FullStickerPackView;
  }

  /** It and its stickers are gone, for everybody. Throws `sticker.pack_not_found`, `sticker.pack_built_in`. */
  async remove(id: number): Promise<void> {
    await this.db.tx(async () => {
      const pack = await this.packs.byId(id);
      if (!pack) throw StickerPackNotFound({ pack_id: id });
      if (pack.built_in !== null) throw StickerPackBuiltIn();
      const keys = (await this.stickers.ofPack(id)).map(({ storage_key: key }) => key);
      await this.packs.remove(id);
      await this.jobs.enqueue('media.remove_pictures', { keys });
    });
  }

  @KnowsObjects('stickers/')
  known(keys: string[]): Promise<string[]> {
    return this.stickers.knownKeys(keys);
  }

  private insert(pack: NewPack, stickers: NewSticker[]): Promise<number | undefined> {
    return this.db.tx(async () => {
      const id = await this.packs.insert(pack);
      if (id !== undefined) await this.packs.insertStickers(id, stickers);
      return id;
    });
  }
}

function manifestIn(files: Map<string, Buffer>): PackManifest {
  const bytes = files.get(MANIFEST);
  if (!bytes) throw StickerFileMissing({ file: MANIFEST });
  let manifest: unknown;
  try {
    manifest = JSON.parse(bytes.toString());
  } catch {
    throw StickerPackUnreadable();
  }
  return validate(PackManifest, manifest, currentContext().language);
}
