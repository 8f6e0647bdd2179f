import { Module } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { GifProvider } from 'src/modules/media/gif-provider';
import { GifsController } from 'src/modules/media/gifs.controller';
import { GIF_PROVIDER, GifsService } from 'src/modules/media/gifs.service';
import { GiphyProvider } from 'src/modules/media/giphy.provider';
import { TenorProvider } from 'src/modules/media/tenor.provider';

function gifProvider(env: Env): GifProvider | undefined {
  if (env.GIPHY_API_KEY) return new GiphyProvider(env.GIPHY_API_URL, env.GIPHY_API_KEY, env.GIF_TIMEOUT_MS);
  if (env.TENOR_API_KEY) return new TenorProvider(env.TENOR_API_URL, env.TENOR_API_KEY, env.GIF_TIMEOUT_MS);
  return undefined;
}

@Module({
  controllers: [GifsController],
  providers: [GifsService, { provide: GIF_PROVIDER, inject: [ENV], useFactory: gifProvider }],
})
export class MediaModule {}
