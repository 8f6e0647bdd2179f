import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { BlockedListView, BlockUser, toBlockedView } from 'src/modules/users/blocks.dto';
import { BlocksService } from 'src/modules/users/blocks.service';
import { z } from 'zod';

const userParam = { schema: z.uuid() };

@ApiTags('People')
@Controller()
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Get('users/blocked')
  @Returns(200, BlockedListView, 'Those whom the caller has blocked, newest first.')
  async list(
    @CurrentUser() { userId }: Principal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<BlockedListView> {
    return toListView('users', await this.blocks.list(userId, query), toBlockedView);
  }

  @Post('users/:user_id/block')
  @ReturnsNothing('Neither finds, sees, writes to or adds the other any more. Nobody is told.')
  block(@CurrentUser() { userId }: Principal, @Param('user_id', userParam) otherId: string): Promise<void> {
    return this.blocks.block(userId, otherId);
  }

  @Post('users/:user_id/unblock')
  @ReturnsNothing('The caller’s block is gone.')
  unblock(@CurrentUser() { userId }: Principal, @Param('user_id', userParam) otherId: string): Promise<void> {
    return this.blocks.unblock(userId, otherId);
  }

  @Post('settings/privacy/block')
  @ReturnsNothing('The same as `POST /users/{id}/block`.')
  blockByBody(@CurrentUser() { userId }: Principal, @Body({ schema: BlockUser }) body: BlockUser): Promise<void> {
    return this.blocks.block(userId, body.user_id);
  }

  @Post('settings/privacy/unblock')
  @ReturnsNothing('The same as `POST /users/{id}/unblock`.')
  unblockByBody(@CurrentUser() { userId }: Principal, @Body({ schema: BlockUser }) body: BlockUser): Promise<void> {
    return this.blocks.unblock(userId, body.user_id);
  }
}
