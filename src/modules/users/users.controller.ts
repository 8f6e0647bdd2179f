import { Body, Controller, Get, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { SetStatus } from 'src/modules/users/profiles.dto';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { ProfileView, UpdateProfile } from 'src/modules/users/users.dto';

@ApiTags('Profile')
@Controller('profile')
export class UsersController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @Returns(200, ProfileView, 'The caller himself.')
  profile(@CurrentUser() user: Principal): Promise<ProfileView> {
    return this.profiles.own(user.userId);
  }

  @Put()
  @Returns(200, ProfileView, 'The profile as it is now.')
  update(@CurrentUser() user: Principal, @Body({ schema: UpdateProfile }) change: UpdateProfile): Promise<ProfileView> {
    return this.profiles.update(user.userId, change);
  }

  @Put('status')
  @Returns(
    200,
    ProfileView,
    'The profile as it is now; those who may see it are told of another status, but not of its message.',
  )
  setStatus(@CurrentUser() user: Principal, @Body({ schema: SetStatus }) change: SetStatus): Promise<ProfileView> {
    return this.profiles.setStatus(user.userId, change);
  }
}
