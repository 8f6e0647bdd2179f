import { Body, Controller, Get, Post, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { AppSettingsView, toAppSettingsView, UpdateAppSettings } from 'src/modules/settings/settings.dto';
import { SettingsService } from 'src/modules/settings/settings.service';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { ProfileView, UpdateProfile } from 'src/modules/users/users.dto';

/** The settings under the paths that apps call; `settings/privacy` is with privacy. */
@ApiTags('Settings')
@Controller()
export class SettingsController {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly settings: SettingsService,
  ) {}

  @Get('settings/app')
  @Returns(200, AppSettingsView, 'The caller’s language and time zone.')
  async app(@CurrentUser() { userId }: Principal): Promise<AppSettingsView> {
    return toAppSettingsView(await this.profiles.own(userId));
  }

  @Put('settings/app')
  @Returns(200, AppSettingsView, 'The caller’s language and time zone from now on.')
  async updateApp(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: UpdateAppSettings }) change: UpdateAppSettings,
  ): Promise<AppSettingsView> {
    return toAppSettingsView(await this.profiles.update(userId, change));
  }

  @Get('settings/account')
  @Returns(200, ProfileView, 'The same as `GET /profile`.')
  account(@CurrentUser() { userId }: Principal): Promise<ProfileView> {
    return this.profiles.own(userId);
  }

  @Put('settings/account')
  @Returns(200, ProfileView, 'The same as `PUT /profile`.')
  updateAccount(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: UpdateProfile }) change: UpdateProfile,
  ): Promise<ProfileView> {
    return this.profiles.update(userId, change);
  }

  @Post('settings/account/deactivate')
  @ReturnsNothing('The account is closed and all its sessions have ended; signing in opens it again.')
  deactivate(@CurrentUser() user: Principal): Promise<void> {
    return this.settings.deactivate(user);
  }

  @Put('profile/deactivate')
  @ReturnsNothing('The same as `POST /settings/account/deactivate`.')
  deactivateProfile(@CurrentUser() user: Principal): Promise<void> {
    return this.settings.deactivate(user);
  }
}
