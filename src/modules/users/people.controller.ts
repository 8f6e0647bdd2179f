import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from 'src/core/context/context';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PublicProfileView } from 'src/modules/users/profiles.dto';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { z } from 'zod';

@ApiTags('People')
@Controller('users')
export class PeopleController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get([':user_id', ':user_id/profile'])
  @Returns(200, PublicProfileView, 'What the caller may see of somebody.')
  profile(
    @CurrentUser() user: Principal,
    @Param('user_id', { schema: z.uuid() }) userId: string,
  ): Promise<PublicProfileView> {
    return this.profiles.of(user.userId, userId);
  }
}
