import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { PageQuery, toListView } from 'src/core/http/paging';
import { Roles } from 'src/core/http/roles';
import {
  BroadcastListView,
  BroadcastView,
  CountRecipients,
  CreateBroadcast,
  RecipientsView,
  toBroadcastView,
} from 'src/modules/push/broadcasts.dto';
import { BroadcastsService } from 'src/modules/push/broadcasts.service';

const rowId = { schema: idParam() };

@ApiTags('Broadcasts')
@Controller('push-notifications')
@Roles('admin')
export class BroadcastsController {
  constructor(private readonly broadcasts: BroadcastsService) {}

  @Post('broadcast')
  @Idempotent()
  @Returns(201, BroadcastView, 'It is on its way, or waits for its time. For admins.')
  async create(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateBroadcast }) body: CreateBroadcast,
  ): Promise<BroadcastView> {
    return toBroadcastView(await this.broadcasts.create(user, body));
  }

  @Post('broadcast/dry-run')
  @Returns(200, RecipientsView, 'How many people it would reach now; nobody is told. For admins.')
  async count(@Body({ schema: CountRecipients }) body: CountRecipients): Promise<RecipientsView> {
    return { recipients: await this.broadcasts.count(body) };
  }

  @Get('broadcasts')
  @Returns(200, BroadcastListView, 'All broadcasts, newest first. For admins.')
  async list(@Query({ schema: PageQuery }) query: PageQuery): Promise<BroadcastListView> {
    return toListView('broadcasts', await this.broadcasts.list(query), toBroadcastView);
  }

  @Get('broadcasts/:id')
  @Returns(200, BroadcastView, 'A broadcast, and how far it is. For admins.')
  async get(@Param('id', rowId) id: number): Promise<BroadcastView> {
    return toBroadcastView(await this.broadcasts.get(id));
  }

  @Post('broadcasts/:id/pause')
  @Returns(200, BroadcastView, 'Nobody more is told until it is resumed. For admins.')
  async pause(@CurrentUser() user: Principal, @Param('id', rowId) id: number): Promise<BroadcastView> {
    return toBroadcastView(await this.broadcasts.pause(user, id));
  }

  @Post('broadcasts/:id/resume')
  @Returns(200, BroadcastView, 'It goes on where it stood. For admins.')
  async resume(@CurrentUser() user: Principal, @Param('id', rowId) id: number): Promise<BroadcastView> {
    return toBroadcastView(await this.broadcasts.resume(user, id));
  }

  @Post('broadcasts/:id/cancel')
  @Returns(200, BroadcastView, 'Nobody more is told. For admins.')
  async cancel(@CurrentUser() user: Principal, @Param('id', rowId) id: number): Promise<BroadcastView> {
    return toBroadcastView(await this.broadcasts.cancel(user, id));
  }
}
