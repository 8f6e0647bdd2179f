import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import { SecurityLog } from 'src/modules/auth/security-log.service';
import {
  ActivitiesView,
  SecurityLogsView,
  SecurityView,
  toSecurityEventView,
  UpdateSecurity,
} from 'src/modules/auth/security.dto';
import { SecurityService } from 'src/modules/auth/security.service';

@ApiTags('Security')
@Controller()
export class SecurityController {
  constructor(
    private readonly security: SecurityService,
    private readonly log: SecurityLog,
  ) {}

  @Get('settings/security')
  @Returns(200, SecurityView, 'How safe the caller’s account is.')
  get(@CurrentUser() { userId }: Principal): Promise<SecurityView> {
    return this.security.of(userId);
  }

  @Put('settings/security')
  @Returns(200, SecurityView, 'How safe it is from now on.')
  update(
    @CurrentUser() { userId }: Principal,
    @Body({ schema: UpdateSecurity }) change: UpdateSecurity,
  ): Promise<SecurityView> {
    return this.security.update(userId, change);
  }

  @Get('settings/security/logs')
  @Returns(200, SecurityLogsView, 'What happened to the caller’s account in the last 90 days, newest first.')
  async logs(@CurrentUser() { userId }: Principal, @Query({ schema: PageQuery }) query: PageQuery) {
    return toListView('logs', await this.log.list(userId, query), toSecurityEventView);
  }

  @Get('profile/activities')
  @Returns(200, ActivitiesView, 'The same under another name.')
  async activities(@CurrentUser() { userId }: Principal, @Query({ schema: PageQuery }) query: PageQuery) {
    return toListView('activities', await this.log.list(userId, query), toSecurityEventView);
  }
}
