import { Body, Controller, Get, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from 'src/core/context/context';
import { idParam } from 'src/core/fields/fields';
import { CurrentUser, Returns } from 'src/core/http/decorators';
import { Idempotent, idempotencyKey } from 'src/core/http/idempotency';
import { PageQuery, toListView } from 'src/core/http/paging';
import { ChatDetailView, ChatListView, CreateChat, ReceiptView } from 'src/modules/chats/chats.dto';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MessageListView, MessagesQuery, MessageView, SendMessage } from 'src/modules/chats/messages.dto';
import { MessagesService } from 'src/modules/chats/messages.service';

const rowId = { schema: idParam() };

@ApiTags('Chats')
@Controller()
export class ChatsController {
  constructor(
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
  ) {}

  @Get('chats')
  @Returns(200, ChatListView, 'The caller’s chats, last active first.')
  async list(@CurrentUser() user: Principal, @Query({ schema: PageQuery }) query: PageQuery): Promise<ChatListView> {
    return toListView('chats', await this.chats.list(user, query));
  }

  @Post('chats')
  @Idempotent()
  @Returns(201, ChatDetailView, 'The new chat; 200 if it is a private one that the pair had already.')
  async create(
    @CurrentUser() user: Principal,
    @Body({ schema: CreateChat }) body: CreateChat,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChatDetailView> {
    const { chat, created } = await this.chats.create(user, body);
    void reply.status(created ? 201 : 200);
    return chat;
  }

  @Get('chats/:chat_id')
  @Returns(200, ChatDetailView, 'The chat and who takes part in it.')
  get(@CurrentUser() user: Principal, @Param('chat_id', rowId) id: number): Promise<ChatDetailView> {
    return this.chats.get(user, id);
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
    return this.messages.send(user, id, { ...body, client_id: body.client_id ?? idempotencyKey(request) });
  }

  @Get('chats/:chat_id/messages')
  @Returns(200, MessageListView, 'The newest messages, or those before or after a number.')
  page(
    @CurrentUser() user: Principal,
    @Param('chat_id', rowId) id: number,
    @Query({ schema: MessagesQuery }) query: MessagesQuery,
  ): Promise<MessageListView> {
    return this.messages.list(user, id, query);
  }

  @Put('messages/:message_id/read')
  @Returns(200, ReceiptView, 'All messages up to this one have been read by the caller.')
  read(@CurrentUser() user: Principal, @Param('message_id', rowId) id: number): Promise<ReceiptView> {
    return this.chats.mark(user, 'read', id);
  }
}
