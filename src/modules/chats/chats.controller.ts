import { Body, Controller, Delete, Get, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { ApiHeader, ApiTags } from 'src/core/http/api-docs';
import { CurrentUser, Returns, ReturnsNothing } from 'src/core/http/decorators';
import { Idempotent, idempotencyKey } from 'src/core/http/idempotency';
import { toListView, type Ready } from 'src/core/http/paging';
import { ChatDetailView, ChatListView, ChatsQuery, CreateChat, UpdateChat } from 'src/modules/chats/chats.dto';
import { ClearingsService } from 'src/modules/chats/clearings.service';
import { GroupsService } from 'src/modules/chats/groups.service';
import { NewChatsService } from 'src/modules/chats/new-chats.service';
import { ChangePreferences, ClearedView, PreferencesView } from 'src/modules/chats/preferences.dto';
import { PreferencesService } from 'src/modules/chats/preferences.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MessageListView, MessagesQuery, MessageView, SendMessage } from 'src/modules/chats/messages.dto';
import { MessagesService } from 'src/modules/chats/messages.service';
import { SendingService } from 'src/modules/chats/sending.service';

const rowId = { schema: idParam() };
@ApiTags('Chats')
@Controller()
export class ChatsController {
  constructor(
    private readonly chats: ChatsService,
    private readonly made: NewChatsService,
    private readonly groups: GroupsService,
    private readonly preferences: PreferencesService,
    private readonly clearings: ClearingsService,
    private readonly messages: MessagesService,
    private readonly sending: SendingService,
  ) {}

  @Get('chats')
  @Returns(200, ChatListView, 'The caller’s chats: pinned ones first, then last active first.')
  async list(@CurrentUser() user: Principal, @Query({ schema: ChatsQuery }) query: ChatsQuery): Promise<ChatListView> {
    return toListView('chats', await this.chats.list(user, query));
  }

  @Post('chats')
  @Idempotent()
  @Returns(
    [201, 200],
    ChatDetailView,
    'The new chat; 200 if it is the one that the pair, or the caller with himself, had already.',
  )
  async create(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateChat }) body: CreateChat,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChatDetailView> {
    const { chat, created } = await this.made.create(user, body);
    void reply.status(created ? 201 : 200);
    return chat;
  }

  @Get('chats/:chat_id')
  @Returns(200, ChatDetailView, 'The chat and who takes part in it.')
  get(@CurrentUser() user: Principal, @Param('chat_id', rowId) id: number): Promise<ChatDetailView> {
    return this.chats.get(user, id);
  }

  @Put('chats/:chat_id')
  @Returns(
    200,
    ChatDetailView,
    'The group as it is now. Name and description for those who may edit, settings for admins.',
  )
  update(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) id: number,
    @Body({ schema: UpdateChat }) change: UpdateChat,
  ): Promise<ChatDetailView> {
    return this.groups.update(user, id, change);
  }

  @Delete('chats/:chat_id')
  @ReturnsNothing(
    'A group is gone for everybody (only its owner may); any other chat is cleared and hidden for the caller alone.',
  )
  delete(@CurrentUser() user: Principal, @Param('chat_id', rowId) id: number): Promise<void> {
    return this.preferences.delete(user, id);
  }

  @Delete('chats/:chat_id/messages')
  @Returns(200, ClearedView, 'What was said so far is gone for the caller alone.')
  clear(@CurrentUser() user: Principal, @Param('chat_id', rowId) id: number): Promise<ClearedView> {
    return this.clearings.clear(user, id);
  }

  @Put('chats/:chat_id/preferences')
  @Returns(200, PreferencesView, 'What the caller makes of the chat for himself.')
  prefer(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) id: number,
    @Body({ schema: ChangePreferences }) change: ChangePreferences,
  ): Promise<PreferencesView> {
    return this.preferences.change(user, id, change);
  }

  @Post('chats/:chat_id/messages')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same as `client_id` in the body.' })
  @Returns(201, MessageView, 'The message, durable.')
  send(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) id: number,
    @Body({ schema: SendMessage }) body: SendMessage,
    @Req() request: FastifyRequest,
  ): Promise<MessageView> {
    return this.sending.send(user, id, { ...body, client_id: body.client_id ?? idempotencyKey(request) });
  }

  @Get('chats/:chat_id/messages')
  @Returns(200, MessageListView, 'The newest messages, or those before or after a number.')
  page(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) id: number,
    @Query({ schema: MessagesQuery }) query: MessagesQuery,
  ): Promise<Ready<MessageListView>> {
    return this.messages.list(user, id, query);
  }
}
