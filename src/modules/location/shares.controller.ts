import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { PageQuery, toListView } from 'src/core/http/paging';
import {
  CreateShare,
  NewShareView,
  ShareListView,
  ShareView,
  StoppedSharesView,
  UpdateShare,
} from 'src/modules/location/shares.dto';
import { SharesService } from 'src/modules/location/shares.service';

const shareId = { schema: idParam() };

@ApiTags('Location sharing')
@Controller('location/shares')
export class SharesController {
  constructor(private readonly shares: SharesService) {}

  @Get()
  @Returns(200, ShareListView, 'The live shares that the caller gives and receives, newest first.')
  async list(@CurrentUser() user: Principal, @Query({ schema: PageQuery }) query: PageQuery): Promise<ShareListView> {
    return toListView('shares', await this.shares.list(user, query));
  }

  @Post()
  @Idempotent()
  @Returns(
    [201, 200],
    NewShareView,
    'The new share; 200 if there was one with the same people, which has these terms now.',
  )
  async start(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateShare }) body: CreateShare,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewShareView> {
    const { share, created } = await this.shares.start(user, body);
    void reply.status(created ? 201 : 200);
    return share;
  }

  @Delete()
  @Returns(200, StoppedSharesView, 'All shares of the caller have ended: nothing is sent or answered by them any more.')
  async stopAll(@CurrentUser() user: Principal): Promise<StoppedSharesView> {
    return { stopped: await this.shares.stopAll(user) };
  }

  @Get(':share_id')
  @Returns(
    200,
    ShareView,
    'A share that the caller gives or receives, live or ended: what a location message refers to.',
  )
  get(@CurrentUser() user: Principal, @Param('share_id', shareId) id: number): Promise<ShareView> {
    return this.shares.get(user, id);
  }

  @Put(':share_id')
  @Returns(200, ShareView, 'The share on its new terms.')
  change(
    @CurrentUser() user: Principal,
    @Param('share_id', shareId) id: number,
    @Body({ schema: UpdateShare }) body: UpdateShare,
  ): Promise<ShareView> {
    return this.shares.change(user, id, body);
  }

  @Delete(':share_id')
  @ReturnsNothing('The share has ended: nothing is sent or answered by it any more.')
  stop(@CurrentUser() user: Principal, @Param('share_id', shareId) id: number): Promise<void> {
    return this.shares.stop(user, id);
  }
}
