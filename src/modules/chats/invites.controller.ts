import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, RateLimit, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent } from 'src/core/http/idempotency';
import { toListView } from 'src/core/http/paging';
import { ChatDetailView } from 'src/modules/chats/chats.dto';
import {
  CreateInvite,
  InviteListView,
  InvitePreviewView,
  inviteToken,
  NewInviteView,
  toInviteView,
} from 'src/modules/chats/invites.dto';
import { InvitesService } from 'src/modules/chats/invites.service';

const rowId = { schema: idParam() };
const tokenParam = { schema: inviteToken() };
const TRIES = { name: 'invite', points: 60, seconds: 60 };

@ApiTags('Chats')
@Controller()
export class InvitesController {
  constructor(private readonly invites: InvitesService) {}

  @Post('chats/:chat_id/invites')
  @Idempotent()
  @Returns(201, NewInviteView, 'A link, for those who may add people. Its token is shown this once.')
  create(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Body({ schema: CreateInvite }) body: CreateInvite,
  ): Promise<NewInviteView> {
    return this.invites.create(user, chatId, body);
  }

  @Get('chats/:chat_id/invites')
  @Returns(200, InviteListView, 'The open ones, newest first: admins see all, others their own.')
  async list(@CurrentUser() user: Principal, @Param('chat_id', rowId) chatId: number): Promise<InviteListView> {
    return toListView('invites', { items: await this.invites.list(user, chatId), nextCursor: null }, toInviteView);
  }

  @Delete('chats/:chat_id/invites/:invite_id')
  @ReturnsNothing('Nobody can join by it any more. Admins end all, others their own.')
  revoke(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Param('invite_id', rowId) inviteId: number,
  ): Promise<void> {
    return this.invites.revoke(user, chatId, inviteId);
  }

  @Get('invites/:token')
  @RateLimit(TRIES)
  @Returns(200, InvitePreviewView, 'What the link leads to.')
  preview(@CurrentUser() user: Principal, @Param('token', tokenParam) token: string): Promise<InvitePreviewView> {
    return this.invites.preview(user, token);
  }

  @Post('invites/:token/join')
  @RateLimit(TRIES)
  @Returns(200, ChatDetailView, 'The group, in which the caller takes part now.')
  join(@CurrentUser() user: Principal, @Param('token', tokenParam) token: string): Promise<ChatDetailView> {
    return this.invites.join(user, token);
  }
}
