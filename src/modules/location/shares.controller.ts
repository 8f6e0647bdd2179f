import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { PageQuery, toListView } from 'src/core/http/paging';
import { CreateShare, ShareListView, ShareView, UpdateShare } from 'src/modules/location/shares.dto';
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
  @Returns(201, ShareView, 'The new share; 200 if the pair had one, which has the new end now.')
  async start(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateShare }) body: CreateShare,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShareView> {
    const { share, created } = await this.shares.start(user, body);
    void reply.status(created ? 201 : 200);
    return share;
  }

  @Put(':share_id')
  @Returns(200, ShareView, 'The share with its new end.')
  changeEnd(
    @CurrentUser() user: Principal,
    @Param('share_id', shareId) id: number,
    @Body({ schema: UpdateShare }) body: UpdateShare,
  ): Promise<ShareView> {
    return this.shares.changeEnd(user, id, body);
  }

  @Delete(':share_id')
  @ReturnsNothing('The share has ended: nothing is sent or answered by it any more.')
  stop(@CurrentUser() user: Principal, @Param('share_id', shareId) id: number): Promise<void> {
    return this.shares.stop(user, id);
  }
}
