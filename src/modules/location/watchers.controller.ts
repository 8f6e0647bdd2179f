import { Controller, Get, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { ReadsService } from 'src/modules/location/reads.service';
import { ReadListView, toReadView, WatchersView } from 'src/modules/location/watchers.dto';
import { WatchersService } from 'src/modules/location/watchers.service';

@ApiTags('Location sharing')
@Controller('location')
export class WatchersController {
  constructor(
    private readonly watchers: WatchersService,
    private readonly reads: ReadsService,
  ) {}

  @Get('watchers')
  @Returns(200, WatchersView, 'Who can see the caller’s position now, since when, and how precisely.')
  of(@CurrentUser() user: Principal): Promise<WatchersView> {
    return this.watchers.of(user);
  }

  @Get('watchers/log')
  @Returns(200, ReadListView, 'Who got the caller’s position within the last 30 days, newest first.')
  async log(@CurrentUser() user: Principal, @Query({ schema: PageQuery }) query: PageQuery): Promise<ReadListView> {
    return toListView('reads', await this.reads.list(user, query), toReadView);
  }
}
