import { ApiTags } from 'src/core/http/api-docs';
import { toListView } from 'src/core/http/paging';
import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
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
  SocketsView,
  toAccountView,
  toAuditEntryView,
} from 'src/modules/admin/admin.dto';
import { AdminService } from 'src/modules/admin/admin.service';
import { NodesService } from 'src/modules/admin/nodes.service';
import { z } from 'zod';

@ApiTags('Administration')
@Controller('admin')
@Roles('admin')
export class AdminController {
  constructor(
    private readonly admin: AdminService,
    private readonly nodes: NodesService,
  ) {}

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
  @Returns(200, AuditLogView, 'What people with a role have done, newest first. For admins.')
  async auditLog(@Query({ schema: AuditQuery }) query: AuditQuery): Promise<AuditLogView> {
    return toListView('entries', await this.admin.auditLog(query), toAuditEntryView);
  }

  @Get('sockets')
  @Returns(200, SocketsView, 'Who is connected, node by node. For admins.')
  sockets(): Promise<SocketsView> {
    return this.nodes.sockets();
  }
}
