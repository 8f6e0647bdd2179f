import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from 'src/core/http/api-docs';
import { Returns } from 'src/core/http/decorators';
import { GifListView, SearchGifsQuery, TrendingGifsQuery } from 'src/modules/media/gifs.dto';
import { GifsService } from 'src/modules/media/gifs.service';

@ApiTags('Stickers and GIFs')
@Controller('media/gifs')
export class GifsController {
  constructor(private readonly gifs: GifsService) {}

  @Get('search')
  @Returns(200, GifListView, 'GIFs that fit some words, in the caller’s language.')
  search(@Query({ schema: SearchGifsQuery }) query: SearchGifsQuery): Promise<GifListView> {
    return this.gifs.list(query);
  }

  @Get('trending')
  @Returns(200, GifListView, 'GIFs that are much sent these days.')
  trending(@Query({ schema: TrendingGifsQuery }) query: TrendingGifsQuery): Promise<GifListView> {
    return this.gifs.list(query);
  }
}
