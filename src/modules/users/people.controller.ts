import { ApiTags } from 'src/core/http/api-docs';
import { toListView } from 'src/core/http/paging';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PublicProfileView } from 'src/modules/users/profiles.dto';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { PeopleView, SearchQuery } from 'src/modules/users/search.dto';
import { SearchService } from 'src/modules/users/search.service';
import { toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

@ApiTags('People')
@Controller('users')
export class PeopleController {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly people: SearchService,
  ) {}

  @Get('search')
  @Returns(200, PeopleView, 'Those who fit and let the caller find them, best first.')
  async search(
    @CurrentUser() user: Principal,
    @Query({ schema: SearchQuery }) query: SearchQuery,
  ): Promise<PeopleView> {
    return toListView('users', await this.people.find(user.userId, query), toPersonView);
  }

  @Get([':user_id', ':user_id/profile'])
  @Returns(200, PublicProfileView, 'What the caller may see of somebody.')
  profile(
    @CurrentUser() user: Principal,
    @Param('user_id', { schema: z.uuid() }) userId: string,
  ): Promise<PublicProfileView> {
    return this.profiles.of(user.userId, userId);
  }
}
