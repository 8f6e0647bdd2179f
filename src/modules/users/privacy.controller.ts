import { Body, Controller, Get, Put } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PrivacyView, UpdatePrivacy } from 'src/modules/users/privacy.dto';
import { PrivacyService } from 'src/modules/users/privacy.service';

@ApiTags('Profile')
@Controller(['profile/privacy', 'settings/privacy'])
export class PrivacyController {
  constructor(private readonly privacy: PrivacyService) {}

  @Get()
  @Returns(200, PrivacyView, 'What the caller lets others do.')
  get(@CurrentUser() user: Principal): Promise<PrivacyView> {
    return this.privacy.of(user.userId);
  }

  @Put()
  @Returns(200, PrivacyView, 'What the caller lets others do from now on.')
  update(@CurrentUser() user: Principal, @Body({ schema: UpdatePrivacy }) change: UpdatePrivacy): Promise<PrivacyView> {
    return this.privacy.update(user.userId, change);
  }
}
