import { Controller, Delete, Get, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { idParam } from 'src/core/fields/fields';
import { ApiBody, ApiHeader, ApiTags } from 'src/core/http/api-docs';
import { Returns, ReturnsNothing, Takes } from 'src/core/http/decorators';
import { idempotencyKey, RETRY_HEADER } from 'src/core/http/idempotency';
import { Roles } from 'src/core/http/roles';
import { StickerPacksService } from 'src/modules/media/sticker-packs.service';
import { FullStickerPackView, StickerPacksView } from 'src/modules/media/stickers.dto';
import type { Readable } from 'node:stream';

const packId = { schema: idParam() };

@ApiTags('Stickers and GIFs')
@Controller('media/stickers/packs')
export class StickerPacksController {
  constructor(private readonly packs: StickerPacksService) {}

  @Get()
  @Returns(200, StickerPacksView, 'All packs, those that come with Muster first.')
  async list(): Promise<StickerPacksView> {
    return { packs: await this.packs.list() };
  }

  @Get(':pack_id')
  @Returns(200, FullStickerPackView, 'The pack with its stickers, in order.')
  get(@Param('pack_id', packId) id: number): Promise<FullStickerPackView> {
    return this.packs.get(id);
  }

  @Post()
  @Roles('admin')
  @Takes('application/octet-stream')
  @ApiHeader(RETRY_HEADER)
  @ApiBody({ description: 'A ZIP with `pack.json`; see docs/media.md.', schema: { type: 'string', format: 'binary' } })
  @Returns(201, FullStickerPackView, 'The new pack, for everybody. For admins.')
  bring(@Req() request: FastifyRequest): Promise<FullStickerPackView> {
    return this.packs.bring(request.body as Readable, idempotencyKey(request));
  }

  @Delete(':pack_id')
  @Roles('admin')
  @ReturnsNothing('The pack and its stickers are gone, for everybody. For admins.')
  remove(@Param('pack_id', packId) id: number): Promise<void> {
    return this.packs.remove(id);
  }
}
