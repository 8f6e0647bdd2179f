import { Module } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { GifProvider } from 'src/modules/media/gif-provider';
import { GifsController } from 'src/modules/media/gifs.controller';
import { GIF_PROVIDER, GifsService } from 'src/modules/media/gifs.service';
import { GiphyProvider } from 'src/modules/media/giphy.provider';
import { MediaPersonalData } from 'src/modules/media/media.personal-data';
import { MediaWorkers } from 'src/modules/media/media.workers';
import { StickerPacksController } from 'src/modules/media/sticker-packs.controller';
import { StickerPacksRepository } from 'src/modules/media/sticker-packs.repository';
import { StickerPacksService } from 'src/modules/media/sticker-packs.service';
import { StickerPicturesService } from 'src/modules/media/sticker-pictures.service';
import { StickersController } from 'src/modules/media/stickers.controller';
import { StickersRepository } from 'src/modules/media/stickers.repository';
import { StickersService } from 'src/modules/media/stickers.service';
import { TenorProvider } from 'src/modules/media/tenor.provider';
import { UsersModule } from 'src/modules/users/users.module';

function gifProvider(env: Env): GifProvider | undefined {
  if (env.GIPHY_API_KEY) return new GiphyProvider(env.GIPHY_API_URL, env.GIPHY_API_KEY, env.GIF_TIMEOUT_MS);
  if (env.TENOR_API_KEY) return new TenorProvider(env.TENOR_API_URL, env.TENOR_API_KEY, env.GIF_TIMEOUT_MS);
  return undefined;
}

@Module({
  imports: [UsersModule],
  controllers: [StickerPacksController, StickersController, GifsController],
  providers: [
    StickersService,
    StickerPacksService,
    StickerPicturesService,
    StickersRepository,
    StickerPacksRepository,
    MediaPersonalData,
    MediaWorkers,
    GifsService,
    { provide: GIF_PROVIDER, inject: [ENV], useFactory: gifProvider },
  ],
  exports: [StickersService, GifsService],
})
export class MediaModule {}
