import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { AppError } from 'src/core/errors/app-error';
import { id } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import type { OpenObject } from 'src/core/storage/storage';
import { Streams } from 'src/core/streams/streams';
import { StickerPicturesService } from 'src/modules/media/sticker-pictures.service';
import { toStickerView, type StickersQuery, type StickerView } from 'src/modules/media/stickers.dto';
import { StickerNotFound, TooManyFavoriteStickers } from 'src/modules/media/stickers.errors';
import { StickersRepository, type StickerRow } from 'src/modules/media/stickers.repository';

const MOST_FAVORITES = 200;
const MOST_RECENT = 50;

/** Stickers, and which of them somebody likes and uses. */
@Injectable()
export class StickersService {
  constructor(
    private readonly db: Database,
    private readonly stickers: StickersRepository,
    private readonly pictures: StickerPicturesService,
    private readonly streams: Streams,
  ) {}

  /** Oldest first; all, or those that `q` finds. */
  async list({ q, limit, cursor }: StickersQuery): Promise<Page<StickerView>> {
    const rows = await this.stickers.find(q, placeOf(id(), cursor) ?? 0, limit + 1);
    return toPage(rows.map(toStickerView), limit, ({ id: last }) => last);
  }

  /** Throws `sticker.not_found`. */
  async get(stickerId: number): Promise<StickerView> {
    return toStickerView(await this.row(stickerId));
  }

  /** Each of them, or that there is none such; to the end of the transaction they stay. */
  async each(stickerIds: number[]): Promise<(StickerView | AppError)[]> {
    const found = new Map((await this.stickers.keep(stickerIds)).map((row) => [row.id, toStickerView(row)]));
    return stickerIds.map((id) => found.get(id) ?? StickerNotFound({ sticker_id: id }));
  }

  /** Its picture, which never changes. Throws `sticker.not_found`. */
  async picture(stickerId: number): Promise<OpenObject> {
    return this.pictures.open((await this.row(stickerId)).storage_key);
  }

  /** Newest first. */
  async favorites(userId: string): Promise<StickerView[]> {
    return (await this.stickers.favorites(userId)).map(toStickerView);
  }

  /** Throws `sticker.not_found`, `sticker.too_many_favorites`. */
  async addFavorite(userId: string, stickerId: number): Promise<void> {
    await this.db.tx(async () => {
      await this.row(stickerId);
      if (!(await this.stickers.addFavorite(userId, stickerId, MOST_FAVORITES)))
        throw TooManyFavoriteStickers({ limit: MOST_FAVORITES });
      await this.streams.append(userId, 'account_changed', { part: 'stickers' });
    });
  }

  async removeFavorite(userId: string, stickerId: number): Promise<void> {
    await this.db.tx(async () => {
      await this.stickers.removeFavorite(userId, stickerId);
      await this.streams.append(userId, 'account_changed', { part: 'stickers' });
    });
  }

  /** Last used first, the last 50. */
  async recent(userId: string): Promise<StickerView[]> {
    return (await this.stickers.recent(userId)).map(toStickerView);
  }

  /** Remembers that the user has used it just now. Throws `sticker.not_found`. */
  async used(userId: string, stickerId: number): Promise<void> {
    await this.db.tx(async () => {
      await this.row(stickerId);
      await this.usedEach([{ userId, stickerId }]);
    });
  }

  /** The same of many, in this order, that are there as the caller knows. */
  usedEach(uses: { userId: string; stickerId: number }[]): Promise<void> {
    return this.stickers.used(uses, MOST_RECENT);
  }

  private async row(stickerId: number): Promise<StickerRow> {
    const [row] = await this.stickers.keep([stickerId]);
    if (!row) throw StickerNotFound({ sticker_id: stickerId });
    return row;
  }
}
