import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from 'src/core/context/context';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { ProfileView, toProfileView, UpdateProfile } from 'src/modules/users/users.dto';
import { UsersService } from 'src/modules/users/users.service';

@ApiTags('Profile')
@Controller('profile')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Returns(200, ProfileView, 'The caller himself.')
  async profile(@CurrentUser() user: Principal): Promise<ProfileView> {
    return toProfileView(await this.users.get(user.userId));
  }

  @Put()
  @Returns(200, ProfileView, 'The profile as it is now.')
  async update(
    @CurrentUser() user: Principal,
    @Body({ schema: UpdateProfile }) change: UpdateProfile,
  ): Promise<ProfileView> {
    return toProfileView(await this.users.update(user.userId, change));
  }
}
