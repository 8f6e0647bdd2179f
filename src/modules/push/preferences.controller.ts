import { Body, Controller, Get, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import {
  ChangeNotificationPreferences,
  NotificationPreferencesView,
  toPreferencesView,
} from 'src/modules/push/preferences.dto';
import { PreferencesService } from 'src/modules/push/preferences.service';

@ApiTags('Push notifications')
@Controller('profile/notification-preferences')
export class PreferencesController {
  constructor(private readonly preferences: PreferencesService) {}

  @Get()
  @Returns(200, NotificationPreferencesView, 'What the caller wants to be told, where and when.')
  async get(@CurrentUser() { userId }: Principal): Promise<NotificationPreferencesView> {
    return toPreferencesView(await this.preferences.get(userId));
  }

  @Put()
  @Returns(200, NotificationPreferencesView, 'The preferences from now on.')
  async change(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: ChangeNotificationPreferences }) change: ChangeNotificationPreferences,
  ): Promise<NotificationPreferencesView> {
    return toPreferencesView(await this.preferences.change(userId, change));
  }
}
