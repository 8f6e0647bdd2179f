import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Sync, SyncQuery, SyncView } from 'src/modules/chats/sync.dto';
import { SyncService } from 'src/modules/chats/sync.service';

/** What was missed, over REST: by cursor or by numbers. Sockets ask `sync`. */
@ApiTags('Sync')
@Controller('sync')
export class SyncController {
  constructor(private readonly service: SyncService) {}

  @Get()
  @Returns(200, SyncView, 'What was missed since the cursor; without one, all chats as they are.')
  byCursor(@CurrentUser() user: Principal, @Query({ schema: SyncQuery }) query: SyncQuery): Promise<SyncView> {
    return this.service.sync(user, query);
  }

  @Post()
  @Returns(200, SyncView, 'The same, by numbers, or by a cursor that is too long for a query.')
  byNumbers(@CurrentUser() user: Principal, @Body({ schema: Sync }) body: Sync): Promise<SyncView> {
    return this.service.sync(user, body);
  }
}
