import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiResponse, ApiTags } from 'src/core/http/api-docs';
import { isHeld } from 'src/core/http/conditions';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { toListView } from 'src/core/http/paging';
import { OwnStickersView, StickerListView, StickersQuery, StickerView } from 'src/modules/media/stickers.dto';
import { StickersService } from 'src/modules/media/stickers.service';

const stickerId = { schema: idParam() };
const A_YEAR = 'private, max-age=31536000, immutable';

@ApiTags('Stickers and GIFs')
@Controller('media/stickers')
export class StickersController {
  constructor(private readonly stickers: StickersService) {}

  @Get()
  @Returns(200, StickerListView, 'Stickers of all packs, or those that an emoji or the beginning of a word finds.')
  async list(@Query({ schema: StickersQuery }) query: StickersQuery): Promise<StickerListView> {
    return toListView('stickers', await this.stickers.list(query));
  }

  @Get('favorites')
  @Returns(200, OwnStickersView, 'The caller’s favorites, newest first.')
  async favorites(@CurrentUser() { userId }: Principal): Promise<OwnStickersView> {
    return { stickers: await this.stickers.favorites(userId) };
  }

  @Put('favorites/:sticker_id')
  @ReturnsNothing('It is one of the caller’s favorites, of which there are 200 at most.')
  addFavorite(@CurrentUser() { userId }: Principal, @Param('sticker_id', stickerId) id: number): Promise<void> {
    return this.stickers.addFavorite(userId, id);
  }

  @Delete('favorites/:sticker_id')
  @ReturnsNothing('It is none of them.')
  removeFavorite(@CurrentUser() { userId }: Principal, @Param('sticker_id', stickerId) id: number): Promise<void> {
    return this.stickers.removeFavorite(userId, id);
  }

  @Get('recent')
  @Returns(200, OwnStickersView, 'The 50 that the caller used last, the last first.')
  async recent(@CurrentUser() { userId }: Principal): Promise<OwnStickersView> {
    return { stickers: await this.stickers.recent(userId) };
  }

  @Post(':sticker_id/use')
  @ReturnsNothing('It is the caller’s most recent one.')
  use(@CurrentUser() { userId }: Principal, @Param('sticker_id', stickerId) id: number): Promise<void> {
    return this.stickers.used(userId, id);
  }

  @Get(':sticker_id')
  @Returns(200, StickerView, 'One sticker.')
  get(@Param('sticker_id', stickerId) id: number): Promise<StickerView> {
    return this.stickers.get(id);
  }

  @Get(':sticker_id/image')
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    description: 'Its picture, to be kept for a year.',
    content: { 'image/webp': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiResponse({ status: 304, description: 'The caller has it already.' })
  async image(
    @Param('sticker_id', stickerId) id: number,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { size, contentType, etag, body } = await this.stickers.picture(id);
    void reply.headers({ ETag: `"${etag}"`, 'Cache-Control': A_YEAR, 'X-Content-Type-Options': 'nosniff' });
    if (isHeld(headers, `"${etag}"`)) {
      body.destroy();
      return void reply.status(304).send();
    }
    void reply.type(contentType).header('Content-Length', size).send(body);
  }
}
