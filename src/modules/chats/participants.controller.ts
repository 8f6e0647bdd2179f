import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { PageQuery, toListView } from 'src/core/http/paging';
import {
  AddParticipants,
  ChangeParticipant,
  ParticipantListView,
  ParticipantView,
} from 'src/modules/chats/participants.dto';
import { ParticipantsService } from 'src/modules/chats/participants.service';
import { z } from 'zod';

const rowId = { schema: idParam() };
const userParam = { schema: z.uuid() };

@ApiTags('Chats')
@Controller('chats/:chat_id')
export class ParticipantsController {
  constructor(private readonly participants: ParticipantsService) {}

  @Get('participants')
  @Returns(200, ParticipantListView, 'Who takes part, in the order in which they first came.')
  async list(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<ParticipantListView> {
    return toListView('participants', await this.participants.list(user, chatId, query));
  }

  @Post('participants')
  @Returns(201, ParticipantListView, 'The people, who are all in the group now; all of them are put in or none.')
  async add(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Body({ schema: AddParticipants }) { user_ids }: AddParticipants,
  ): Promise<ParticipantListView> {
    const items = await this.participants.add(user, chatId, user_ids);
    return toListView('participants', { items, nextCursor: null });
  }

  @Put('participants/:user_id')
  @Returns(200, ParticipantView, 'The participant with his new role. For the owner.')
  change(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Param('user_id', userParam) userId: string,
    @Body({ schema: ChangeParticipant }) { role }: ChangeParticipant,
  ): Promise<ParticipantView> {
    return this.participants.setRole(user, chatId, userId, role);
  }

  @Delete('participants/:user_id')
  @ReturnsNothing(
    'He is out, on all of his devices at once. Admins remove members, the owner all; oneself means leaving.',
  )
  remove(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) chatId: number,
    @Param('user_id', userParam) userId: string,
  ): Promise<void> {
    return this.participants.remove(user, chatId, userId);
  }

  @Post('leave')
  @ReturnsNothing('The caller is out. A group that he owned is its first admin’s now, else its first member’s.')
  leave(@CurrentUser() user: Principal, @Param('chat_id', rowId) chatId: number): Promise<void> {
    return this.participants.leave(user, chatId);
  }
}
