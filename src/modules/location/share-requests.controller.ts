import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { AcceptShareRequest } from 'src/modules/location/shares.dto';
import { CreateShareRequest, ShareRequestListView, ShareRequestView } from 'src/modules/location/share-requests.dto';
import { ShareRequestsService } from 'src/modules/location/share-requests.service';

const requestId = { schema: idParam() };

@ApiTags('Location sharing')
@Controller('location/requests')
export class ShareRequestsController {
  constructor(private readonly requests: ShareRequestsService) {}

  @Get()
  @Returns(200, ShareRequestListView, 'The pending requests that the caller has made and received, newest first.')
  async list(
    @CurrentUser() user: Principal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<ShareRequestListView> {
    return toListView('requests', await this.requests.list(user, query));
  }

  @Post()
  @Returns(201, ShareRequestView, 'The request; the same if it was made before and is not answered yet.')
  ask(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateShareRequest }) { user_id: targetId }: CreateShareRequest,
  ): Promise<ShareRequestView> {
    return this.requests.ask(user, targetId);
  }

  @Post(':request_id/accept')
  @Returns(
    200,
    ShareRequestView,
    'The caller shares with the one who asked, on these terms; for an hour if none are given.',
  )
  accept(
    @CurrentUser() user: Principal,
    @Param('request_id', requestId) id: number,
    @Body({ schema: AcceptShareRequest }) terms: AcceptShareRequest,
  ): Promise<ShareRequestView> {
    return this.requests.accept(user, id, terms);
  }

  @Post(':request_id/decline')
  @Returns(200, ShareRequestView, 'The request is declined; its maker may ask again in an hour.')
  decline(@CurrentUser() user: Principal, @Param('request_id', requestId) id: number): Promise<ShareRequestView> {
    return this.requests.decline(user, id);
  }

  @Delete(':request_id')
  @ReturnsNothing('The caller’s own request is withdrawn.')
  withdraw(@CurrentUser() user: Principal, @Param('request_id', requestId) id: number): Promise<void> {
    return this.requests.withdraw(user, id);
  }
}
