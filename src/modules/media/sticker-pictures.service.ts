import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { AppError } from 'src/core/errors/app-error';
import { Leftovers } from 'src/core/storage/leftovers';
import { Storage, type OpenObject } from 'src/core/storage/storage';
import { ObjectNotFound } from 'src/core/storage/storage.errors';
import { drawingOf, type StickerPicture } from 'src/modules/media/sticker-pictures';

const FOLDER = 'stickers/packs';
const BUILT_IN = `${FOLDER}/built-in/`;
const WEBP = { contentType: 'image/webp' };

/** The pictures of stickers in storage. Those that come with Muster are drawn when they are first asked for, or have been lost. */
@Injectable()
export class StickerPicturesService {
  constructor(
    private readonly storage: Storage,
    private readonly leftovers: Leftovers,
  ) {}

  /** Keeps the pictures of a new pack, all or none, and returns their keys in order. */
  async keep(pictures: StickerPicture[]): Promise<string[]> {
    const folder = `${FOLDER}/${randomUUID()}`;
    const keys: string[] = [];
    try {
      for (const { webp } of pictures) {
        const key = `${folder}/${keys.length}.webp`;
        await this.storage.put(key, webp, WEBP);
        keys.push(key);
      }
      return keys;
    } catch (error) {
      await this.leftovers.discard(keys);
      throw error;
    }
  }

  async open(key: string): Promise<OpenObject> {
    try {
      return await this.storage.get(key);
    } catch (error) {
      const missing = error instanceof AppError && error.code === ObjectNotFound().code;
      if (!missing || !key.startsWith(BUILT_IN)) throw error;
    }
    await this.storage.put(key, await drawingOf(path.basename(key, '.webp')), WEBP);
    return this.storage.get(key);
  }

  /** Those of packs that are gone. May run twice. */
  async remove(keys: string[]): Promise<void> {
    for (const key of keys) await this.storage.delete(key);
  }
}

/** Where the drawing of a built-in sticker is: the same for everybody. */
export const builtInKey = (code: string): string => `${BUILT_IN}${code}.webp`;
