import { toListView } from 'src/core/http/paging';
import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from 'src/core/context/context';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Roles } from 'src/core/http/roles';
import {
  AccountListView,
  AccountsQuery,
  AccountView,
  AuditLogView,
  AuditQuery,
  ChangeAccount,
  toAccountView,
  toAuditEntryView,
} from 'src/modules/admin/admin.dto';
import { AdminService } from 'src/modules/admin/admin.service';
import { z } from 'zod';

@ApiTags('Administration')
@Controller('admin')
@Roles('admin')
export class AdminController {
  constructor(private readonly admin: AdminService) {}

  @Get('users')
  @Roles('moderator', 'admin')
  @Returns(200, AccountListView, 'Accounts, newest first. For moderators and admins.')
  async list(@Query({ schema: AccountsQuery }) query: AccountsQuery): Promise<AccountListView> {
    return toListView('users', await this.admin.list(query), toAccountView);
  }

  @Patch('users/:user_id')
  @Roles('moderator', 'admin')
  @Returns(200, AccountView, 'The account as it is now. Moderators may change those of users, but not roles.')
  async change(
    @CurrentUser() actor: Principal,
    @Param('user_id', { schema: z.uuid() }) userId: string,
    @Body({ schema: ChangeAccount }) change: ChangeAccount,
  ): Promise<AccountView> {
    return toAccountView(await this.admin.change(actor, userId, change));
  }

  @Get('audit-log')
  @Returns(200, AuditLogView, 'What was done to accounts, newest first. For admins.')
  async auditLog(@Query({ schema: AuditQuery }) query: AuditQuery): Promise<AuditLogView> {
    return toListView('entries', await this.admin.auditLog(query), toAuditEntryView);
  }
}
